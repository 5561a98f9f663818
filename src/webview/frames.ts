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
  if (frame.format === 'rgb') drawPixels(canvas, frame);
  else void drawFile(canvas, frame);
}

function drawPixels(canvas: HTMLCanvasElement, { width, height, data }: Frame): void {
  const image = new ImageData(width, height);
  writeOpaque(data, image.data);
  resize(canvas, width, height);
  canvas.getContext('2d')?.putImageData(image, 0, 0);
}

async function drawFile(canvas: HTMLCanvasElement, frame: Frame): Promise<void> {
  const bitmap = await createImageBitmap(new Blob([frame.data as Uint8Array<ArrayBuffer>], { type: 'image/webp' })).catch(() => undefined);
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
