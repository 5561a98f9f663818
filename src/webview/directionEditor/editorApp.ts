import { CancelledError } from '../../shared/cancelledError';
import { capitalised } from '../../shared/capitalised';
import type { DirectionFile } from '../../shared/direction/directionFile';
import { visibleAlpha } from '../../shared/direction/visibleAlpha';
import { startPreview } from '../../shared/protocol/directionEditorProtocol';
import type { DirectionContents, DirectionEditorCalls, DirectionEditorEvents, PreviewCommand, PreviewState } from '../../shared/protocol/directionEditorProtocol';
import type { Client } from '../../shared/protocol/rpc';
import { UserError } from '../../shared/userError';
import { ComparedPicture } from '../comparedPicture';
import { withLayer } from '../model/layers';
import { editTerm } from '../model/panelEdits';
import type { Editor, EditorState, GeneratorState, OpenedGenerator } from './editorState';
import { withEnd } from './model/alphaRange';

/** The page's logic: the document's contents and the user's wishes become calls, and their answers the state that views show. */
export class EditorApp implements Editor {
  private current: EditorState;
  private readonly listeners: ((state: EditorState, previous: EditorState | undefined) => void)[] = [];
  private readonly picture: ComparedPicture;
  /** What the generator that is there, or on its way, was asked for with. */
  private openedFor = '';
  /** The generator that the picture is of. */
  private shown: string | undefined;
  /** The direction that the picture is of, and all that it depends on beside. */
  private drawn: DirectionFile | undefined;
  private requested = '';
  private lastEdit: Promise<void> = Promise.resolve();

  /**
   * @param preview what the page was left with
   * @param keep takes what it comes back with after a reload
   */
  constructor(
    private readonly client: Client<DirectionEditorCalls, DirectionEditorEvents>,
    { file, onDisk, contents, readOnly, visible }: DirectionEditorCalls['start']['result'],
    preview: PreviewState = startPreview,
    private readonly keep: (preview: PreviewState) => void = () => undefined,
  ) {
    this.current = {
      file, onDisk, readOnly, visible, preview, direction: undefined, broken: undefined, generator: { kind: 'unknown' }, problem: undefined,
      picture: undefined, original: undefined, heat: undefined, change: undefined, comparing: false,
      ...partsOf(contents),
    };
    this.picture = new ComparedPicture((request) => client.call('render', request), () => this.state, (parts) => { this.change({ ...parts, ...(parts.picture ? { problem: undefined } : {}) }); }, (error) => { this.fail(error); }, () => undefined);
    client.on('contents', (changed) => {
      // The generator may not have been found for what was wrong with the text.
      if (this.state.broken && this.state.generator.kind === 'failed') this.forgetGenerator();
      this.change(partsOf(changed));
      this.update();
    });
    client.on('visible', (seen) => {
      this.change({ visible: seen });
      this.update();
    });
    client.on('generators', () => {
      if (this.state.generator.kind === 'missing') this.tryAgain();
    });
    client.on('engineStopped', ({ message }) => { this.engineStopped(message); });
  }

  get state(): EditorState {
    return this.current;
  }

  get label(): number {
    const { preview, direction, generator } = this.state;
    const classes = generator.kind === 'opened' ? generator.info.classes : 0;
    return Math.max(0, Math.min(preview.label ?? direction?.discovery?.class ?? 0, classes - 1));
  }

  get alpha(): number {
    const { preview, direction } = this.state;
    return preview.alpha ?? (direction ? visibleAlpha(direction) : 0);
  }

  subscribe(listener: (state: EditorState, previous: EditorState | undefined) => void): void {
    this.listeners.push(listener);
    listener(this.current, undefined);
  }

  /** Draws the picture, if somebody can see it. */
  begin(): void {
    this.update();
  }

  changePreview(change: Partial<PreviewState>): void {
    this.change({ preview: { ...this.state.preview, ...change } });
    this.keep(this.state.preview);
    this.update();
  }

  setComparing(comparing: boolean): void {
    this.change({ comparing });
  }

  release(): void {
    this.picture.release();
  }

  tryAgain(): void {
    if (this.state.generator.kind !== 'opened') this.forgetGenerator();
    this.requested = '';
    this.change({ problem: undefined });
    this.update();
  }

  rename(name: string): Promise<void> {
    return this.inTurn(() => this.client.call('rename', { name }));
  }

  setAlphaEnd(end: 0 | 1, alpha: number): Promise<void> {
    return this.inTurn(() => this.client.call('setAlphas', { alpha: withEnd(this.state.direction?.edit.alpha ?? [alpha, alpha], end, alpha) }));
  }

  setLayers(layers: readonly number[]): Promise<void> {
    return this.inTurn(() => this.client.call('setLayers', { layers }));
  }

