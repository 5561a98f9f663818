import { encodeWebpQuickly } from '../editing/pictures';
import type { Picture } from '../editing/pictures';
import type { Frame } from '../../shared/protocol/engineProtocol';

/** Pictures of more pixels are sent as files: by then the encoding costs less than their bytes. */
const largestRaw = 256 * 256;

/** A picture on its way to the panel. */
export async function frameOf(picture: Picture): Promise<Frame> {
  const { width, height, rgb } = picture;
  if (width * height <= largestRaw) return { width, height, format: 'rgb', data: plain(rgb) };
  return { width, height, format: 'webp', data: plain(await encodeWebpQuickly(picture)) };
}

/** Node's own buffers arrive as something else on the other side. */
function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
