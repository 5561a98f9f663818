import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { RandomState, standardZ } from '../../src/engine/generators/randomState';
import { readNpy } from '../../src/engine/npy';
import { UserError } from '../../src/shared/userError';

/** Drawn with NumPy 2.4: random_sample(3), and randn(100001)[[0, 1, 2, 3, 4, 99999, 100000]] with its sum. */
const drawnByNumpy = [
  {
    seed: 0,
    samples: [0.5488135039273248, 0.7151893663724195, 0.6027633760716439],
    normals: [1.764052345967664, 0.4001572083672233, 0.9787379841057392, 2.240893199201458, 1.8675579901499675, -1.2852076475754735, -0.48379749195754734],
    sum: 157.18625332057633,
  },
  {
    seed: 1,
    samples: [0.417022004702574, 0.7203244934421581, 0.00011437481734488664],
    normals: [1.6243453636632417, -0.6117564136500754, -0.5281717522634557, -1.0729686221561705, 0.8654076293246785, -0.7475562464191521, -2.252118359519573],
    sum: 523.0507306087474,
  },
  {
    seed: 42,
    samples: [0.3745401188473625, 0.9507143064099162, 0.7319939418114051],
    normals: [0.4967141530112327, -0.13826430117118466, 0.6476885381006925, 1.5230298564080254, -0.23415337472333597, 0.12006294082414522, 1.0305945879905796],
    sum: 97.71740868295024,
  },
  {
    seed: 4294967295,
    samples: [0.0976320289940138, 0.9123828453026218, 0.78903530185164],
    normals: [0.6484086742306527, 0.6693235306338161, -1.0805437227474493, 0.2845010447986309, 0.11388773652167104, -0.2238735333898138, 0.1035678784622017],
    sum: -69.61892256979698,
  },
];

describe('RandomState', () => {
  it.each(drawnByNumpy)('draws as NumPy does from seed $seed', ({ seed, samples, normals, sum }) => {
    const uniform = new RandomState(seed);
    expect(samples.map(() => uniform.randomSample())).toEqual(samples);

    const drawn = new RandomState(seed).randn(100_001);
    // Logarithms of different libraries may differ in the last bit.
    [0, 1, 2, 3, 4, 99_999, 100_000].forEach((index, k) => expect(Math.abs(drawn[index]! / normals[k]! - 1)).toBeLessThan(1e-15));
    expect(drawn.reduce((total, value) => total + value, 0)).toBeCloseTo(sum, 8);
  });

  it('keeps the second Gaussian of a pair while uniform numbers are drawn', () => {
    const state = new RandomState(42);
    const drawn = [state.randomSample(), ...state.randn(1), state.randomSample(), ...state.randn(2)];
    const expected = [0.3745401188473625, -1.1118801180469204, 0.15599452033620265, 0.31890218468938336, 1.5792128155073915];
    drawn.forEach((value, index) => expect(value).toBeCloseTo(expected[index]!, 14));
  });

  it.each([-1, 2 ** 32, 0.5, NaN, Infinity])('refuses the seed %d', (seed) => {
    expect(() => new RandomState(seed)).toThrow(UserError);
    expect(() => standardZ(seed, 4)).toThrow('must be a whole number from 0 to 4294967295');
  });
});

describe('standardZ', () => {
  it('is the z of the StyleGAN tools, to the last bit', () => {
    const { dims, data } = readNpy(readFileSync('test/fixtures/stylegan2-nvlabs/z.npy'), 'z.npy');
    const [count = 0, zDim = 0] = dims;
    expect(count).toBe(4);
    for (let seed = 0; seed < count; seed++) expect(standardZ(seed, zDim)).toEqual(data.slice(seed * zDim, (seed + 1) * zDim));
  });

  it('has the requested length', () => {
    expect(standardZ(3, 1)).toHaveLength(1);
    expect(standardZ(3, 512).subarray(0, 5)).toEqual(standardZ(3, 5));
  });
});
