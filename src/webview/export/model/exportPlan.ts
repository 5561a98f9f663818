import { showingOrder } from '../../../shared/frameOrder';
import type { Sample } from '../../../shared/protocol/engineProtocol';
import type { ExportStart, PageFigure, PageSweep, VideoFormat } from '../../../shared/protocol/exportProtocol';
import { videoFormats } from '../../../shared/protocol/exportProtocol';
import { beginningOf, fileNameOf } from '../../../shared/plainFileName';

export type FigureKind = 'animation' | 'strip' | 'grid';
export type FileFormat = 'png' | 'gif' | 'webp' | VideoFormat;

/** What can be written of each kind, the usual one first. */
export const formatsOf: Readonly<Record<FigureKind, readonly FileFormat[]>> = {
  animation: ['gif', 'webp', 'mp4', 'webm'],
  strip: ['png', 'webp'],
  grid: ['png', 'webp'],
};

export const repeatLimits = { min: 1, max: 100 } as const;

export interface DirectionSetting {
  readonly name: string;
  readonly used: boolean;
  readonly from: number;
  readonly to: number;
  readonly alpha: number;
}

/** All that a user chooses on the page. */
export interface ExportSettings {
  readonly kind: FigureKind;
  readonly format: FileFormat;
  readonly directions: readonly DirectionSetting[];
  readonly together: boolean;
  readonly bothSigns: boolean;
  readonly seeds: readonly number[];
  readonly psi: number;
  readonly label?: number;
  /** The number of alphas of an animation, and of a strip. */
  readonly frames: number;
  readonly columns: number;
  /** The longer side of a picture in pixels; the engine's choice where left out. */
  readonly size?: number | undefined;
  readonly frameRate: number;
  readonly pingPong: boolean;
  /** How many times an animated picture is shown, 0 for ever, and how often a video, which cannot say that, repeats it. */
  readonly loop: number;
  readonly repeats: number;
}

/** Settings to begin with. */
export function startSettings({ directions, samples, together }: ExportStart): ExportSettings {
  const [first] = samples;
  return {
    kind: 'animation', format: 'gif', together, bothSigns: false,
    directions: directions.map((direction) => ({ ...direction, used: true })),
    seeds: samples.map(({ seed }) => seed), psi: first?.psi ?? 0.7, ...(first?.label === undefined ? {} : { label: first.label }),
    frames: 21, columns: 7, frameRate: 10, pingPong: true, loop: 0, repeats: 3,
  };
}

export function isVideo(format: FileFormat): format is VideoFormat {
  return videoFormats.some((video) => video === format);
}

export function usedDirections({ directions }: ExportSettings): { readonly direction: DirectionSetting; readonly index: number }[] {
  return directions.map((direction, index) => ({ direction, index })).filter(({ direction }) => direction.used);
}

/** What is asked of the engine; undefined where no direction is chosen. Of a video it is the animation with the same frames. */
export function figureOf(settings: ExportSettings): PageFigure | undefined {
  const { kind, format, bothSigns, frameRate, pingPong, loop } = settings;
  const used = usedDirections(settings);
  if (used.length === 0) return undefined;
  const still = format === 'webp' ? 'webp' : 'png';
  switch (kind) {
    case 'strip':
      return { ...sweepOf(settings), kind, format: still };
    case 'animation':
      return { ...sweepOf(settings), kind, format: format === 'gif' ? 'gif' : 'webp', frameRate, pingPong, loop };
    case 'grid':
      return { kind, format: still, directions: used.map(({ direction: { alpha }, index }) => ({ index, alpha })), bothSigns, samples: samplesOf(settings), ...sizeOf(settings) };
  }
}

/** The sweep of a strip or an animation. */
export function sweepOf(settings: ExportSettings): PageSweep {
  const { kind, together, frames, columns } = settings;
  return {
    directions: usedDirections(settings).map(({ direction: { from, to }, index }) => ({ index, from, to })),
    samples: samplesOf(settings),
    steps: kind === 'strip' ? columns : frames,
    together,
    ...sizeOf(settings),
  };
}

function samplesOf({ seeds, psi, label }: ExportSettings): Sample[] {
  return seeds.map((seed) => ({ seed, psi, ...(label === undefined ? {} : { label }) }));
}

function sizeOf({ size }: ExportSettings): { readonly size?: number } {
  return size === undefined ? {} : { size };
}

