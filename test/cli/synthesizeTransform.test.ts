import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readNpy } from '../../src/engine/npy';
import { differenceOf } from '../support/differences';
import { fixtures, runCli, snapshot, useOwnFolder } from './commandLine';

const own = useOwnFolder('resefa-transform-', async () => {
  for (const name of ['stylegan2', 'stylegan3-r']) await ok('import', join(fixtures, `${name}-nvlabs`, 'generator.pkl'), '--out', name);
}, 120_000);

async function ok(...args: readonly string[]): Promise<void> {
  const { code, stderr } = await runCli(...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
}

/** The images of two seeds, in the native range. */
async function imagesWith(...options: readonly string[]): Promise<Float32Array> {
  const out = `out-${options.join('')}`;
  await ok('synthesize', 'stylegan3-r', '--seeds', '0,1', '--npy', '--out', out, ...options);
  return readNpy(readFileSync(join(out, 'image.npy')), out).data;
}

describe('synthesize --translate and --rotate', () => {
  it('leave the images as they are with 0', async () => {
    const plain = await imagesWith();
    expect(await imagesWith('--translate', '0,0')).toEqual(plain);
    expect(await imagesWith('--rotate', '0')).toEqual(plain);
  });

  it('turn the images', async () => {
    const plain = await imagesWith();
    const turned = await imagesWith('--rotate', '-180');
    // Half a turn reads each of the pictures backwards.
    const channel = (data: Float32Array, i: number) => data.subarray(i * 1024, (i + 1) * 1024);
    for (let i = 0; i < 6; i++) expect(differenceOf(channel(turned, i), channel(plain, i).slice().reverse()).relative).toBeLessThan(1e-4);
  });

  it('move the images, also to the left and up, and both at once', async () => {
    const plain = await imagesWith();
    const [left, both] = [await imagesWith('--translate', '-0.25,-.1'), await imagesWith('--translate', '-0.25,-.1', '--rotate', '20')];
    expect(differenceOf(left, plain).mean).toBeGreaterThan(0.05);
    expect(differenceOf(both, left).mean).toBeGreaterThan(0.05);
  });

  it.each([
    ['stylegan3-r', ['--translate', '0.1'], '--translate: "0.1" must be two numbers x,y, such as 0.1,-0.2'],
    ['stylegan3-r', ['--translate', '1,2,3'], '--translate: "1,2,3" must be two numbers x,y, such as 0.1,-0.2'],
    ['stylegan3-r', ['--translate', '0.1,up'], '--translate: "up" must be a number from -100 to 100'],
    ['stylegan3-r', ['--translate', '0.1,NaN'], '--translate: "NaN" must be a number from -100 to 100'],
    ['stylegan3-r', ['--rotate', 'left'], '--rotate: "left" must be a number from -360 to 360'],
    ['stylegan3-r', ['--rotate', '1e9'], '--rotate: "1e9" must be a number from -360 to 360'],
    ['stylegan2', ['--rotate', '10'], 'the generator stylegan2 (stylegan2) has no input that can be moved or turned; leave --translate and --rotate out, or take a StyleGAN3 generator'],
    ['afhq-cat-64', ['--translate', '0,0'], 'the generator afhq-cat-64 (stylegan2) has no input that can be moved or turned; leave --translate and --rotate out, or take a StyleGAN3 generator'],
  ])('are refused with one line (%s %j)', async (generator, options, expected) => {
    const before = snapshot(own.path);
    const { code, stderr } = await runCli('synthesize', generator, '--seeds', '0', '--out', 'refused', ...options);
    expect(code).toBe(2);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).toContain(expected);
    expect(snapshot(own.path)).toEqual(before);
  });
});
