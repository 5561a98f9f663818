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

/** Larger groups are hardly faster. */
const largestGroup = 8;

/**
 * The picture of a sample under some edits, and how far they change it; a reduced one is not measured.
 *
 * @throws UserError when the sample is none, or an edit does not fit the generator
 */
export async function render(opened: OpenGenerator, request: RenderRequest): Promise<Rendered> {
  const { live = false } = request;
  return opened.live.first(live, () => renderFirst(opened, request));
}

async function renderFirst(opened: OpenGenerator, request: RenderRequest): Promise<Rendered> {
  const { generator, samples } = opened;
  const { sample, region, heat, live } = request;
  const smaller = live ? await smallerImageOf(opened, request) : undefined;
  if (smaller) return { frame: await frameOf(pictureOf(smaller, generator)), reduced: true };
  const edited = await imageOf(opened, request);
  const frame = frameOf(pictureOf(edited, generator));
  const original = region || heat ? await samples.image(sample) : undefined;
  void opened.live.rests(await codeOf(opened, request), edited);
  return {
    frame: await frame,
    ...(region && original ? { change: changeOf(edited, original, region, generator) } : {}),
    ...(heat && original ? { heat: heatOf(edited, original, generator) } : {}),
  };
}

/**
 * Many small pictures, which are sent one by one in the order of the items.
 *
 * @throws UserError as `render`; CancelledError where the caller cancels
 */
export async function renderBatch(opened: OpenGenerator, { items, size }: BatchRequest, { signal, progress }: Context<{ readonly index: number; readonly frame: Frame }>): Promise<void> {
  const longest = new Field(size, 'the size of the pictures').integer({ min: 1 });
  const { generator, live } = opened;
  let done = 0;
  while (done < items.length) {
    await live.standsStill(signal);
    await breathe(signal);
    const images = await imagesOf(opened, items.slice(done, done + Math.min(live.group, largestGroup)));
    const frames = await Promise.all(images.map(async (image) => frameOf(await reduced(pictureOf(image, generator), longest))));
    for (const frame of frames) progress({ index: done++, frame });
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

/** A smaller picture for a slider that moves, [1, C, H, W]; undefined where the whole one is known or comes in time. */
async function smallerImageOf(opened: OpenGenerator, request: PictureRequest): Promise<FloatTensor | undefined> {
  const { generator, samples, live } = opened;
  if (checkEdits(generator, request.edits).length === 0 && samples.hasImage(request.sample)) return undefined;
  return live.smaller(await codeOf(opened, request));
}

/** [1, C, H, W] in the generator's range. */
async function imageOf(opened: OpenGenerator, request: PictureRequest): Promise<FloatTensor> {
  const { generator, samples, live } = opened;
  if (checkEdits(generator, request.edits).length === 0) return samples.image(request.sample);
  return live.images(await codeOf(opened, request));
}

/** The latent code with the edits, [1, L, d]. */
async function codeOf({ generator, samples }: OpenGenerator, { sample, edits }: PictureRequest): Promise<FloatTensor> {
  return applyEdits(await samples.code(sample), checkEdits(generator, edits));
}

/** The same for several, computed in one run but for those that are known. */
async function imagesOf({ generator, samples, live }: OpenGenerator, requests: readonly PictureRequest[]): Promise<FloatTensor[]> {
  const items = requests.map(({ sample, edits }) => ({ sample, edits: checkEdits(generator, edits) }));
  const isKnown = ({ sample, edits }: typeof items[number]) => edits.length === 0 && samples.hasImage(sample);
  const known = new Map(items.filter(isKnown).map((item) => [item, samples.image(item.sample)]));
  const codes: FloatTensor[] = [];
  for (const item of items) if (!known.has(item)) codes.push(applyEdits(await samples.code(item.sample), item.edits));
  const computed = codes.length > 0 ? split(await live.images(concatenated(codes))) : [];
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
  const meter = new ChangeMeter(maskOf(region, resolution), value_range);
  meter.add(edited.data, original.data);
  const { insideMse, outsideMse } = meter.change;
  return { inside: insideMse, outside: outsideMse };
}

/** The pixels of the region that was asked for last: it stays the same while a slider moves. */
let lastMask: { readonly key: string; readonly mask: Uint8Array } | undefined;

function maskOf(region: Region, resolution: number): Uint8Array {
  const key = JSON.stringify([resolution, region]);
  if (lastMask?.key !== key) lastMask = { key, mask: rasterize(region, resolution, resolution) };
  return lastMask.mask;
}

function heatOf(edited: FloatTensor, original: FloatTensor, { description: { resolution, value_range } }: Generator): Uint8Array {
  return changeHeat(edited.data, original.data, resolution ** 2, value_range);
}
