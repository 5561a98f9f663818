import type { Frame } from '../../shared/protocol/engineProtocol';
import { element } from '../dom';
import { decodeFile, paint } from '../frames';
import { writeOpaque } from '../model/pixels';

/** A frame as something that can be drawn; close it when it is not needed any more. */
export async function pictureOf(frame: Frame): Promise<ImageBitmap> {
  if (frame.format === 'webp') {
    const picture = await decodeFile(frame);
    if (!picture) throw new Error('a frame arrived broken');
    return picture;
  }
  const canvas = element('canvas');
  paint(canvas, frame, (rgba) => { writeOpaque(frame.data, rgba); });
  return createImageBitmap(canvas);
}
