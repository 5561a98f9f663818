import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readCheckpoint } from '../../src/engine/importers/checkpoint/readCheckpoint';
import { toFloat32 } from '../../src/engine/importers/checkpoint/tensorViews';
import { isMap } from '../../src/engine/importers/checkpoint/values';
import { UserError } from '../../src/shared/userError';
import { asPersistent, asTensor, at, refusal } from './checkpointValues';

const file = new Uint8Array(readFileSync(new URL('../fixtures/stylegan2-nvlabs/generator.pkl', import.meta.url)));

/** Marsaglia's xorshift: the same numbers on every run. */
function* randomNumbers(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    yield state >>> 0;
  }
}

// The names, shapes and numbers were taken from the file with Python's pickle module and NumPy.
describe("a generator of NVlabs' stylegan3 repository", () => {
  const value = readCheckpoint(file, 'generator.pkl');
  const generator = asPersistent(at(value, 'G_ema'));

  it('holds G_ema alone', () => {
    expect(isMap(value) && [...value.keys()]).toEqual(['G', 'D', 'G_ema', 'training_set_kwargs', 'augment_pipe']);
    expect(at(value, 'G')).toBeNull();
  });

  it.each([
    [[], 'Generator'],
    [['synthesis'], 'SynthesisNetwork'],
    [['synthesis', 'b8'], 'SynthesisBlock'],
    [['synthesis', 'b8', 'conv0'], 'SynthesisLayer'],
    [['synthesis', 'b8', 'torgb'], 'ToRGBLayer'],
    [['mapping'], 'MappingNetwork'],
    [['mapping', 'fc3'], 'FullyConnectedLayer'],
  ])('has at %j a %s', (path, className) => {
    expect(asPersistent(at(generator, ...path.flatMap((name) => ['_modules', name]))).className).toBe(className);
  });

  it('has its numbers, those of NumPy too', () => {
    expect(at(generator, 'num_ws')).toBe(8);
    expect(at(generator, '_modules', 'mapping', 'w_avg_beta')).toBe(0.998);
    expect(at(generator, '_modules', 'synthesis', 'block_resolutions')).toEqual([4, 8, 16, 32]);
    expect(at(generator, '_modules', 'synthesis', '_modules', 'b8', '_modules', 'conv0', 'act_gain')).toBe(Math.SQRT2);
  });

  it.each([
    [['synthesis', 'b4'], '_parameters', 'const', [48, 4, 4], [-1.5533111, -0.7638611, -0.66586167], 22.838216281554196],
    [['synthesis', 'b4', 'conv1'], '_parameters', 'weight', [48, 48, 3, 3], [-0.93401724, 0.07423093, 0.21161066], -86.62895631423908],
    [['synthesis', 'b8', 'torgb'], '_parameters', 'weight', [3, 48, 1, 1], [0.14097717, 0.20059603, 2.242386], -21.193615060299635],
    [['synthesis', 'b32', 'conv1'], '_buffers', 'noise_const', [32, 32], [0.8609403, -1.0545973, -0.20476755], 5.021954001975246],
    [['synthesis', 'b32', 'conv1'], '_parameters', 'noise_strength', [], [-0.3597396], -0.35973960161209106],
    [['mapping'], '_buffers', 'w_avg', [32], [-0.26063785, 0.28433776, -0.23973201], 0.4702198337763548],
    [['mapping', 'fc3'], '_parameters', 'weight', [32, 32], [33.322945, -62.151337, 155.18192], 4115.313954308629],
  ])('has at %j the %s %s', (path, kind, name, dims, first, sum) => {
    const tensor = asTensor(at(generator, ...path.flatMap((module) => ['_modules', module]), kind, name));
    const numbers = toFloat32(tensor);
    expect(tensor).toMatchObject({ elementType: 'float32', dims });
    expect(tensor.storage.buffer).toBe(file.buffer);
    first.forEach((number, i) => expect(numbers[i]).toBeCloseTo(number, 5));
    expect(numbers.reduce((total, number) => total + number, 0)).toBeCloseTo(sum, 6);
  });
});

describe('the same file, damaged', () => {
  const random = randomNumbers(20220717);

  it('is refused wherever it is cut', () => {
    const anywhere = Array.from({ length: 200 }, () => random.next().value % file.length);
    for (const end of [...Array.from({ length: 300 }, (_, i) => i), ...anywhere, file.length - 2, file.length - 1]) {
      expect(refusal(file.slice(0, end))).toMatch(/is empty|damaged or incomplete/);
    }
  });

  it('is read or refused, whatever byte is changed', () => {
    const outcomes = { read: 0, refused: 0 };
    for (let i = 0; i < 600; i += 1) {
      const changed = file.slice();
      // Most of the file is weights: half of the changes go to its beginning, where the structure is.
      const place = random.next().value % (i % 2 === 0 ? changed.length : 5000);
      changed[place] = random.next().value & 0xff;
      try {
        readCheckpoint(changed, 'x.pkl');
        outcomes.read += 1;
      } catch (error) {
        expect(error).toBeInstanceOf(UserError);
        outcomes.refused += 1;
      }
    }
    expect(outcomes.read).toBeGreaterThan(100);
    expect(outcomes.refused).toBeGreaterThan(50);
  });
});
