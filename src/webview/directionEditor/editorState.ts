import type { DirectionFile } from '../../shared/direction/directionFile';
import type { GeneratorInfo } from '../../shared/protocol/engineProtocol';
import type { BrokenContents, PreviewCommand, PreviewState } from '../../shared/protocol/directionEditorProtocol';
import type { ComparedParts } from '../comparedPicture';

export interface OpenedGenerator {
  readonly kind: 'opened';
  readonly reference: string;
  readonly info: GeneratorInfo;
}

/** Where the preview's generator is: not asked for yet, on its way, there, or why it cannot be had. */
export type GeneratorState =
  | { readonly kind: 'unknown' | 'opening' }
  | OpenedGenerator
  /** `missing`: importing it would help. `failed`: trying again may. */
  | { readonly kind: 'missing' | 'failed'; readonly reason: string };

/** What a page of a direction's editor shows. */
export interface EditorState extends ComparedParts {
  readonly file: string;
  /** Whether it is a file of its own, and not a version of one. */
  readonly onDisk: boolean;
  /** The direction of the document; the last one that it was while it is broken. */
  readonly direction: DirectionFile | undefined;
  /** What the document is instead of a direction. */
  readonly broken: BrokenContents | undefined;
  /** Why nothing can be edited. */
  readonly readOnly: string | undefined;
  readonly visible: boolean;
  readonly preview: PreviewState;
  readonly generator: GeneratorState;
  /** Why the picture could not be made. */
  readonly problem: string | undefined;
  readonly comparing: boolean;
}

/** What the views see of the page: its state, and what a user can do to it. */
export interface Editor {
  readonly state: EditorState;
  /** Calls the listener at once and after every change, with the state before it. */
  subscribe(listener: (state: EditorState, previous: EditorState | undefined) => void): void;

  /** The class that is shown; 0 where the generator has none. */
  readonly label: number;
  /** The alpha that is shown. */
  readonly alpha: number;
  changePreview(change: Partial<PreviewState>): void;
  setComparing(comparing: boolean): void;
  /** A slider that was moved has been let go. */
  release(): void;
  /** Asks again for a generator or a picture that could not be had. */
  tryAgain(): void;

  /** Each is one edit of the document, rejected with the reason where it cannot be. */
  rename(name: string): Promise<void>;
  setAlphaEnd(end: 0 | 1, alpha: number): Promise<void>;
  setLayers(layers: readonly number[]): Promise<void>;
  setLayer(layer: number, edited: boolean): Promise<void>;
  /** Saves the document after the edits before. */
  save(): void;
  run(command: PreviewCommand): void;
}
