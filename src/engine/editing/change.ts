/** How far pictures differ on each side of a region's edge, in mean squares of the -1..1 range. */
export interface Change {
  readonly insideMse: number;
  readonly outsideMse: number;
}

/** Adds up the squared changes of edited pictures on both sides of a region. */
export class ChangeMeter {
  private readonly squares: [outside: number, inside: number] = [0, 0];
  private planes = 0;

  /**
   * @param mask the pixels of one picture, row after row: 1 inside the region, 0 outside
   * @param range the values of black and white
   */
  constructor(private readonly mask: Uint8Array, private readonly range: readonly [number, number]) {}

  /** Takes in pictures [.., H, W] and what they were before the edit. */
  add(edited: Float32Array, original: Float32Array): void {
    const { mask, squares } = this;
    const scale = scaleOf(this.range);
    for (let plane = 0; plane < edited.length; plane += mask.length) {
      for (let pixel = 0; pixel < mask.length; pixel++) {
        squares[mask[pixel]! as 0 | 1] += ((edited[plane + pixel]! - original[plane + pixel]!) * scale) ** 2;
      }
    }
    this.planes += edited.length / mask.length;
  }

  /** The means over all that was added; 0 for a side without pixels. */
  get change(): Change {
    const inside = this.mask.reduce((total, value) => total + value, 0);
    const mean = (squares: number, pixels: number) => squares / Math.max(this.planes * pixels, 1);
    return { insideMse: mean(this.squares[1], inside), outsideMse: mean(this.squares[0], this.mask.length - inside) };
  }
}

/**
 * Where a picture [C, H, W] changed: for each of `pixels` pixels the root mean square over the channels of the
 * change in the -1..1 range, times 255 and clamped, so that 255 is a change by half the range or more.
 *
 * @param range the values of black and white
 */
export function changeHeat(edited: Float32Array, original: Float32Array, pixels: number, range: readonly [number, number]): Uint8Array {
  const channels = edited.length / pixels;
  const scale = (255 * scaleOf(range)) / Math.sqrt(channels);
  const heat = new Uint8ClampedArray(pixels);
  for (let pixel = 0; pixel < pixels; pixel++) {
    let squares = 0;
    for (let at = pixel; at < edited.length; at += pixels) squares += (edited[at]! - original[at]!) ** 2;
    heat[pixel] = Math.sqrt(squares) * scale;
  }
  return new Uint8Array(heat.buffer);
}

/** From the generator's range to one of length 2. */
function scaleOf([black, white]: readonly [number, number]): number {
  return 2 / (white - black);
}
