import type { DirectionFile, DiscoveredDirection, LatentSpace, Preset } from '../direction/directionFile';
import type { Region } from '../region';
import type { Call } from './rpc';

/** How the engine process works, from the user's settings. */
export interface EngineSettings {
  /** Threads of one operator; 0 leaves the number to ONNX Runtime. */
  readonly threads: number;
  /** Bytes that chunks of tangents, kept Gram matrices and sessions may take; 0 leaves it to the engine (a quarter of the machine, at most 8 GiB). */
  readonly memoryBudget: number;
  readonly executionProvider: ExecutionProvider;
  /** Providers that an earlier engine process ended on, which are left alone. */
  readonly crashed?: readonly ProviderStatus['provider'][];
  /** The folder for what is computed once and needed again; '' keeps nothing on the disk. */
  readonly cacheFolder: string;
  /** Bytes that the folder may hold. */
  readonly cacheSize: number;
}

/** What generators run on, as users choose it; `auto` is the best that is there and computes what the CPU computes. */
export const executionProviders = ['auto', 'cpu', 'webgpu', 'cuda', 'directml', 'coreml'] as const;
export type ExecutionProvider = (typeof executionProviders)[number];

/** What generators run on now. */
export interface ProviderStatus {
  readonly provider: Exclude<ExecutionProvider, 'auto'>;
  /** One line for each provider that was tried before and is not used, and for each network that it could not run, with the reason. */
  readonly reasons: readonly string[];
  /** What has just gone against the user's wish, in one line: a chosen provider that cannot be used, or one that failed during work. */
  readonly notice?: string;
}

/** What is known of an opened generator. */
export interface GeneratorInfo {
  readonly name: string;
  readonly architecture: string;
  /** Pixels along one side of the image. */
  readonly resolution: number;
  /** The length of one latent vector. */
  readonly dimensions: number;
  readonly layers: readonly { readonly index: number; readonly name: string; readonly resolution: number }[];
  /** Whether the synthesis network takes one latent vector for each layer: only then w+ differs from w. */
  readonly hasLayers: boolean;
  /** The layers that are edited where the user does not say which. */
  readonly editLayers: readonly number[];
  /** The number of classes of a conditional generator; 0 for the others. */
  readonly classes: number;
  /** Whether truncation has an effect, that is, whether the mean of w is known. */
  readonly truncates: boolean;
  readonly regions: Readonly<Record<string, Region>>;
  readonly licence?: string;
  /** Why its Jacobians are taken by central differences: the operators without a tangent rule. Left out where forward mode works. */
  readonly obstacle?: string;
  /** What directions are checked against. */
  readonly sha256: string;
}

/** One latent code: a seed as every StyleGAN tool draws it, truncated by psi. */
export interface Sample {
  /** 0 .. 2^32 - 1. */
  readonly seed: number;
  /** -2 .. 2; 1 is none. */
  readonly psi: number;
  /** The class, where the generator is conditional. */
  readonly label?: number;
}

/** `alpha n` on some layers. */
export interface EditTerm {
  readonly layers: readonly number[];
  /** One row for each of `layers`, [layers, d]. In space w they may be the same array. */
  readonly rows: readonly Float32Array[];
  readonly alpha: number;
}

/** A picture on its way: 8-bit sRGB, row after row, or a WebP file where that is smaller to send. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly format: 'rgb' | 'webp';
  readonly data: Uint8Array;
}

/** A picture to compute. */
export interface PictureRequest {
  readonly sample: Sample;
  readonly edits: readonly EditTerm[];
}

export interface RenderRequest extends PictureRequest {
  readonly generator: string;
  /** Where given, the change inside and outside of it is measured. */
  readonly region?: Region;
  /** Whether to compute the difference to the unedited picture, pixel by pixel. */
  readonly heat: boolean;
  /** Whether a smaller picture will do, because another one will follow at once: as large as comes in time for a moving slider. */
  readonly live?: boolean;
}

export interface Rendered {
  readonly frame: Frame;
  /** Whether the frame is smaller than the generator's picture, for the sake of speed. */
  readonly reduced?: boolean;
  /** Mean squared change against the unedited picture, in the -1..1 range. There when a region was given. */
  readonly change?: { readonly inside: number; readonly outside: number };
  /**
   * [height x width], row after row: the root mean square over the channels of the change, in the -1..1 range, times 255
   * and clamped, so that 255 is a change by half the range or more.
   */
  readonly heat?: Uint8Array;
}

