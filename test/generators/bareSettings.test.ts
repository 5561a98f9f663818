import { afterEach, describe, expect, it } from 'vitest';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Generator } from '../../src/engine/generators/generator';
import { writeNpy } from '../../src/engine/npy';
import { regionsOf } from '../../src/engine/generators/description';
import { Gaussian } from '../support/gaussian';
import { linearNetwork, openBareAmong } from '../support/generators';
import type { OpenedGenerator } from '../support/generators';
import { userErrorOf } from '../support/userErrors';

const model = linearNetwork({ input: ['N', 3, 2], resolution: 2 }, new Gaussian(1).tensor([6, 12], 0.2).data);
const settings = (keys: object = {}) => ({ format: 'resefa-generator', version: 1, ...keys });

const opened: OpenedGenerator[] = [];

afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

async function open(files: Parameters<typeof openBareAmong>[0], reference?: string): Promise<Generator> {
  const found = await openBareAmong(files, reference);
  opened.push(found);
  return found.generator;
}

describe('a generator.json beside an .onnx file', () => {
  const regions = { eyes: { shape: 'box', x: 0.1, y: 0.2, width: 0.3, height: 0.1 } };

  it('says what the file does not', async () => {
    const json = settings({ name: 'birds', architecture: 'biggan', licence: 'MIT', value_range: [0, 2], regions, edit_layers: [1], w_avg: [0.5, -1] });
    const generator = await open({ 'toy.onnx': model, 'generator.json': json });
    expect(generator.description).toMatchObject({ name: 'birds', architecture: 'biggan', licence: 'MIT', value_range: [0, 2], edit_layers: [1], w_avg: [0.5, -1], resolution: 2 });
    expect(regionsOf(generator.description)).toEqual(regions);
    const [plain, half] = [await generator.sample([3]), await generator.sample([3], { psi: 0.5 })];
    expect(half.data[0]).toBeCloseTo(0.5 + 0.5 * (plain.data[0]! - 0.5), 6);
  });

  it('may keep the mean of w in a file', async () => {
    const generator = await open({ 'toy.onnx': model, 'generator.json': settings({ w_avg: { npy: 'mean.npy' } }), 'mean.npy': writeNpy([2], Float32Array.of(4, 5)) });
    expect(generator.description.w_avg).toEqual([4, 5]);
  });

  it('changes nothing about what directions are checked against', async () => {
    const [bare, described] = [await open({ 'toy.onnx': model }), await open({ 'toy.onnx': model, 'generator.json': settings({ value_range: [0, 1] }) })];
    expect(described.identity).toEqual(bare.identity);
  });

  it('is opened with its folder', async () => {
    const generator = await open({ 'toy.onnx': model, 'generator.json': settings({ name: 'birds' }) }, '.');
    expect(generator.description.name).toBe('birds');
  });

  it('names its file where there are several', async () => {
    const files = { 'toy.onnx': model, 'other.onnx': linearNetwork({ input: ['N', 4], resolution: 2 }, new Float32Array(48).fill(0.1)) };
    const named = { ...files, 'generator.json': settings({ model: 'toy.onnx', name: 'birds' }) };
    expect((await open(named, '.')).description).toMatchObject({ name: 'birds', w_dim: 2 });
    expect((await open(named, 'toy.onnx')).description.name).toBe('birds');
    expect((await open(named, 'other.onnx')).description.name).toBe('other');
    const nameless = { ...files, 'generator.json': settings() };
    expect(await userErrorOf(() => open(nameless, 'toy.onnx'))).toMatch(/generator\.json does not say which of 2 \.onnx files it is about: add "model": "toy\.onnx"/);
    expect(await userErrorOf(() => open(nameless, '.'))).toMatch(/does not say which of 2 \.onnx files it is about: add "model": "other\.onnx"/);
    expect(await userErrorOf(() => open({ ...files, 'generator.json': settings({ model: 'third.onnx' }) }, '.'))).toMatch(/"model" is "third\.onnx", which is not there; the folder holds other\.onnx, toy\.onnx/);
  });

  it('may be called after its file', async () => {
    const files = { 'toy.onnx': model, 'other.onnx': model, 'toy.generator.json': settings({ name: 'birds' }), 'other.generator.json': settings({ name: 'fish' }) };
    expect((await open(files, 'toy.onnx')).description.name).toBe('birds');
    expect((await open(files, 'other.onnx')).description.name).toBe('fish');
  });

  it('of an importer is about the networks of its folder alone', async () => {
    const found = await openBareAmong({ 'toy.onnx': model });
    opened.push(found);
    await writeFile(join(found.folder, 'generator.json'), JSON.stringify(settings({ sha256: { synthesis: 'abc' } })));
    const again = await Generator.open(join(found.folder, 'toy.onnx'), found.folder);
    expect(again.description.name).toBe('toy');
    await again.release();
    expect(await userErrorOf(() => Generator.open(found.folder, found.folder))).toMatch(/generator\.json: "name" is missing/);
  });

  it.each([
    ['no format', { version: 1 }, /generator\.json: "format" is missing/],
    ['another version', { format: 'resefa-generator', version: 2 }, /"version" is 2, which is newer/],
    ['an unknown key', settings({ range: [0, 1] }), /"range" is not known; expected format, version, model, name, architecture, licence, value_range, latent, image, inputs, regions, edit_layers, w_avg/],
    ['an unknown key of the image', settings({ image: { name: 'x' } }), /"image\.name" is not known; expected output, layout/],
    ['an unknown layout', settings({ image: { layout: 'WHCN' } }), /"image\.layout" must be "NCHW" or "NHWC" or .*, not "WHCN"/],
    ['a range that is turned round', settings({ value_range: [1, 0] }), /"value_range" must be the values of black and white, the smaller first/],
    ['a range of three', settings({ value_range: [0, 1, 2] }), /"value_range" must be/],
    ['layers that are not there', settings({ edit_layers: [1, 3] }), /"edit_layers" holds 3, but .*toy\.onnx has the layers 0 to 2/],
    ['layers in disorder', settings({ edit_layers: [2, 1] }), /"edit_layers" must be layers in ascending order/],
    ['a mean of another length', settings({ w_avg: [1, 2, 3] }), /"w_avg" has 3 numbers, but .*toy\.onnx takes 2/],
    ['a region outside', settings({ regions: { eyes: { shape: 'box', x: 0.9, y: 0, width: 0.5, height: 0.1 } } }), /"regions\.eyes\.width"|"eyes\.width"|regions\.eyes/],
    ['a file elsewhere', settings({ model: '../toy.onnx' }), /"model" must be the name of an \.onnx file in the same folder/],
    ['no JSON', '{', /generator\.json:1:2: expected/],
  ] as const)('is refused with %s', async (_, json, message) => {
    expect(await userErrorOf(() => open({ 'toy.onnx': model, 'generator.json': json }))).toMatch(message);
  });

  it('alone is no generator', async () => {
    expect(await userErrorOf(() => open({ 'generator.json': settings() }, '.'))).toMatch(/holds a generator\.json and no network: expected an \.onnx file beside it/);
  });
});
