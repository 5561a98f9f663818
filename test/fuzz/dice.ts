import { seededRandom } from '../shared/seededRandom';

/** Where programs that read numbers go wrong: around zero, around powers of two, and far beyond. */
const integers = [
  0n, 0n, 1n, 1n, 2n, 3n, 4n, 5n, 7n, 8n, 16n, 31n, 32n, 64n, 127n, 128n, 255n, 256n, 1000n, 4096n, 32767n, 65535n, 65536n, 10n ** 6n, 2n ** 24n, 2n ** 30n,
  2n ** 31n - 1n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 40n, 2n ** 53n, 2n ** 62n, 2n ** 63n - 1n,
];

const reals = [0, 1, -1, 0.5, 2, 3.5, 1e-8, 1e-38, 1e-45, 100, 1e6, -1e6, 1e30, 3.4e38, -3.4e38, 2 ** 31, Infinity, -Infinity, NaN];

/** Chances and choices that are the same in every run of a seed. */
export class Dice {
  private readonly random: () => number;

  constructor(seed: number) {
    this.random = seededRandom(Math.imul(seed, 0x9e3779b1) ^ (seed >>> 15));
  }

  /** A whole number from 0 to `limit - 1`. */
  below(limit: number): number {
    return Math.floor(this.random() * limit);
  }

  chance(probability: number): boolean {
    return this.random() < probability;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  /** An integer of 64 bits that a reader may not expect. */
  integer(): bigint {
    const value = this.pick(integers);
    return this.chance(0.2) ? -value : value;
  }

  /** An integer near `value`, or one that a reader may not expect. */
  integerNear(value: bigint): bigint {
    return BigInt.asIntN(64, this.chance(0.5) ? this.integer() : this.pick([value + 1n, value - 1n, value * 2n, value / 2n, -value, value + 4n, value * 3n]));
  }

  real(): number {
    return this.pick(reals);
  }
}
