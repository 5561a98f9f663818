import { encodeWebp, encodeWebpQuickly } from '../editing/pictures';
import type { Picture } from '../editing/pictures';
import type { Frame } from '../../shared/protocol/engineProtocol';

/** Pictures of more pixels are sent as files: by then the encoding costs less than their bytes. */
const largestRaw = 256 * 256;

/** To encode a pixel of a file takes about so many milliseconds. */
const encodingPace = 4e-5;

/** About how long the encoding of a frame of so many pixels takes. */
export function encodingMilliseconds(pixels: number): number {
  return pixels <= largestRaw ? 0 : pixels * encodingPace;
}

/** A picture on its way to the panel. It is encoded here and nowhere else on that way. */
export async function frameOf(picture: Picture): Promise<Frame> {
  const { width, height, rgb } = picture;
  if (width * height <= largestRaw) return { width, height, format: 'rgb', data: plain(rgb) };
  return { width, height, format: 'webp', data: plain(await encodeWebpQuickly(picture)) };
}

/** A picture that is to be encoded once more, in a video: as it is, or with hardly a loss. */
export async function encodedFrame(picture: Picture): Promise<Frame> {
  const { width, height, rgb } = picture;
  if (width * height <= largestRaw) return { width, height, format: 'rgb', data: plain(rgb) };
  return { width, height, format: 'webp', data: plain(await encodeWebp(picture)) };
}

/** Node's own buffers arrive as something else on the other side. */
function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
