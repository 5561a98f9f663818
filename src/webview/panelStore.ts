import { CancelledError } from '../shared/cancelledError';
import { capitalised } from '../shared/capitalised';
import { EngineStoppedError } from '../shared/protocol/engineStoppedError';
import type { GeneratorEntry, PanelState } from '../shared/protocol/pageProtocol';
import { UserError } from '../shared/userError';
import type { AppState, Notice, Status } from './appState';

/** A change after some rest is kept at once, others after this many milliseconds of rest, or without rest after so many. */
const keeping = { rest: 200, longest: 2000 };

/** An engine that stops again this soon is not started again by itself. */
const engineRest = 10_000;

/** The page's state: who changes it, tells it here, and who shows it, listens here. */
export class PanelStore {
  private current: AppState;
  private readonly listeners: ((state: AppState, previous: AppState | undefined) => void)[] = [];
  private keepTimer: ReturnType<typeof setTimeout> | undefined;
  private unkeptSince = Infinity;
  private lastChange = -Infinity;
  private engineStoppedAt = -Infinity;

  /**
   * @param keep takes what a panel comes back with after a reload
   * @param showLog for errors that are not the user's
   */
  constructor(
    panel: PanelState,
    generators: readonly GeneratorEntry[],
    private readonly keep: (panel: PanelState) => void,
    private readonly showLog: () => Promise<void>,
  ) {
    this.current = withStatus({
      status: 'loading', notice: undefined, generators, info: undefined, panel, picture: undefined, original: undefined, heat: undefined, change: undefined,
      comparing: false, discovery: undefined, estimate: undefined, following: false, thumbnails: [], otherSamples: [], canUndo: false, canRedo: false,
    });
  }

  get state(): AppState {
    return this.current;
  }

  /** Calls the listener at once and after every change, with the state before it. */
  subscribe(listener: (state: AppState, previous: AppState | undefined) => void): void {
    this.listeners.push(listener);
    listener(this.current, undefined);
  }

  change(change: Partial<AppState>): void {
    const previous = this.current;
    this.current = withStatus({ ...previous, ...change });
    for (const listener of this.listeners) listener(this.current, previous);
  }

  /** Changes what is kept over reloads, and what is not together with it. */
  changePanel(change: Partial<PanelState>, remove: readonly (keyof PanelState)[] = [], beside: Partial<AppState> = {}): void {
    const panel = { ...this.current.panel, ...change };
    for (const key of remove) Reflect.deleteProperty(panel, key);
    this.change({ ...beside, panel });
    this.keepSoon();
  }

  /** Does something that may fail; what goes wrong is shown, with a button to try again. */
  attempt(action: () => Promise<unknown>): void {
    action().catch((error: unknown) => { this.fail(error, () => { this.attempt(action); }); });
  }

  /** Shows why something did not work, and a button to try it again. */
  fail(error: unknown, retry: () => void, label = 'Try again'): void {
    // The event that comes with it says more.
    if (error instanceof EngineStoppedError && performance.now() - this.engineStoppedAt < engineRest) return;
    if (error instanceof CancelledError) return;
    const text = error instanceof Error ? error.message : String(error);
    const known = error instanceof UserError || error instanceof EngineStoppedError;
    this.change({ notice: { kind: 'error', text: known ? sentence(text) : `This should not have happened: ${text}`, actions: [{ label, run: retry }, ...(known ? [] : [this.logAction()])] } });
  }

  /** Says something that needs no answer. An error that stands there stays. */
  inform(text: string): void {
    if (this.current.notice?.kind !== 'error') this.change({ notice: { kind: 'info', text, actions: [] } });
  }

  /** Says that the engine has stopped; returns whether to start it again: not where it could not be started, nor where it stopped a moment ago already. */
  tellEngineStopped(message: string, hadStarted: boolean, actions: (restarts: boolean) => Notice['actions']): boolean {
    const restarts = hadStarted && performance.now() - this.engineStoppedAt >= engineRest;
    this.engineStoppedAt = performance.now();
    const parts = [sentence(message), restarts ? 'It has been started again.' : '', this.current.status === 'discovering' ? 'Nothing is lost but the discovery that ran.' : 'Nothing is lost.'];
    this.change({ notice: { kind: 'error', text: parts.filter(Boolean).join(' '), actions: [...actions(restarts), this.logAction()] } });
    return restarts;
  }

  clearNotice(): void {
    if (this.current.notice) this.change({ notice: undefined });
  }

  /** Other notices stay true when sliders and samples change. */
  clearError(): void {
    if (this.current.notice?.kind === 'error') this.clearNotice();
  }

  private logAction(): Notice['actions'][number] {
    return { label: 'Show log', run: () => { this.attempt(this.showLog); } };
  }

  private keepSoon(): void {
    const now = performance.now();
    const rested = now - this.lastChange > keeping.rest;
    this.lastChange = now;
    this.unkeptSince = Math.min(this.unkeptSince, now);
    clearTimeout(this.keepTimer);
    this.keepTimer = setTimeout(() => {
      this.unkeptSince = Infinity;
      this.keep(this.current.panel);
    }, rested ? 0 : Math.min(keeping.rest, Math.max(0, this.unkeptSince + keeping.longest - now)));
  }
}

function withStatus(state: AppState): AppState {
  return { ...state, status: statusOf(state) };
}

function statusOf({ discovery, notice, panel, info, picture }: AppState): Status {
  if (discovery && !discovery.quiet) return 'discovering';
  if (notice?.kind === 'error') return 'error';
  if (panel.generator === '') return 'empty';
  return info && picture ? 'ready' : 'loading';
}

/** A one-line message as a sentence: first letter large, a full stop at the end. */
function sentence(text: string): string {
  const begun = capitalised(text);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
