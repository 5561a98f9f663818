import { largestSeed } from '../../shared/numberList';
import { quote } from '../../shared/quote';
import { UserError } from '../../shared/userError';

const stateSize = 624;
const shiftSize = 397;

/**
 * NumPy's `numpy.random.RandomState(seed)`: the same seed draws the same numbers.
 *
 * MT19937 with the initialization by one 32-bit number (Matsumoto and Nishimura, "Mersenne Twister", 1998,
 * in the revision of 2002), Gaussians by Marsaglia's polar method in the order in which NumPy's legacy
 * generator hands them out.
 */
export class RandomState {
  private readonly state: Uint32Array;
  private position = stateSize;
  private cachedGaussian: number | undefined;

  /** `seed` is a whole number from 0 to 2^32 - 1; throws UserError for others. */
  constructor(seed: number) {
    if (!Number.isInteger(seed) || seed < 0 || seed > largestSeed) throw new UserError(`seed ${quote(seed)} must be a whole number from 0 to ${largestSeed}`);
    this.state = initialState(seed);
  }

  /** A number in [0, 1) with 53 random bits, as `random_sample()`. */
  randomSample(): number {
    const high = this.nextWord() >>> 5;
    const low = this.nextWord() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  /** `count` numbers of the standard normal distribution, as `randn(count)`. */
  randn(count: number): Float64Array {
    return Float64Array.from({ length: count }, () => this.gaussian());
  }

  /** Each accepted point of the unit disc gives two numbers: the second coordinate first, the other one later. */
  private gaussian(): number {
    if (this.cachedGaussian !== undefined) {
      const cached = this.cachedGaussian;
      this.cachedGaussian = undefined;
      return cached;
    }
    let x: number, y: number, square: number;
    do {
      x = 2 * this.randomSample() - 1;
      y = 2 * this.randomSample() - 1;
      square = x * x + y * y;
    } while (square >= 1 || square === 0);
    const scale = Math.sqrt((-2 * Math.log(square)) / square);
    this.cachedGaussian = scale * x;
    return scale * y;
  }

  private nextWord(): number {
    if (this.position === stateSize) {
      twist(this.state);
      this.position = 0;
    }
    let word = this.state[this.position++]!;
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return (word ^ (word >>> 18)) >>> 0;
  }
}

/** The latent code z of a seed, [1, zDim]: `RandomState(seed).randn(1, zDim)` rounded to float32. */
export function standardZ(seed: number, zDim: number): Float32Array {
  return Float32Array.from(new RandomState(seed).randn(zDim));
}

function initialState(seed: number): Uint32Array {
  const state = new Uint32Array(stateSize);
  state[0] = seed;
  for (let index = 1; index < stateSize; index++) {
    const previous = state[index - 1]!;
    state[index] = Math.imul(1812433253, previous ^ (previous >>> 30)) + index;
  }
  return state;
}

function twist(state: Uint32Array): void {
  for (let index = 0; index < stateSize; index++) {
    const next = state[(index + 1) % stateSize]!;
    const mixed = (state[index]! & 0x80000000) | (next & 0x7fffffff);
    state[index] = state[(index + shiftSize) % stateSize]! ^ (mixed >>> 1) ^ (next & 1 ? 0x9908b0df : 0);
  }
}
