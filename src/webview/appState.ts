import type { Estimated, Frame, GeneratorInfo } from '../shared/protocol/engineProtocol';
import type { GeneratorEntry, PanelState } from '../shared/protocol/pageProtocol';

/**
 * What the page is doing, as `data-state` of its body: no generator; a generator or its first picture is on its way;
 * at rest, a discovery that began by itself included; a discovery runs; something failed and the notice says what to do.
 */
export type Status = 'empty' | 'loading' | 'ready' | 'discovering' | 'error';

/** A message above the picture; one of kind `info`, which has no buttons, beside Discover. */
export interface Notice {
  readonly kind: 'info' | 'warning' | 'error';
  readonly text: string;
  /** Buttons beside the text. */
  readonly actions: readonly { readonly label: string; readonly run: () => void }[];
}

/** Where a running discovery stands. */
export interface DiscoveryState {
  /** The index of the region that it is for. */
  readonly region: number;
  /** Whether it began by itself: then it shows in the directions alone. */
  readonly quiet: boolean;
  readonly phase: 'starting' | 'sampling' | 'measuring' | 'stopping';
  readonly samplesDone: number;
  readonly samples: number;
  readonly tangentsDone: number;
  readonly tangents: number;
  /** 0..1 */
  readonly fraction: number;
  readonly secondsLeft: number | undefined;
}

/** The pictures of one direction at -alpha, 0 and +alpha; undefined while they are on their way. */
export interface Thumbnails {
  readonly alphas: readonly [number, number, number];
  readonly frames: readonly (Frame | undefined)[];
}

/** One of the other samples under the same edit. */
export interface OtherSample {
  readonly seed: number;
  readonly frame: Frame | undefined;
}

/** Everything that the views draw. Replaced, never changed. */
export interface AppState {
  readonly status: Status;
  readonly notice: Notice | undefined;
  readonly generators: readonly GeneratorEntry[];
  /** The opened generator; undefined until it is opened. */
  readonly info: GeneratorInfo | undefined;
  /** What the user chose and found; kept over reloads. */
  readonly panel: PanelState;
  /** The picture with all edits, and without any. */
  readonly picture: Frame | undefined;
  readonly original: Frame | undefined;
  /** [height x width] of the picture, 0..255 (see Rendered.heat); there when the heat map is on and something is edited. */
  readonly heat: Uint8Array | undefined;
  /** Mean squared change inside and outside of the active region; there when something is edited. */
  readonly change: { readonly inside: number; readonly outside: number } | undefined;
  /** While the user holds the compare button (or key) the original is shown. */
  readonly comparing: boolean;
  readonly discovery: DiscoveryState | undefined;
  /** What a discovery takes with the present settings; undefined where that is not known. */
  readonly estimate: Estimated | undefined;
  /** Whether the region is being drawn, or its directions are on their way to where it has been drawn. */
  readonly following: boolean;
  /** Of the active region's directions. */
  readonly thumbnails: readonly Thumbnails[];
  readonly otherSamples: readonly OtherSample[];
  readonly canUndo: boolean;
  readonly canRedo: boolean;
}
