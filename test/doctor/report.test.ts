import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { estimates, measurePace } from '../../src/engine/doctor/estimates';
import { obstacle, operatorUses } from '../../src/engine/doctor/operators';
import { duration, fullReport, staticReport } from '../../src/engine/doctor/report';
import { Generator } from '../../src/engine/generators/generator';
import { GraphBuilder } from '../../src/engine/onnx/graphBuilder';
import { openBare } from '../support/generators';

const models = fileURLToPath(new URL('../../models/', import.meta.url));

/** image = det(relu(z W)), with an exponential that is never used by z. */
function undifferentiable() {
  const g = new GraphBuilder();
  const flat = g.node('Relu', [g.matmul(g.input('z', ['N', 4]), g.weight('weight', Float32Array.from({ length: 4 * 48 }, (_, i) => Math.sin(i + 1)), [4, 48]))]);
  const same = g.node('Det', [g.node('Reshape', [flat, g.ints([-1, 48, 1, 1])])]);
  g.output('image', g.add(g.node('Reshape', [same, g.ints([-1, 3, 4, 4])]), g.exp(g.scalar(0))), ['N', 3, 4, 4]);
  return g.build('undifferentiable');
}

describe('the report of the embedded generator', () => {
  it('tells what it is and that its Jacobians are exact', async () => {
    const generator = await Generator.open('afhq-cat-64', models);
    const report = staticReport(generator);
    for (const line of [
      /^family +StyleGAN2$/m, /^image +64 px, 3 channels$/m, /^value range +-1 to 1/m, /^weights +3\.2 MB in the synthesis network$/m, /^licence +CC BY-NC 4\.0/m,
      /^spaces +w \(128 unknowns\), w\+ \(1024 unknowns at 8 edited layers\)$/m,
      /^ +Conv +14 +differentiable$/m, /^ +9 +64 px +b64\.torgb$/m, /^jacobian: exact, in forward mode/m,
    ]) expect(report).toMatch(line);
    expect(report).not.toMatch(/NOT|undefined|NaN/);
    expect(obstacle(generator)).toBeUndefined();
  });

  it('has an estimate for each preset and space', async () => {
    const generator = await Generator.open('afhq-cat-64', models);
    const report = await fullReport(generator);
    for (const [preset, space] of [['draft', 'w'], ['draft', 'w+'], ['standard', 'w'], ['standard', 'w+'], ['exact', 'w'], ['exact', 'w+'], ['official', 'w']]) {
      expect(report).toMatch(new RegExp(`^ +${preset} +${space!.replace('+', '\\+')} +\\d+ +\\d+ +[\\d.]+ (ms|s|min) +[\\d.]+ [MG]B$`, 'm'));
    }
    await generator.release();
  });
});

describe('the report of a generator with an operator that has no rule', () => {
  it('names it, its node, and what that means', async () => {
    const { generator, close } = await openBare(undifferentiable());
    const node = obstacle(generator)!.missing[0]!.node;
    const report = staticReport(generator);
    expect(report).toMatch(/^ +Det +1 +NOT differentiable here, see below$/m);
    expect(report).toMatch(/^ +Exp +1 +constant$/m);
    expect(report).toMatch(/^jacobian: by central differences/m);
    expect(report).toContain(`Det (node ${node}): has no tangent rule`);
    await close();
  });

  it('counts the operators', async () => {
    const { generator, close } = await openBare(undifferentiable());
    expect(operatorUses(generator).map(({ operator, count, differentiability }) => [operator, count, differentiability])).toEqual([
      ['Reshape', 2, 'rule'], ['Add', 1, 'rule'], ['Det', 1, 'none'], ['Exp', 1, 'constant'], ['Identity', 1, 'rule'], ['MatMul', 1, 'rule'], ['Relu', 1, 'rule'],
    ]);
    await close();
  });
});

describe('estimates', () => {
  it('grow with samples, tangents and the cost of a tangent', async () => {
    const generator = await Generator.open('afhq-cat-64', models);
    const found = estimates(generator, { method: 'forward', start: 5, forward: 1, tangent: 10, product: 0 }, 2 ** 30);
    const of = (preset: string, space: string) => found.find((each) => each.preset === preset && each.space === space)!;
    // 128 tangents and the image that they share; 8 directions of 48 images.
    expect(of('draft', 'w').seconds).toBeCloseTo(5 + 2 * (128 * 10 + 1) + 8 * 48, 1);
    expect(of('standard', 'w').seconds).toBeCloseTo(5 + 20 * (128 * 10 + 1) + 8 * 48, 1);
    expect(of('standard', 'w+')).toMatchObject({ samples: 20, tangents: 1024 });
    expect(of('standard', 'w+').seconds).toBeCloseTo(5 + 20 * (1024 * 10 + 1) + 8 * 48, -1);
    expect(of('standard', 'w+').memory).toBeGreaterThan(of('standard', 'w').memory);
    expect(found.some(({ preset, space }) => preset === 'official' && space === 'w+')).toBe(false);
  });

  it('count the products of Gram matrices, and the copies of a Jacobian that is multiplied', async () => {
    const generator = await Generator.open('afhq-cat-64', models);
    const of = (product: number) => estimates(generator, { method: 'forward', start: 0, forward: 0, tangent: 0, product }, 2 ** 30).find(({ preset, space }) => preset === 'standard' && space === 'w+')!;
    // 20 samples of 1024 tangents and 64 x 64 x 3 rows, and as much again for a part of the rows.
    expect(of(1e-9).seconds - of(0).seconds).toBeCloseTo(20 * 1.2 * 1024 ** 2 * 64 * 64 * 3 * 1e-9, 6);
    // 0.54 GB as measured on a machine with two cores.
    expect(of(0).memory / 2 ** 20).toBeGreaterThan(400);
    expect(of(0).memory / 2 ** 20).toBeLessThan(750);
    await generator.release();
  });

  it('are measured by running the network', async () => {
    const { generator, close } = await openBare(undifferentiable());
    const pace = await measurePace(generator, 'central');
    expect(pace.forward).toBeGreaterThan(0);
    expect(pace.tangent).toBe(2 * pace.forward);
    expect(pace.product).toBeGreaterThan(0);
    await close();
  });
});

describe('durations', () => {
  it.each([[0.00042, '0.42 ms'], [0.0351, '35 ms'], [2.14, '2.1 s'], [95, '95 s'], [300, '5 min'], [3 * 3600, '3 h'], [7 * 86400, '7 days']])('%d s is %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });
});
