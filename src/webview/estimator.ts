import type { Estimated } from '../shared/protocol/engineProtocol';
import type { PageCalls, PageEvents } from '../shared/protocol/pageProtocol';
import type { Client } from '../shared/protocol/rpc';
import { settingsFit, settingsKey, settingsRequest } from './model/requests';
import type { PanelStore } from './panelStore';

/** Settings rest for so many milliseconds before it is asked what they cost: numbers are typed digit by digit. */
const settingsRest = 300;

/** Keeps up what a discovery takes with the present settings. */
export class Estimator {
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** @param isDrawing whether a region is being drawn, which nothing is to hold up */
  constructor(
    private readonly client: Client<PageCalls, PageEvents>,
    private readonly store: PanelStore,
    private readonly isDrawing: () => boolean,
  ) {}

  /** The settings have changed, and what was known is of others. */
  settingsChanged(): void {
    this.forget();
    this.soon(settingsRest);
  }

  /** Asks in a moment. While a discovery runs there is no point: its end asks again. */
  soon(milliseconds = 0): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (this.isDrawing()) this.soon(settingsRest);
      else if (!this.store.state.discovery) void this.ask();
    }, milliseconds);
  }

  /** What a discovery takes; undefined where that cannot be told, or where the settings are others by then. */
  async ask(): Promise<Estimated | undefined> {
    const { panel, info } = this.store.state;
    if (!info || !settingsFit(panel)) return undefined;
    const key = settingsKey(panel, info);
    // A figure that is missing needs no words: where there is something to mend, the discovery will say so.
    const estimate = await this.client.call('estimate', settingsRequest(panel, info)).catch(() => undefined);
    const now = this.store.state;
    if (!estimate || now.info !== info || settingsKey(now.panel, info) !== key) return undefined;
    this.store.change({ estimate });
    return estimate;
  }

  /** Another generator. */
  forget(): void {
    clearTimeout(this.timer);
    if (this.store.state.estimate) this.store.change({ estimate: undefined });
  }
}
