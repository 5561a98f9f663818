import type { DirectionFile, LatentSpace, Preset } from '../direction/directionFile';
import type { Region } from '../region';
import type { BatchRequest, DiscoverRequest, DiscoverUpdate, Discovered, EngineCalls, Frame, GeneratorInfo, PictureRequest, RenderRequest, Rendered, StripRequest } from './engineProtocol';
import type { Call } from './rpc';

export const regionShapes = ['box', 'ellipse', 'polygon', 'brush'] as const;

/** The tools that a region is drawn with. */
export type RegionShape = (typeof regionShapes)[number];

/** A region that the user named, and the directions that were found for it. */
export interface RegionState {
  readonly name: string;
  /** Nothing where it has been cleared or not drawn yet. */
  readonly region?: Region;
  readonly directions: readonly DirectionFile[];
  /** The slider of each direction. */
  readonly alphas: readonly number[];
}

/** Everything that a panel comes back with after the window is reloaded. */
export interface PanelState {
  readonly version: 1;
  /** The panel's own, up to 64 letters, digits and dashes. */
  readonly id: string;
  /** A path, or the name of an embedded generator. */
  readonly generator: string;
  readonly seed: number;
  readonly psi: number;
  readonly label?: number;
  /** The generator's own choice where left out. */
  readonly layers?: readonly number[];
  readonly space: LatentSpace;
  readonly preset: Preset;
  /** The number of samples; the preset's where left out. */
  readonly samples?: number;
  readonly shape: RegionShape;
  /** At least one. */
  readonly regions: readonly RegionState[];
  /** The index of the region that is drawn and discovered. */
  readonly active: number;
  readonly heat: boolean;
  /** Directions shown in the order of their measured locality instead of their eigenvalue. */
  readonly byLocality: boolean;
  /** False where directions wait for Discover instead of following the region. */
  readonly follow?: boolean;
}

/** A generator that can be chosen. */
export interface GeneratorEntry {
  /** A path, or the name of an embedded generator. */
  readonly reference: string;
  readonly name: string;
  readonly origin: 'embedded' | 'workspace' | 'imported' | 'elsewhere';
  /** A few words, such as "stylegan2, 64 px" or a path relative to the workspace. */
  readonly detail: string;
}

/** What the panel's page asks of the extension. All parameters are checked, see pageChecks.ts. */
export interface PageCalls {
  /** What the page starts with. */
  readonly start: Call<Record<string, never>, { readonly state: PanelState; readonly generators: readonly GeneratorEntry[] }>;
  /** Keeps the state for the next time that the window is opened, however this time ends. */
  readonly keep: Call<{ readonly state: PanelState }, void>;
  readonly open: Call<{ readonly generator: string }, GeneratorInfo>;
  readonly render: Call<RenderRequest, Rendered>;
  readonly renderBatch: Call<BatchRequest, void, { readonly index: number; readonly frame: Frame }>;
  readonly discover: Call<DiscoverRequest, Discovered, DiscoverUpdate>;
  readonly stop: Call<{ readonly id: string }, void>;
  readonly follow: EngineCalls['follow'];
  readonly estimate: EngineCalls['estimate'];
  /** Asks for a name, solves a direction exactly that is from tiles, and writes the file; nothing comes back where the user gives up. */
  readonly saveDirection: Call<{ readonly generator: string; readonly direction: DirectionFile }, { readonly name: string; readonly path: string } | undefined>;
  /** Ask for a place and write a PNG there; nothing comes back where the user gives up. */
  readonly exportStrip: Call<StripRequest & { readonly fileName: string }, { readonly path: string } | undefined>;
  /** Opens a page on which animations, videos and grids of some directions are made. */
  readonly exportAnimation: Call<StripRequest, void>;
  readonly exportPicture: Call<PictureRequest & { readonly generator: string; readonly fileName: string }, { readonly path: string } | undefined>;
  /** Lets the user choose a generator folder, an .onnx file or a checkpoint to import; nothing where they give up. */
  readonly chooseGenerator: Call<Record<string, never>, { readonly generator: string } | undefined>;
  readonly showLog: Call<Record<string, never>, void>;
}

/** What the extension tells the panel's page. */
export interface PageEvents {
  readonly generators: readonly GeneratorEntry[];
  /** The engine process ended; the next call starts a new one. */
  readonly engineStopped: { readonly message: string; /** False where it could not even be started. */ readonly hadStarted: boolean };
  /** Nothing is known of any sample any more, so that discoveries take longer again. */
  readonly cacheCleared: Record<string, never>;
  /** A direction file to try, with its generator. */
  readonly applyDirection: { readonly generator: string; readonly direction: DirectionFile };
}
