import { frameRates } from '../frameOrder';
import { Field } from '../field';
import type { Limits } from '../field';
import { alphaLimits } from '../numberList';
import type { FigureRequest, Frame, GeneratorInfo, Sample, Steps, StripRequest, SweepRequest } from './engineProtocol';
import { fileName, listOf, nothing, optional, sample, stripRequest, truth } from './pageChecks';
import type { Call, Checks } from './rpc';

export const videoFormats = ['mp4', 'webm'] as const;
export type VideoFormat = (typeof videoFormats)[number];

/** Pages name a direction by its number among those that they were started with, from 0. */
type ByNumber<Request extends { readonly directions: readonly object[] }> = Omit<Request, 'generator' | 'directions'> & {
  readonly directions: readonly (Omit<Request['directions'][number], 'direction'> & { readonly index: number })[];
};

export type PageSweep = ByNumber<SweepRequest>;
export type PageFigure =
  | ByNumber<Extract<FigureRequest, { readonly kind: 'strip' }>>
  | ByNumber<Extract<FigureRequest, { readonly kind: 'animation' }>>
  | ByNumber<Extract<FigureRequest, { readonly kind: 'grid' }>>;

/** What a page is for, as a window that is reloaded finds it again: direction files, as Uris, or the edits of a panel. */
export type ExportSource = { readonly files: readonly string[] } | { readonly edits: StripRequest };

/** What a page of pictures to be exported starts with. */
export interface ExportStart {
  readonly source: ExportSource;
  readonly generator: Pick<GeneratorInfo, 'name' | 'resolution' | 'classes' | 'truncates'>;
  readonly directions: readonly {
    readonly name: string;
    /** The alphas of a sweep, and that of a grid. */
    readonly from: number;
    readonly to: number;
    readonly alpha: number;
  }[];
  readonly samples: readonly Sample[];
  /** Whether the directions are one edit together. */
  readonly together: boolean;
}

/** What the page asks of the extension. */
export interface ExportCalls {
  readonly start: Call<Record<string, never>, ExportStart>;
  /** How large a figure will be, in pixels. */
  readonly size: Call<{ readonly figure: PageFigure }, { readonly width: number; readonly height: number }>;
  /** A figure as a file, to be shown. */
  readonly preview: Call<{ readonly figure: PageFigure }, { readonly data: Uint8Array }>;
  /** The frames of an animation one by one, to be shown or to be encoded. */
  readonly frames: Call<{ readonly sweep: PageSweep }, void, { readonly index: number; readonly frame: Frame }>;
  /** Asks for a place and writes a figure there; nothing comes back where the user gives up. */
  readonly save: Call<{ readonly figure: PageFigure; readonly fileName: string }, { readonly path: string } | undefined, Steps>;
  /** Asks for a place for a video; nothing comes back where the user gives up. */
  readonly place: Call<{ readonly format: VideoFormat; readonly fileName: string }, { readonly place: number; readonly path: string } | undefined>;
  /** Writes a video to a place that was asked for. */
  readonly saveVideo: Call<{ readonly place: number; readonly data: Uint8Array }, { readonly path: string }>;
}

export const stepLimits = { min: 1, max: 101 } as const satisfies Limits;
export const pictureSizes = { min: 16, max: 2048 } as const satisfies Limits;
export const loopLimits = { min: 0, max: 1000 } as const satisfies Limits;
const mostDirections = 1000;
const mostSamples = 1000;
const mostPlaces = 1e9;
const mostVideoBytes = 2 ** 31;

/**
 * Checks of everything that the page asks for. Each returns a copy with the known keys alone, and throws UserError that
 * names the call and the field.
 */
export const exportChecks: Checks<ExportCalls> = {
  start: (params) => nothing(new Field(params, 'start')),
  size: (params) => ({ figure: figure(new Field(params, 'size').at('figure')) }),
  preview: (params) => ({ figure: figure(new Field(params, 'preview').at('figure')) }),
  frames: (params) => ({ sweep: sweep(new Field(params, 'frames').at('sweep')) }),
  save: (params) => {
    const field = new Field(params, 'save');
    return { figure: figure(field.at('figure')), fileName: fileName(field.at('fileName')) };
  },
  place: (params) => {
    const field = new Field(params, 'place');
    return { format: field.at('format').oneOf(videoFormats), fileName: fileName(field.at('fileName')) };
  },
  saveVideo: (params) => {
    const field = new Field(params, 'saveVideo');
    return { place: field.at('place').integer({ min: 0, max: mostPlaces }), data: bytes(field.at('data')) };
  },
};

/**
 * Checks what a page was for that a reloaded window brings back.
 *
 * @throws UserError that names the field
 */
export function checkExportSource(left: unknown): ExportSource {
  const source = new Field(left, 'state of the page').at('source');
  const files = source.at('files');
  return files.present ? { files: listOf(files, { min: 1, max: mostDirections }, (file) => file.text()) } : { edits: stripRequest(source.at('edits')) };
}

function figure(field: Field): PageFigure {
  const kind = field.at('kind').oneOf(['strip', 'animation', 'grid']);
  switch (kind) {
    case 'strip':
      return { ...sweep(field), kind, format: field.at('format').oneOf(['png', 'webp']) };
    case 'animation':
      return {
        ...sweep(field),
        kind,
        format: field.at('format').oneOf(['gif', 'webp']),
        frameRate: field.at('frameRate').number(frameRates),
        pingPong: truth(field.at('pingPong')),
        loop: field.at('loop').integer(loopLimits),
      };
    case 'grid':
      return {
        kind,
        format: field.at('format').oneOf(['png', 'webp']),
        directions: listOf(field.at('directions'), { min: 1, max: mostDirections }, (item) => ({ index: index(item), alpha: item.at('alpha').number(alphaLimits) })),
        bothSigns: truth(field.at('bothSigns')),
        ...shared(field),
      };
  }
}

function sweep(field: Field): PageSweep {
  return {
    directions: listOf(field.at('directions'), { min: 1, max: mostDirections }, (item) => ({ index: index(item), from: item.at('from').number(alphaLimits), to: item.at('to').number(alphaLimits) })),
    steps: field.at('steps').integer(stepLimits),
    together: truth(field.at('together')),
    ...shared(field),
  };
}

function shared(field: Field): Pick<PageSweep, 'samples' | 'size'> {
  return { samples: listOf(field.at('samples'), { min: 1, max: mostSamples }, sample), ...optional(field, 'size', (size) => size.integer(pictureSizes)) };
}

function index(item: Field): number {
  return item.at('index').integer({ min: 0, max: mostDirections - 1 });
}

function bytes(field: Field): Uint8Array {
  const { value } = field;
  if (!(value instanceof Uint8Array) || value.length === 0 || value.length > mostVideoBytes) field.fail('must be the bytes of a video');
  return value;
}
