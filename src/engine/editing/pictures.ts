import type { Sharp, SharpOptions } from 'sharp';
import { UserError } from '../../shared/userError';
import type { FloatTensor } from '../tensor';

/** An 8-bit sRGB picture: `rgb` holds 3 bytes a pixel, row after row. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export type Colour = readonly [red: number, green: number, blue: number];

/** Without a wish for another size, the longer side of a shown picture is at least and at most this many pixels. */
const SMALLEST_CELL = 128;
const LARGEST_CELL = 256;

/** The sizes that a user may wish for. */
const CELL_LIMITS = [16, 2048] as const;

/**
 * A generator's image as bytes: the range maps linearly onto 0..255, clamped and rounded; NaN becomes 0.
 *
 * @param data [channels, height, width], planar; a single channel becomes grey
 * @param range the values of black and white, for instance [-1, 1]
 */
export function pictureFromTensor(
  data: Float32Array,
  channels: 1 | 3,
  height: number,
  width: number,
  range: readonly [number, number],
): Picture {
  const plane = height * width;
  if (data.length !== channels * plane) {
    throw new RangeError(`${data.length} values are no image of ${channels} x ${height} x ${width}`);
  }
  const [black, white] = range;
  const scale = 255 / (white - black);
  const rgb = new Uint8ClampedArray(3 * plane);
  for (let channel = 0; channel < 3; channel++) {
    const offset = channels === 1 ? 0 : channel * plane;
    for (let pixel = 0; pixel < plane; pixel++) {
      rgb[3 * pixel + channel] = (data[offset + pixel]! - black) * scale;
    }
  }
  return { width, height, rgb: new Uint8Array(rgb.buffer) };
}

/**
 * Images [N, C, H, W] as pictures (see pictureFromTensor): of three channels and more the first three are red, green and
 * blue; of fewer the first is grey.
 */
export function picturesFromTensor({ data, dims }: FloatTensor, range: readonly [number, number]): Picture[] {
  const [count, channels, height, width] = dims as [number, number, number, number];
  const size = channels * height * width;
  const shown = channels < 3 ? 1 : 3;
  return Array.from({ length: count }, (_, i) => pictureFromTensor(data.subarray(i * size, i * size + shown * height * width), shown, height, width, range));
}

/** The picture as a PNG file; the same picture gives the same bytes. */
export async function encodePng(picture: Picture): Promise<Uint8Array> {
  return (await sharpOf(picture)).png({ compressionLevel: 9, adaptiveFiltering: true }).toBuffer();
}

/**
 * The picture as a WebP file; the same picture gives the same bytes.
 *
 * @param quality 1 to 100; left out, a high one
 */
export async function encodeWebp(picture: Picture, quality = 94): Promise<Uint8Array> {
  return (await sharpOf(picture)).webp({ quality, smartSubsample: true, effort: 5 }).toBuffer();
}

/**
 * The picture as a WebP file that is made quickly, for the screen: 1024 x 1024 pixels take about 65 ms, a third of what
 * the careful one takes, and 0.3 MB instead of 3 MB.
 */
export async function encodeWebpQuickly(picture: Picture): Promise<Uint8Array> {
  return (await sharpOf(picture)).webp({ quality: 90, effort: 0 }).toBuffer();
}

/**
 * The size at which a picture is shown in a figure: small ones are enlarged by a whole factor to 128 pixels or
 * more, large ones are reduced to 256.
 *
 * @param cell the wished number of pixels of the longer side, 16 to 2048
 * @throws UserError where `cell` is no such number
 */
export function cellSize(picture: Size, cell?: number): Size {
  const longer = Math.max(picture.width, picture.height);
  const target = cell === undefined ? defaultCell(longer) : checkedCell(cell);
  const scaled = (side: number) => Math.max(1, Math.round((side * target) / longer));
  return { width: scaled(picture.width), height: scaled(picture.height) };
}

/** The picture at another size, by cubic interpolation upwards and Lanczos downwards. */
export async function resizePicture(picture: Picture, { width, height }: Size): Promise<Picture> {
  if (picture.width === width && picture.height === height) {
    return picture;
  }
  const kernel = width > picture.width ? 'cubic' : 'lanczos3';
  const source = await sharpOf(picture);
  const rgb = await source.resize(width, height, { fit: 'fill', kernel }).raw().toBuffer();
  return { width, height, rgb };
}

/** A picture of one colour. */
export function blankPicture({ width, height }: Size, colour: Colour): Picture {
  const picture = { width, height, rgb: new Uint8Array(3 * width * height) };
  fillRectangle(picture, 0, 0, picture, colour);
  return picture;
}

/** Paints a rectangle, which must lie within the picture. */
export function fillRectangle(target: Picture, left: number, top: number, size: Size, colour: Colour): void {
  const line = new Uint8Array(3 * size.width).map((_, index) => colour[index % 3]!);
  for (let y = top; y < top + size.height; y++) {
    target.rgb.set(line, 3 * (y * target.width + left));
  }
}

/** Copies `source`, which must fit, into `target`. */
export function pastePicture(target: Picture, left: number, top: number, source: Picture): void {
  const line = 3 * source.width;
  for (let y = 0; y < source.height; y++) {
    target.rgb.set(source.rgb.subarray(y * line, (y + 1) * line), 3 * ((top + y) * target.width + left));
  }
}

/**
 * Draws SVG elements over a picture, one user unit to the pixel.
 *
 * @param elements markup without text elements, whose look would depend on the machine's fonts
 */
export async function drawSvg(picture: Picture, elements: string): Promise<Picture> {
  const { width, height } = picture;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${elements}</svg>`;
  const canvas = await sharpOf(picture);
  const rgb = await canvas
    .composite([{ input: Buffer.from(svg), limitInputPixels: false }])
    .removeAlpha()
    .raw()
    .toBuffer();
  return { width, height, rgb };
}

function sharpOf({ width, height, rgb }: Picture): Promise<Sharp> {
  return openSharp(rgb, { raw: { width, height, channels: 3 }, limitInputPixels: false });
}

/** An image of sharp, which is loaded with the first one: a process that shows small pictures starts a sixth sooner without. */
export async function openSharp(bytes: Uint8Array, options: SharpOptions): Promise<Sharp> {
  const { default: sharp } = await import('sharp');
  return sharp(bytes, options);
}

function defaultCell(longer: number): number {
  return longer >= LARGEST_CELL ? LARGEST_CELL : longer * Math.ceil(SMALLEST_CELL / longer);
}

function checkedCell(cell: number): number {
  const [least, most] = CELL_LIMITS;
  if (!Number.isInteger(cell) || cell < least || cell > most) {
    throw new UserError(`a picture size of ${cell} pixels does not work: give a whole number from ${least} to ${most}`);
  }
  return cell;
}
