import type { DirectionFile } from '../direction/directionFile';
import { Field } from '../field';
import { alphaLimits, largestSeed, psiLimits } from '../numberList';
import type { GeneratorInfo, RenderRequest, Rendered } from './engineProtocol';
import { labels, pageChecks } from './pageChecks';
import type { Call, Checks } from './rpc';

/** What a direction's preview comes back with after the window is reloaded. */
export interface PreviewState {
  readonly version: 1;
  readonly seed: number;
  readonly psi: number;
  readonly label?: number;
  /** The direction's own choice where left out. */
  readonly alpha?: number;
  readonly heat: boolean;
}

export const startPreview: PreviewState = { version: 1, seed: 0, psi: 0.7, heat: false };

/** A direction as its document has it. */
export interface SoundContents {
  readonly kind: 'direction';
  readonly direction: DirectionFile;
}

/** A document that is no direction now. */
export interface BrokenContents {
  readonly kind: 'broken';
  readonly text: string;
  /** What is wrong, in one line without the place. */
  readonly problem: string;
  /** Where it is wrong, from 1; not known of what is missing altogether. */
  readonly line?: number;
  readonly column?: number;
}

export type DirectionContents = SoundContents | BrokenContents;

/** The generator of a direction: opened, or why there is none. */
export type PreviewGenerator =
  | { readonly kind: 'opened'; /** A path, or the name of an embedded generator. */ readonly generator: string; readonly info: GeneratorInfo }
  | { readonly kind: 'missing'; readonly reason: string };

/** Commands that the page offers, with the document as their argument. */
export const previewCommands = ['applyDirection', 'compareWithHead', 'rediscover', 'exportPictures', 'openAsText', 'importGenerator', 'showLog'] as const;
export type PreviewCommand = (typeof previewCommands)[number];

/** What the page of a direction's editor asks of the extension. All parameters are checked. */
export interface DirectionEditorCalls {
  /** What the page starts with. */
  readonly start: Call<Record<string, never>, {
    readonly file: string;
    /** Whether it is a file of its own, and not a version of one that git or a comparison shows. */
    readonly onDisk: boolean;
    readonly contents: DirectionContents;
    /** Why nothing can be edited, in one line; undefined where it can. */
    readonly readOnly: string | undefined;
    readonly visible: boolean;
    /** How the file's preview was left last since the window is open. */
    readonly left: PreviewState | undefined;
  }>;
  /** Keeps the state for the next preview of the file. */
  readonly keep: Call<{ readonly state: PreviewState }, void>;
  /** Finds the generator of the direction as it is now, and opens it. UserError where the direction does not fit it. */
  readonly open: Call<Record<string, never>, PreviewGenerator>;
  readonly render: Call<RenderRequest, Rendered>;
  /** Each is one edit of the document. UserError where the direction would not be one any more, or cannot be edited. */
  readonly rename: Call<{ readonly name: string }, void>;
  readonly setAlphas: Call<{ readonly alpha: readonly [number, number] }, void>;
  readonly setLayers: Call<{ readonly layers: readonly number[] }, void>;
  /** Saves the document after the edits before. */
  readonly save: Call<Record<string, never>, void>;
  readonly run: Call<{ readonly command: PreviewCommand }, void>;
}

/** What the extension tells the page. */
export interface DirectionEditorEvents {
  /** The document has changed. */
  readonly contents: DirectionContents;
  /** Whether the page can be seen. */
  readonly visible: boolean;
  /** There are other generators than before. */
  readonly generators: Record<string, never>;
  /** The engine process ended; the next call starts a new one. */
  readonly engineStopped: { readonly message: string; /** False where it could not even be started. */ readonly hadStarted: boolean };
}

const longestName = 10_000;
const largestLayer = 65_535;

/** Checks of everything that the page asks for; see pageChecks. */
export const directionEditorChecks: Checks<DirectionEditorCalls> = {
  start: (params) => nothing(new Field(params, 'start')),
  keep: (params) => ({ state: previewState(new Field(params, 'keep').at('state')) }),
  open: (params) => nothing(new Field(params, 'open')),
  render: pageChecks.render,
  rename: (params) => {
    const name = new Field(params, 'rename').at('name');
    if (name.text().length > longestName) name.fail(`has more than ${longestName} characters`);
    return { name: name.text() };
  },
  setAlphas: (params) => {
    const alpha = new Field(params, 'setAlphas').at('alpha');
    if (alpha.list().length !== 2) alpha.refuse('two numbers');
    const [least, most] = alpha.list().map((end) => end.number()) as [number, number];
    return { alpha: [least, most] };
  },
  setLayers: (params) => ({ layers: new Field(params, 'setLayers').at('layers').list().map((layer) => layer.integer({ min: 0, max: largestLayer })) }),
  save: (params) => nothing(new Field(params, 'save')),
  run: (params) => ({ command: new Field(params, 'run').at('command').oneOf(previewCommands) }),
};

function nothing(field: Field): Record<string, never> {
  field.object();
  return {};
}

/** The state that a preview was left with; the one to start with where it cannot be read. */
export function restoredPreview(left: unknown): PreviewState {
  try {
    return previewState(new Field(left, 'state of the preview'));
  } catch {
    return startPreview;
  }
}

function previewState(field: Field): PreviewState {
  const { value: heat } = field.at('heat');
  if (typeof heat !== 'boolean') return field.at('heat').refuse('true or false');
  return {
    version: field.at('version').oneOf([1]),
    seed: field.at('seed').integer({ min: 0, max: largestSeed }),
    psi: field.at('psi').number(psiLimits),
    ...(field.at('label').present ? { label: field.at('label').integer(labels) } : {}),
    ...(field.at('alpha').present ? { alpha: field.at('alpha').number(alphaLimits) } : {}),
    heat,
  };
}