  setLayer(layer: number, edited: boolean): Promise<void> {
    return this.inTurn(async () => {
      const layers = withLayer(this.state.direction?.latent.layers ?? [], layer, edited);
      if (!layers) throw new UserError('A direction needs a layer');
      await this.client.call('setLayers', { layers });
    });
  }

  save(): void {
    this.inTurn(() => this.client.call('save', {})).catch((error: unknown) => { this.fail(error); });
  }

  run(command: PreviewCommand): void {
    this.client.call('run', { command }).catch((error: unknown) => { this.fail(error); });
  }

  /** What is edited depends on what the edit before has left, which the page is told before that one is answered. */
  private inTurn(edit: () => Promise<void>): Promise<void> {
    const done = this.lastEdit.then(edit);
    this.lastEdit = done.catch(() => undefined);
    return done;
  }

  private change(change: Partial<EditorState>): void {
    const previous = this.current;
    this.current = { ...previous, ...change };
    for (const listener of this.listeners) listener(this.current, previous);
  }

  /** Nobody is to wait for an engine, or to start one, for a picture that is not to be seen. */
  private update(): void {
    const { direction, broken, visible } = this.state;
    if (!direction || broken || !visible) return;
    if (generatorKey(direction) !== this.openedFor) void this.open(direction);
    const { generator } = this.state;
    if (generator.kind === 'opened') this.draw(direction, generator);
  }

  /** A document changes in much that the picture does not depend on. */
  private draw(direction: DirectionFile, { reference, info }: OpenedGenerator): void {
    if (!this.drawn || !isSameEdit(this.drawn, direction)) [this.drawn, this.requested] = [direction, ''];
    const { seed, psi, heat } = this.state.preview;
    const { alpha } = this;
    const { region } = this.drawn;
    const edited = alpha !== 0;
    const wanted = { generator: reference, sample: { seed, psi, ...(info.classes > 0 ? { label: this.label } : {}) }, heat: heat && edited, ...(region && edited ? { region } : {}) };
    const key = JSON.stringify([wanted, alpha]);
    if (key === this.requested) return;
    this.requested = key;
    this.picture.request({ ...wanted, edits: edited ? [editTerm(this.drawn, alpha)] : [] });
  }

  private async open(direction: DirectionFile): Promise<void> {
    const key = generatorKey(direction);
    this.openedFor = key;
    this.change({ generator: { kind: 'opening' }, problem: undefined });
    const generator = await this.askForGenerator();
    // The direction may have been given another generator meanwhile.
    if (this.openedFor !== key) return;
    const reference = generator.kind === 'opened' ? generator.reference : undefined;
    if (reference !== this.shown) this.picture.reset();
    [this.shown, this.requested] = [reference, ''];
    this.change({ generator });
    if (generator.kind === 'opened') this.update();
  }

  private async askForGenerator(): Promise<GeneratorState> {
    try {
      const answer = await this.client.call('open', {});
      return answer.kind === 'missing' ? { kind: 'missing', reason: sentence(answer.reason) } : { kind: 'opened', reference: answer.generator, info: answer.info };
    } catch (error) {
      return { kind: 'failed', reason: reasonOf(error) };
    }
  }

  private forgetGenerator(): void {
    this.openedFor = '';
    this.change({ generator: { kind: 'unknown' } });
  }

  /** The next wish starts a new process; it is not started by itself, lest it ends by itself for ever. */
  private engineStopped(message: string): void {
    this.requested = '';
    if (this.state.generator.kind === 'opened') this.change({ problem: sentence(message) });
  }

  private fail(error: unknown): void {
    this.requested = '';
    if (!(error instanceof CancelledError)) this.change({ problem: reasonOf(error) });
  }
}

function partsOf(contents: DirectionContents): Partial<EditorState> {
  return contents.kind === 'broken' ? { broken: contents } : { broken: undefined, direction: contents.direction };
}

/** Whether two directions change a picture alike, in the same region. */
function isSameEdit(a: DirectionFile, b: DirectionFile): boolean {
  return a === b || JSON.stringify([a.latent, a.region, a.vector]) === JSON.stringify([b.latent, b.region, b.vector]);
}

/** Whatever the generator is found by, or checked against. */
function generatorKey({ generator, latent }: DirectionFile): string {
  return JSON.stringify([generator, latent.dimensions, latent.layers]);
}

function reasonOf(error: unknown): string {
  return sentence(error instanceof Error ? error.message : String(error));
}

/** A one-line message as a sentence; the name of a file that it begins with stays as it is. */
function sentence(text: string): string {
  const begun = /^[\w-]+ /.test(text) ? capitalised(text) : text;
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