/** Many small pictures of one generator. */
export interface BatchRequest {
  readonly generator: string;
  readonly items: readonly PictureRequest[];
  /** The longer side in pixels that pictures are reduced to; smaller ones stay as they are. */
  readonly size: number;
}

/** Whose Gram matrices: all that they depend on but the region. */
export interface GramsRequest {
  readonly generator: string;
  readonly preset: Preset;
  readonly space: LatentSpace;
  readonly layers: readonly number[];
  /** Seeds of the samples, such as "0-19"; the preset's own number of them where left out. */
  readonly seeds?: string;
  readonly label?: number;
}

export interface FollowRequest extends GramsRequest {
  readonly region: Region;
  /** Directions are called `<name>-1` .. */
  readonly name: string;
  /** How many directions to keep. */
  readonly count: number;
}

export interface DiscoverRequest extends FollowRequest {
  /** Chosen by the caller, for `stop`. */
  readonly id: string;
}

/** The directions of a region from the Gram matrices that are there, see `EngineCalls.follow`. */
export interface Followed {
  /** The largest eigenvalue first, not measured; their `discovery.grams` is "tiles". */
  readonly directions: readonly DiscoveredDirection[];
  /** The samples that they are from, such as "0-11". */
  readonly seeds: string;
}

/** What a discovery takes on this machine. */
export interface Estimated {
  readonly samples: number;
  /** Samples whose Gram matrices are there already. */
  readonly samplesKnown: number;
  /** Seconds until the first directions, and until all samples and measurements are done. */
  readonly firstSeconds: number;
  readonly seconds: number;
  /** Seconds for all samples anew, whatever is known of them, as `solveExactly` takes them. */
  readonly exactSeconds: number;
  /** Whether other regions are solved at once after it: their Gram matrices fit into the memory budget. */
  readonly instant: boolean;
}

/** What a discovery tells while it runs. */
export type DiscoverUpdate =
  | {
      readonly kind: 'progress';
      readonly phase: 'sampling' | 'measuring';
      /** Samples that are finished, and all of them. */
      readonly samplesDone: number;
      readonly samples: number;
      /** Tangents of the running sample. */
      readonly tangentsDone: number;
      readonly tangents: number;
      /** Share of the whole discovery, 0..1. */
      readonly fraction: number;
      readonly secondsElapsed: number;
      readonly secondsLeft: number;
    }
  /** Better directions than before, not measured yet (no `metrics`) or measured one by one. */
  | { readonly kind: 'directions'; readonly directions: readonly DiscoveredDirection[] }
  /** Something that the user should know, such as the fallback to central differences. */
  | { readonly kind: 'note'; readonly text: string };

export interface Discovered {
  /** The largest eigenvalue first, measured on held-out samples unless the discovery was stopped before. */
  readonly directions: readonly DiscoveredDirection[];
  /** Whether it was stopped early. */
  readonly stopped: boolean;
  /** The samples that took part, such as "0-11". */
  readonly seeds: string;
  readonly seconds: number;
}

/** A direction that was looked for again. */
export interface Rediscovered {
  /**
   * The saved one with what was found in place of its vector, discovery and metrics. It points the same way; its name, range
   * of alpha and further keys stay. `discovery.rank` is where it stands now.
   */
  readonly direction: DiscoveredDirection;
  /** |cos| to the saved one, as edits of ws: 0..1. */
  readonly cosine: number;
}

/** What a `.npy` file holds, each along the first axis taken as a direction. */
export interface ArrayShape {
  /** [d], [n, d] or [n, L, d]. */
  readonly dims: readonly number[];
  readonly rows: readonly ArrayRow[];
}

export interface ArrayRow {
  /** From 0. */
  readonly row: number;
  /** 0 where it is no direction. */
  readonly norm: number;
  /** Why it is no direction, such as "is all zeros". */
  readonly problem?: string;
}