/** Which frames are shown one after the other, in the file from its beginning to its end. */
export function shownFrames({ frames, pingPong, format, repeats }: ExportSettings): number[] {
  const once = showingOrder(frames, pingPong);
  return isVideo(format) ? Array.from({ length: repeats }, () => once).flat() : once;
}

/** How a picture is previewed: smaller, and an animation with fewer frames where all of them would take too long. */
export interface PreviewPlan {
  readonly size: number;
  readonly steps: number;
}

const previewWidth = 720;
const largestPicture = 192;
const leastPicture = 32;
/** Pixels that a generator may compute for a preview. */
const previewPixels = 2 ** 22;
const leastFrames = 5;

export function previewPlan(settings: ExportSettings, resolution: number): PreviewPlan {
  const used = usedDirections(settings).length;
  const rows = settings.together ? 1 : used;
  const across = settings.kind === 'animation' ? settings.seeds.length : settings.kind === 'strip' ? settings.columns : 1 + used * (settings.bothSigns ? 2 : 1);
  const size = Math.max(leastPicture, Math.min(largestPicture, settings.size ?? largestPicture, Math.floor(previewWidth / Math.max(1, across))));
  const affordable = Math.floor(previewPixels / (rows * settings.seeds.length * resolution ** 2));
  return { size, steps: Math.min(settings.frames, Math.max(leastFrames, affordable)) };
}

/** The frame of a preview with `steps` frames that stands for frame `index` of `frames`. */
export function previewFrame(index: number, frames: number, steps: number): number {
  return frames === 1 ? 0 : Math.round((index * (steps - 1)) / (frames - 1));
}

/** Bytes for a pixel of each format, as they were measured on pictures of faces. */
const bytesPerPixel: Readonly<Record<'png' | 'gif' | 'webp' | 'still webp', number>> = { png: 1.1, gif: 0.6, webp: 0.12, 'still webp': 0.25 };

/** Bits that an encoder of videos is given for each pixel of each frame, and at least for a second. */
const videoBits = 0.35;
const leastBitrate = 400_000;

/** Bits a second of a video. */
export function bitrateOf({ width, height }: { readonly width: number; readonly height: number }, frameRate: number): number {
  return Math.round(Math.max(leastBitrate, width * height * frameRate * videoBits));
}

/** About how many bytes a file will have. */
export function estimatedBytes(settings: ExportSettings, size: { readonly width: number; readonly height: number }): number {
  const { kind, format, frameRate } = settings;
  const pixels = size.width * size.height;
  if (kind !== 'animation') return pixels * bytesPerPixel[format === 'webp' ? 'still webp' : 'png'];
  const shown = shownFrames(settings).length;
  if (isVideo(format)) return (bitrateOf(size, frameRate) * shown) / frameRate / 8;
  return pixels * shown * bytesPerPixel[format === 'gif' ? 'gif' : 'webp'];
}

/** "900 kB", "1.2 MB". */
export function bytesText(bytes: number): string {
  if (bytes < 1e6) return `${Math.max(1, Math.round(bytes / 1000))} kB`;
  return bytes < 1e7 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.round(bytes / 1e6)} MB`;
}

/** What will be written, in a line: "40 frames, 4.0 s, 780 x 213 px, about 3.1 MB". */
export function summaryOf(settings: ExportSettings, size: { readonly width: number; readonly height: number }): string {
  const { kind, frameRate } = settings;
  const shown = shownFrames(settings).length;
  const moving = kind === 'animation' ? [`${shown} frame${shown === 1 ? '' : 's'}`, `${(shown / frameRate).toFixed(1)} s`] : [];
  return [...moving, `${size.width} \u00d7 ${size.height} px`, `about ${bytesText(estimatedBytes(settings, size))}`].join(', ');
}

/** The name of the file, such as "eyes-1+mouth-1.gif". */
export function fileNameFor(settings: ExportSettings): string {
  const names = beginningOf(usedDirections(settings).map(({ direction }) => fileNameOf(direction.name, 'direction')).join('+'), 80);
  return `${names}${settings.kind === 'animation' ? '' : `-${settings.kind}`}.${settings.format}`;
}

/** Videos whose colours take a quarter of the resolution need even sides. */
export function evenSize({ width, height }: { readonly width: number; readonly height: number }): { readonly width: number; readonly height: number } {
  const even = (side: number) => side + (side % 2);
  return { width: even(width), height: even(height) };
}
