import { existsSync, readdirSync } from 'node:fs';
import type { EngineSettings, ProviderStatus } from '../../shared/protocol/engineProtocol';
import { builtProviders, candidates, stillWorks } from '../runtime/providers';
import type { Provider } from '../runtime/providers';
import type { CheckReport } from '../runtime/selfCheck';
import { oneLine } from '../runtime/session';
import type { Device } from '../runtime/session';
import type { ProviderCheck } from './providerCheck';

/** `auto` leaves a provider that is no faster than this many times the CPU: the CPU is exact, and beside an editor it is the GPU that draws. */
const clearlyFaster = 1.5;

/** What is known of the machine, for tests to say otherwise. */
export interface Machine {
  /** Providers that ONNX Runtime's binary has. */
  readonly built: readonly Provider[];
  /** What `auto` tries, the best first. */
  readonly candidates: readonly Provider[];
  /** Why a provider need not even be tried, in a few words. */
  readonly obstacle: (provider: Provider) => string | undefined;
  readonly stillWorks: (provider: Provider) => Promise<boolean>;
}

const thisMachine = (): Machine => ({ built: builtProviders(), candidates: candidates(), obstacle: missingHardware, stillWorks });

/**
 * Chooses what generators run on, once for each setting, when it is first needed.
 *
 * An explicitly chosen provider is taken where its values are right; `auto` takes the first that is clearly faster as well.
 */
export class Providers {
  private wanted: Pick<EngineSettings, 'executionProvider' | 'crashed'> = { executionProvider: 'cpu' };
  private chosen: Promise<ChosenDevice> | undefined;

  /** @param tell told what generators run on, when it is known and whenever it changes */
  constructor(
    private readonly check: ProviderCheck,
    private readonly tell: (status: ProviderStatus) => void = () => undefined,
    private readonly machine: Machine = thisMachine(),
  ) {}

  /** Takes over the user's choice. Returns whether it differs from before: what is open has to be opened again then. */
  want({ executionProvider, crashed = [] }: Pick<EngineSettings, 'executionProvider' | 'crashed'>): boolean {
    const { wanted } = this;
    if (executionProvider === wanted.executionProvider && crashed.join() === (wanted.crashed ?? []).join()) return false;
    const inUse = this.chosen !== undefined;
    this.wanted = { executionProvider, crashed };
    this.chosen = undefined;
    // Who chooses anew while a generator is open looks for what became of it.
    if (inUse) this.device().catch(() => undefined);
    return true;
  }

  /** What new sessions run on; undefined is the CPU. The first call may take seconds, where there is something to check. */
  async device(): Promise<Device | undefined> {
    const chosen = await (this.chosen ??= this.choose());
    return chosen.provider === 'cpu' ? undefined : chosen;
  }

  /** What sessions run on, for people. */
  async status(): Promise<ProviderStatus> {
    return (await (this.chosen ??= this.choose())).status;
  }

  /** Why a provider cannot be used, in one line; nothing where it can. It is checked anew. */
  async problemOf(provider: Provider): Promise<string | undefined> {
    return (await this.checked(provider, false)).problem;
  }

  private async choose(): Promise<ChosenDevice> {
    const { wanted } = this;
    const found = wanted.executionProvider === 'auto' ? await this.best() : await this.required(wanted.executionProvider);
    const device = new ChosenDevice(found, this.machine, (status) => { if (this.wanted === wanted) this.tell(status); });
    // A crash is news, also to who has chosen nothing.
    device.announce(found.notice ?? wanted.crashed?.map(crashReason).find((reason) => found.reasons.includes(reason)));
    return device;
  }

  private async best(): Promise<Found> {
    const reasons: string[] = [];
    for (const provider of this.machine.candidates) {
      const reason = await this.reasonAgainst(provider, true);
      if (reason === undefined) return { provider, reasons };
      reasons.push(reason);
    }
    return { provider: 'cpu', reasons };
  }