/** Directions of a `.npy` file to take over, see EngineCalls.importDirections. */
export interface ImportRequest {
  /** The file. */
  readonly path: string;
  readonly generator: string;
  /** From 0. */
  readonly rows: readonly number[];
  /** As the array's shape says where left out: [n, d] is w, [n, L, d] is w+; w+ reads [L, d] as one direction. */
  readonly space?: LatentSpace;
  /** Those of the generator (w), or those that are not zero (w+), where left out. */
  readonly layers?: readonly number[];
  /** What the directions are for; they are measured then. */
  readonly region?: Region;
  /** The class of a conditional generator, to measure on. */
  readonly label?: number;
}

/** Discoveries of several generators, regions, seeds and spaces. */
export interface DiscoverPlanRequest {
  /** The text of a plan file, see plan.ts. */
  readonly plan: string;
  /** What messages call it: its file's name. */
  readonly name: string;
  /** The folder that its paths are relative to. */
  readonly base: string;
  /** The folder for the directions. */
  readonly out: string;
  /** Whether files that were edited are replaced. */
  readonly force: boolean;
}

/** What a batch of discoveries tells while it runs. */
export type BatchUpdate =
  /** Discoveries in all, and those that had been made before. */
  | { readonly kind: 'started'; readonly total: number; readonly done: number }
  | {
      readonly kind: 'progress';
      /** The generator, and the seeds and the space where there are several. */
      readonly job: string;
      readonly step: string;
      /** Share of the whole batch, 0..1. */
      readonly fraction: number;
      /** Left out while nothing is known of the pace. */
      readonly secondsLeft?: number;
    }
  /** One is done: its task such as "afhq-cat-64/eyes", and its files are there. */
  | { readonly kind: 'discovered'; readonly task: string; readonly files: number; readonly done: number; readonly total: number }
  /** Something that the user should know, such as a discovery that failed. */
  | { readonly kind: 'note'; readonly text: string };

/** What a batch of discoveries did. */
export interface BatchResult {
  /** Discoveries that were made now, and those that had been before. */
  readonly discovered: number;
  readonly before: number;
  /** Discoveries that failed, and why. */
  readonly failed: readonly { readonly task: string; readonly reason: string }[];
  /** Files that are not as the batch made them and were left alone, as `<generator>/<file>`. */
  readonly edited: readonly string[];
  /** The path of the summary; left out where a file of somebody else has its name. */
  readonly summary?: string;
}

export interface StripRequest {
  readonly generator: string;
  /** The directions that are swept together, from -1 to 1 times their alphas. */
  readonly directions: readonly { readonly direction: DirectionFile; readonly alpha: number }[];
  readonly samples: readonly Sample[];
}

/** Directions that are swept on some samples, each over its own alphas. */
export interface SweepRequest {
  readonly generator: string;
  readonly directions: readonly { readonly direction: DirectionFile; readonly from: number; readonly to: number }[];
  readonly samples: readonly Sample[];
  /** The number of alphas, the ends included: 1 to 101. */
  readonly steps: number;
  /** Adds the directions up instead of giving each a row of its own. */
  readonly together: boolean;
  /** The longer side of each picture in pixels, 16 to 2048; chosen by the engine where left out. */
  readonly size?: number;
}

/** Directions side by side on some samples: unedited, then each at its alpha, or at -alpha and alpha. */
export interface GridRequest extends Pick<SweepRequest, 'generator' | 'samples' | 'size'> {
  readonly directions: readonly { readonly direction: DirectionFile; readonly alpha: number }[];
  readonly bothSigns: boolean;
}

/** Pictures as one file. */
export type FigureRequest =
  | (SweepRequest & { readonly kind: 'strip'; readonly format: 'png' | 'webp' })
  | (SweepRequest & {
      readonly kind: 'animation';
      readonly format: 'gif' | 'webp';
      /** Frames a second, see frameRates. */
      readonly frameRate: number;
      readonly pingPong: boolean;
      /** How many times it is shown; 0 is for ever. */
      readonly loop: number;
    })
  | (GridRequest & { readonly kind: 'grid'; readonly format: 'png' | 'webp' });

/** How many steps of all are done. */
export interface Steps {
  readonly done: number;
  readonly total: number;
}

export interface ReportRequest {
  readonly generator: string;
  readonly directions: readonly DirectionFile[];
  /** Samples of the strips, such as "100-103"; some that no discovery took where left out. */
  readonly seeds?: string;
  readonly psi?: number;
  readonly label?: number;
}

