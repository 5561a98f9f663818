import type { Frame } from '../shared/protocol/engineProtocol';
import { writeOpaque } from './model/pixels';

/** What each canvas shows or is about to show. */
const shown = new WeakMap<HTMLCanvasElement, Frame>();

/** Puts a picture on a canvas and makes the canvas as large as it, unless it is there already; undefined empties the canvas. */
export function drawFrame(canvas: HTMLCanvasElement, frame: Frame | undefined): void {
  if (shown.get(canvas) === frame) return;
  if (!frame) {
    shown.delete(canvas);
    canvas.getContext('2d')?.clearRect(0, 0, canvas.width, canvas.height);
    return;
  }
  shown.set(canvas, frame);
  if (frame.format === 'rgb') paint(canvas, frame, (rgba) => { writeOpaque(frame.data, rgba); });
  else void drawFile(canvas, frame);
}

/** Makes a canvas as large as a picture and puts the RGBA pixels there that `write` writes. */
export function paint(canvas: HTMLCanvasElement, { width, height }: { readonly width: number; readonly height: number }, write: (rgba: Uint8ClampedArray) => void): void {
  const image = new ImageData(width, height);
  write(image.data);
  resize(canvas, width, height);
  canvas.getContext('2d')?.putImageData(image, 0, 0);
}

/** The picture of a frame that came as a file; nothing where it is broken. */
export async function decodeFile({ data }: Frame): Promise<ImageBitmap | undefined> {
  return createImageBitmap(new Blob([data as Uint8Array<ArrayBuffer>], { type: 'image/webp' })).catch(() => undefined);
}

async function drawFile(canvas: HTMLCanvasElement, frame: Frame): Promise<void> {
  const bitmap = await decodeFile(frame);
  // A later picture may have been quicker.
  if (bitmap && shown.get(canvas) === frame) {
    resize(canvas, bitmap.width, bitmap.height);
    canvas.getContext('2d')?.drawImage(bitmap, 0, 0);
  }
  bitmap?.close();
}

function resize(canvas: HTMLCanvasElement, width: number, height: number): void {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
}
