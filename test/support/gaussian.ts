import { sizeOf } from '../../src/engine/tensor';
import type { FloatTensor } from '../../src/engine/tensor';

/** Normally distributed numbers that are the same on every run: Box and Muller's transform over a xorshift generator. */
export class Gaussian {
  private state: number;

  constructor(seed: number) {
    // Neighbouring seeds are spread; a xorshift generator may not start at zero.
    this.state = Math.imul(seed + 1, 0x9e3779b1) || 1;
  }

  tensor(dims: readonly number[], scale = 1, mean = 0): FloatTensor {
    const data = new Float32Array(sizeOf(dims));
    for (let i = 0; i < data.length; i += 2) {
      const radius = scale * Math.sqrt(-2 * Math.log(this.uniform()));
      const angle = 2 * Math.PI * this.uniform();
      data[i] = mean + radius * Math.cos(angle);
      // Past the end of an odd length this is dropped.
      data[i + 1] = mean + radius * Math.sin(angle);
    }
    return { data, dims };
  }

  /** In (0, 1]. */
  private uniform(): number {
    this.state ^= this.state << 13;
    this.state ^= this.state >>> 17;
    this.state ^= this.state << 5;
    return ((this.state >>> 0) + 1) / 2 ** 32;
  }
}
