import { breathe } from '../cancellation';
import { applyEdits } from '../editing/applyDirection';
import { ChangeMeter, changeHeat } from '../editing/change';
import { picturesFromTensor, resizePicture } from '../editing/pictures';
import type { Picture } from '../editing/pictures';
import type { Generator } from '../generators/generator';
import { concatenated } from '../tensor';
import type { FloatTensor } from '../tensor';
import { Field } from '../../shared/field';
import type { BatchRequest, Frame, PictureRequest, RenderRequest, Rendered } from '../../shared/protocol/engineProtocol';
import type { Context } from '../../shared/protocol/rpc';
import { rasterize } from '../../shared/region';
import type { Region } from '../../shared/region';
import { checkEdits } from './checks';
import { frameOf } from './frames';
import type { OpenGenerator } from './openGenerators';

/** Larger groups are hardly faster, and a slider that moves meanwhile has to wait for a group. */
const largestGroup = 8;

/**
 * The picture of a sample under some edits, and how far they change it.
 *
 * @throws UserError when the sample is none, or an edit does not fit the generator
 */
export async function render(opened: OpenGenerator, request: RenderRequest): Promise<Rendered> {
  const { generator, samples } = opened;
  const { sample, region, heat } = request;
  const edited = await imageOf(opened, request);
  const frame = frameOf(pictureOf(edited, generator));
  if (!region && !heat) return { frame: await frame };
  const original = await samples.image(sample);
  return {
    frame: await frame,
    ...(region ? { change: changeOf(edited, original, region, generator) } : {}),
    ...(heat ? { heat: heatOf(edited, original, generator) } : {}),
  };
}

/**
 * Many small pictures, which are sent one by one in the order of the items.
 *
 * @throws UserError as `render`; CancelledError where the caller cancels
 */
export async function renderBatch(opened: OpenGenerator, { items, size }: BatchRequest, { signal, progress }: Context<{ readonly index: number; readonly frame: Frame }>): Promise<void> {
  const longest = new Field(size, 'the size of the pictures').integer({ min: 1 });
  const { generator } = opened;
  const step = Math.min(generator.batch, largestGroup);
  for (let start = 0; start < items.length; start += step) {
    await breathe(signal);
    const images = await imagesOf(opened, items.slice(start, start + step));
    const frames = await Promise.all(images.map(async (image) => frameOf(await reduced(pictureOf(image, generator), longest))));
    frames.forEach((frame, i) => { progress({ index: start + i, frame }); });
  }
}

/**
 * The whole picture of a sample under some edits.
 *
 * @throws UserError as `render`
 */
export async function fullPicture(opened: OpenGenerator, request: PictureRequest): Promise<Picture> {
  return pictureOf(await imageOf(opened, request), opened.generator);
}

/** [1, C, H, W] in the generator's range. */
async function imageOf({ generator, samples }: OpenGenerator, { sample, edits }: PictureRequest): Promise<FloatTensor> {
  const effective = checkEdits(generator, edits);
  if (effective.length === 0) return samples.image(sample);
  return generator.synthesize(applyEdits(await samples.code(sample), effective));
}

/** The same for several, computed in one run but for those that are known. */
async function imagesOf({ generator, samples }: OpenGenerator, requests: readonly PictureRequest[]): Promise<FloatTensor[]> {
  const items = requests.map(({ sample, edits }) => ({ sample, edits: checkEdits(generator, edits) }));
  const isKnown = ({ sample, edits }: typeof items[number]) => edits.length === 0 && samples.hasImage(sample);
  const known = new Map(items.filter(isKnown).map((item) => [item, samples.image(item.sample)]));
  const codes: FloatTensor[] = [];
  for (const item of items) if (!known.has(item)) codes.push(applyEdits(await samples.code(item.sample), item.edits));
  const computed = codes.length > 0 ? split(await generator.synthesize(concatenated(codes))) : [];
  const images: FloatTensor[] = [];
  for (const item of items) images.push((await known.get(item)) ?? computed.shift()!);
  return images;
}

/** [N, C, H, W] as N times [1, C, H, W]. */
function split({ data, dims: [count = 0, ...rest] }: FloatTensor): FloatTensor[] {
  const size = data.length / count;
  return Array.from({ length: count }, (_, i) => ({ data: data.subarray(i * size, (i + 1) * size), dims: [1, ...rest] }));
}

function pictureOf(image: FloatTensor, { description }: Generator): Picture {
  return picturesFromTensor(image, description.value_range)[0]!;
}

function reduced(picture: Picture, longest: number): Promise<Picture> {
  const scale = Math.min(1, longest / Math.max(picture.width, picture.height));
  const side = (pixels: number) => Math.max(1, Math.round(pixels * scale));
  return resizePicture(picture, { width: side(picture.width), height: side(picture.height) });
}

function changeOf(edited: FloatTensor, original: FloatTensor, region: Region, { description: { resolution, value_range } }: Generator): NonNullable<Rendered['change']> {
  const meter = new ChangeMeter(rasterize(region, resolution, resolution), value_range);
  meter.add(edited.data, original.data);
  const { insideMse, outsideMse } = meter.change;
  return { inside: insideMse, outside: outsideMse };
}

function heatOf(edited: FloatTensor, original: FloatTensor, { description: { resolution, value_range } }: Generator): Uint8Array {
  return changeHeat(edited.data, original.data, resolution ** 2, value_range);
}