  private async required(provider: Provider): Promise<Found> {
    const reason = provider === 'cpu' ? undefined : await this.reasonAgainst(provider, false);
    return reason === undefined ? { provider, reasons: [] } : { provider: 'cpu', reasons: [reason], notice: reason };
  }

  private async reasonAgainst(provider: Provider, auto: boolean): Promise<string | undefined> {
    if (this.wanted.crashed?.includes(provider)) return crashReason(provider);
    const missing = auto ? this.machine.obstacle(provider) : undefined;
    if (missing !== undefined) return `${provider}: ${missing}`;
    const { problem, speed } = await this.checked(provider, auto);
    if (problem !== undefined) return problem;
    return speed === undefined || speed >= clearlyFaster ? undefined : tooSlow(provider, speed);
  }

  private async checked(provider: Provider, timed: boolean): Promise<CheckReport> {
    const { built } = this.machine;
    if (!built.includes(provider)) return { problem: `${provider}: not on this platform; choose ${['auto', ...built].join(' or ')}` };
    return this.check(provider, timed).catch((error: unknown) => ({ problem: `${provider}: ${oneLine(error)}` }));
  }
}

interface Found {
  readonly provider: Provider;
  readonly reasons: readonly string[];
  readonly notice?: string | undefined;
}

/** A provider as long as it works. */
class ChosenDevice implements Device {
  provider: Provider;
  private reasons: readonly string[];

  constructor({ provider, reasons }: Found, private readonly machine: Machine, private readonly tell: (status: ProviderStatus) => void) {
    this.provider = provider;
    this.reasons = reasons;
  }

  get status(): ProviderStatus {
    return { provider: this.provider, reasons: this.reasons };
  }

  announce(notice?: string): void {
    this.tell({ ...this.status, ...(notice === undefined ? {} : { notice }) });
  }

  /** One network that is too large leaves the others where they are; a GPU that is gone leaves none. */
  readonly fellBack = (reason: string): void => {
    if (this.reasons.includes(reason)) return;
    this.reasons = [...this.reasons, reason];
    this.announce(`${reason}; it goes on with the CPU`);
    const { provider } = this;
    if (provider === 'cpu') return;
    void this.machine.stillWorks(provider).then((works) => {
      if (works || this.provider === 'cpu') return;
      this.provider = 'cpu';
      this.announce();
    });
  };
}

const crashReason = (provider: Provider) => `${provider}: the engine process ended while it computed on it; ReSeFa: Restart Engine tries it again`;

function tooSlow(provider: Provider, speed: number): string {
  if (speed > 0.9) return `${provider} is hardly faster than the CPU here (${speed.toFixed(1)} times as fast)`;
  const times = 1 / speed;
  return `${provider} is ${times < 10 ? times.toFixed(1) : Number(times.toPrecision(2))} times slower than the CPU here${times < 10 ? '' : ', as drivers without a GPU are'}`;
}

/** What a driver is chosen by, where no device says that there is one: a software driver, mostly. */
const driverVariables = ['VK_ICD_FILENAMES', 'VK_DRIVER_FILES', 'VK_ADD_DRIVER_FILES'];

/** Why Linux has nothing for a provider to run on. Elsewhere only a try can tell. */
function missingHardware(provider: Provider): string | undefined {
  if (process.platform !== 'linux') return undefined;
  const nvidia = ['/dev/nvidiactl', '/dev/dxg'].some((path) => existsSync(path));
  if (provider === 'cuda') return nvidia ? undefined : 'there is no NVIDIA GPU here';
  return nvidia || hasRenderNode() || driverVariables.some((name) => process.env[name] !== undefined) ? undefined : 'there is no GPU here';
}

function hasRenderNode(): boolean {
  try {
    return readdirSync('/dev/dri').some((name) => name.startsWith('renderD'));
  } catch {
    return false;
  }
}