/** What the engine process does for the extension. Each fails with UserError where the user can mend it. */
export interface EngineCalls {
  readonly configure: Call<EngineSettings, void>;
  /** A generator folder, an .onnx file, or the name of an embedded generator. */
  readonly open: Call<{ readonly generator: string }, GeneratorInfo>;
  /** A text for people: what the generator is made of, whether it is differentiable, what discoveries take here. Runs it a few times. */
  readonly examine: Call<{ readonly generator: string }, { readonly report: string }>;
  /** What generators run on; it is chosen now where that has not been. */
  readonly provider: Call<Record<string, never>, ProviderStatus>;
  /** Whether a provider can be used here, whatever the setting says: the reason against it in one line, or nothing. */
  readonly checkProvider: Call<{ readonly provider: ProviderStatus['provider'] }, { readonly problem?: string | undefined }>;
  /** The text of a `generator.json` to put beside a bare .onnx file, with a value for each of its further inputs. */
  readonly suggestSettings: Call<{ readonly model: string }, { readonly text: string }>;
  readonly render: Call<RenderRequest, Rendered>;
  /** Pictures arrive one by one as progress, in the order of the items. */
  readonly renderBatch: Call<BatchRequest, void, { readonly index: number; readonly frame: Frame }>;
  readonly discover: Call<DiscoverRequest, Discovered, DiscoverUpdate>;
  /** Discovers what a plan asks for and what of it is not there yet; it can be ended at any moment and called again. */
  readonly discoverPlan: Call<DiscoverPlanRequest, BatchResult, BatchUpdate>;
  /** The directions of a region at once, from what earlier or running discoveries have accumulated; undefined where that is nothing. */
  readonly follow: Call<FollowRequest, Followed | undefined>;
  /** What a discovery will take, from how fast the generator has been so far. It is run once where that is not known. */
  readonly estimate: Call<GramsRequest & Pick<FollowRequest, 'count'>, Estimated>;
  /** Finds a direction again whose region was approximated by tiles, with the region taken pixel by pixel, and measures it. */
  readonly solveExactly: Call<{ readonly generator: string; readonly direction: DirectionFile }, DiscoveredDirection, DiscoverUpdate>;
  /** Repeats the discovery that a direction is from, by its own provenance and from new samples, and tells how like the saved one it is. */
  readonly rediscover: Call<{ readonly generator: string; readonly direction: DirectionFile }, Rediscovered, DiscoverUpdate>;
  /** What a `.npy` file of directions holds, whatever generator they are for. */
  readonly arrayShape: Call<{ readonly path: string }, ArrayShape>;
  /** Directions of a `.npy` file as files of version 2, called after the array; tells how many are measured. */
  readonly importDirections: Call<ImportRequest, { readonly directions: readonly DirectionFile[] }, { readonly done: number; readonly all: number }>;
  /** A `.npy` file: [n, d] for directions in w, or else [n, L, d], for which `layerCount` must be given. */
  readonly exportDirections: Call<{ readonly directions: readonly DirectionFile[]; readonly layerCount?: number }, Uint8Array>;
  /** Forgets all accumulated Gram matrices, in memory and on the disk. */
  readonly clearCache: Call<Record<string, never>, void>;
  /** Ends a discovery early; it returns what there is. */
  readonly stop: Call<{ readonly id: string }, void>;
  readonly importCheckpoint: Call<{ readonly checkpoint: string; readonly folder: string; readonly name: string }, { readonly found: string }>;
  /** A PNG file. */
  readonly strip: Call<StripRequest, Uint8Array>;
  /** A strip, an animation or a grid as a file. */
  readonly figure: Call<FigureRequest, Uint8Array, Steps>;
  /** How large a figure will be, in pixels. The generator is not run. */
  readonly figureSize: Call<FigureRequest, { readonly width: number; readonly height: number }>;
  /** The frames of an animation one by one, in the order of their alphas, with captions: what a video is encoded of. */
  readonly sweepFrames: Call<SweepRequest, void, { readonly index: number; readonly frame: Frame }>;
  /** An HTML file that explains some directions of one generator. */
  readonly report: Call<ReportRequest, { readonly html: string }, Steps>;
  /** The full picture as a PNG file. */
  readonly picture: Call<PictureRequest & { readonly generator: string }, Uint8Array>;
}

/** What the engine process tells the extension. */
export interface EngineEvents {
  /** What generators run on, told when it is known and whenever it changes. */
  readonly provider: ProviderStatus;
}
