import { jacobianLayers, unknownCount } from '../factorization/discover';
import type { DiscoveryPlan } from '../factorization/discover';
import { GramCache } from '../factorization/gramCache';
import type { GramKey } from '../factorization/gramCache';
import { defaultMemoryBudget } from '../factorization/jacobian';
import { TileGrams, tileBytes, tileGridFor } from '../factorization/tileGrams';
import type { TileGrid } from '../factorization/tileGrams';
import type { Generator } from '../generators/generator';
import type { EngineSettings } from '../../shared/protocol/engineProtocol';

/** The Gram matrices of a generator's tiles under some settings, and what helps to solve the next region. */
export interface GramStore {
  readonly key: GramKey;
  /** Those of the first `tiles.samples` seeds of the key. */
  readonly tiles: TileGrams;
  /** Whether a discovery holds it to add samples, see `toFill`. */
  filling: boolean;
  /** The latest solution, from which the next one starts: neighbouring regions have neighbouring directions. */
  solution: readonly Float64Array[] | undefined;
}

/** The part of the memory budget that stores may take together. */
const shareOfBudget = 1 / 4;

/** What discoveries have accumulated: in memory the latest ones, and on the disk those of before. */
export class GramStores {
  /** The least recently used one first. */
  private readonly stores = new Map<string, GramStore>();
  private cache: GramCache | undefined;
  /** Whether anything is kept on the disk from now on; what was kept before can be removed in any case. */
  private usesDisk = false;
  private budget = defaultMemoryBudget * shareOfBudget;

  /** @param log told what could not be kept on the disk */
  constructor(private readonly log: (problem: string) => void) {}

  configure({ cacheFolder, cacheSize, memoryBudget }: EngineSettings): void {
    this.cache = cacheFolder === '' ? undefined : new GramCache(cacheFolder, cacheSize);
    this.usesDisk = cacheSize > 0;
    this.budget = (memoryBudget > 0 ? memoryBudget : defaultMemoryBudget) * shareOfBudget;
    this.tidy();
  }

  /** Whether a discovery's tiles can be kept; without regularisation they would have to be more exact than they are. */
  keeps(generator: Generator, plan: DiscoveryPlan): boolean {
    return plan.tau > 0 && tileBytes(unknownCount(generator, plan), gridOf(generator, plan)) <= this.budget;
  }

  /** What can be told of other regions: what is known for the settings, with the Jacobian taken as the plan says or else by central differences. */
  async anyKnown(generator: Generator, plan: DiscoveryPlan): Promise<GramStore | undefined> {
    return (await this.known(generator, plan)) ?? this.known(generator, { ...plan, jacobian: 'central' });
  }

  /** What is known for the settings of a discovery, whatever its region; undefined where that is nothing. */
  async known(generator: Generator, plan: DiscoveryPlan): Promise<GramStore | undefined> {
    if (!this.keeps(generator, plan)) return undefined;
    const key = keyOf(generator, plan);
    const store = this.inMemory(key) ?? (await this.onDisk(key));
    return store && store.tiles.samples > 0 ? store : undefined;
  }

  /**
   * The same for a discovery that is going to add what is missing, empty where nothing is known; undefined where it cannot be kept, or
   * another discovery adds to it. The discovery says when it is done, see `filled`.
   */
  async toFill(generator: Generator, plan: DiscoveryPlan): Promise<GramStore | undefined> {
    if (!this.keeps(generator, plan)) return undefined;
    const key = keyOf(generator, plan);
    const known = (await this.known(generator, plan)) ?? this.inMemory(key);
    const store = known ?? this.keep(key, TileGrams.empty(unknownCount(generator, plan), gridOf(generator, plan)));
    if (store.filling) return undefined;
    store.filling = true;
    return store;
  }

  /** A discovery adds nothing more to a store. One that has remained empty is forgotten. */
  filled(store: GramStore): void {
    store.filling = false;
    const name = JSON.stringify(store.key);
    if (store.tiles.samples === 0 && this.stores.get(name) === store) this.stores.delete(name);
    this.tidy();
  }

  /** Keeps a store on the disk as it is; no sample must be added meanwhile. */
  async save({ key, tiles }: GramStore): Promise<void> {
    const problem = this.usesDisk ? await this.cache?.write(key, tiles, key.seeds.slice(0, tiles.samples)) : undefined;
    if (problem !== undefined) this.log(problem);
  }

  /** Forgets everything, in memory and on the disk. */
  async clear(): Promise<void> {
    this.stores.clear();
    await this.cache?.clear();
  }

  private inMemory(key: GramKey): GramStore | undefined {
    const name = JSON.stringify(key);
    const store = this.stores.get(name);
    if (store) {
      this.stores.delete(name);
      this.stores.set(name, store);
    }
    return store;
  }

  private async onDisk(key: GramKey): Promise<GramStore | undefined> {
    const found = this.usesDisk ? await this.cache?.read(key) : undefined;
    // Another call may have been quicker, and a discovery may add to what that one found.
    return found && (this.inMemory(key) ?? this.keep(key, found.tiles));
  }

  private keep(key: GramKey, tiles: TileGrams): GramStore {
    const store: GramStore = { key, tiles, filling: false, solution: undefined };
    this.stores.set(JSON.stringify(key), store);
    this.tidy(store);
    return store;
  }

  /** Forgets what is too much, but for what is being filled and the store that is about to be used. */
  private tidy(used?: GramStore): void {
    let bytes = [...this.stores.values()].reduce((total, { tiles }) => total + tiles.bytes, 0);
    for (const [name, store] of this.stores) {
      if (bytes <= this.budget || store.filling || store === used) continue;
      this.stores.delete(name);
      bytes -= store.tiles.bytes;
    }
  }
}

function keyOf(generator: Generator, plan: DiscoveryPlan): GramKey {
  const { preset, space, readout, psi, label, jacobian, seeds } = plan;
  return { generator: generator.fingerprint, layers: jacobianLayers(generator, plan), space, preset, readout, psi, ...(label === undefined ? {} : { label }), jacobian, seeds };
}

function gridOf(generator: Generator, plan: DiscoveryPlan): TileGrid {
  return tileGridFor(plan.readout.resolution, unknownCount(generator, plan));
}
