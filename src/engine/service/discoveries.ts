import { planDiscovery } from '../factorization/discover';
import type { DiscoveryOptions } from '../factorization/discover';
import type { Generator } from '../generators/generator';
import { parseSeeds } from '../../shared/numberList';
import { Field } from '../../shared/field';
import { checkDirection } from '../../shared/direction/checkDirection';
import type { DiscoveredDirection } from '../../shared/direction/directionFile';
import type { DiscoverRequest, DiscoverUpdate, Discovered, EngineCalls, Estimated, FollowRequest, Followed, GramsRequest, Rediscovered } from '../../shared/protocol/engineProtocol';
import { validateRegion } from '../../shared/region';
import type { Context } from '../../shared/protocol/rpc';
import { checkLayers } from './checks';
import { DiscoveryRun } from './discoveryRun';
import { anyRegion, estimate } from './estimating';
import { solveExactly } from './exactSolve';
import { follow } from './following';
import type { GramStores } from './gramStores';
import type { OpenGenerators } from './openGenerators';
import { Paces } from './paces';
import { PreparedRunner } from './preparedRunner';
import { rediscover } from './rediscovering';

const mostDirections = 1000;

/** First directions within so many seconds are worth preparing for: the generator is small, and somebody will not want to wait. */
const quick = 1;

/** The discoveries that run, and what is known from those that ran. */
export class Discoveries {
  private readonly running = new Map<string, DiscoveryRun>();
  private readonly paces = new Paces();
  private readonly prepared = new PreparedRunner();

  constructor(private readonly generators: OpenGenerators, private readonly stores: GramStores) {}

  /**
   * Discovers directions and tells how far it is.
   *
   * @throws UserError when the choices do not fit together; CancelledError where the caller cancels
   */
  async discover(request: DiscoverRequest, { signal, progress }: Context<DiscoverUpdate>): Promise<Discovered> {
    const run = new DiscoveryRun({ stores: this.stores, paces: this.paces, prepared: this.prepared }, signal, progress);
    this.running.set(request.id, run);
    try {
      return await this.generators.use(request.generator, (opened) => run.discover(opened, this.regionOptions(request, opened.generator), request.name, checkCount(request.count)));
    } finally {
      if (this.running.get(request.id) === run) this.running.delete(request.id);
    }
  }

  /** Ends a discovery early. One that has ended by itself is none any more. */
  stop(id: string): void {
    this.running.get(id)?.stop();
  }

  /** @throws UserError when the choices do not fit together, or nothing changes inside or outside the region */
  follow(request: FollowRequest): Promise<Followed | undefined> {
    return this.generators.use(request.generator, ({ generator }) => follow(generator, this.regionOptions(request, generator), request.name, checkCount(request.count), this.stores));
  }

  /**
   * Where the first directions would come at once, what they need is compiled ahead.
   *
   * @throws UserError when the choices do not fit together
   */
  estimate(request: EngineCalls['estimate']['params']): Promise<Estimated> {
    return this.generators.use(request.generator, async (opened) => {
      const options = this.options(request, opened.generator);
      const estimated = await estimate(opened, options, checkCount(request.count), this.paces, this.stores);
      if (estimated.instant && estimated.samplesKnown === 0 && estimated.firstSeconds <= quick) void this.prepared.prepare(opened.generator, planDiscovery(opened.generator, { ...options, region: anyRegion }));
      return estimated;
    });
  }

  /** @throws UserError when the direction does not fit the generator; CancelledError where the caller cancels */
  solveExactly({ generator: reference, direction }: EngineCalls['solveExactly']['params'], { signal, progress }: Context<DiscoverUpdate>): Promise<DiscoveredDirection> {
    const checked = checkDirection(new Field(direction, 'the direction'));
    return this.generators.use(reference, ({ generator }) => solveExactly(generator, checked, { memoryBudget: this.generators.memoryBudget, tell: progress, signal }));
  }

  /** @throws UserError when no discovery found the direction, or it does not fit the generator; CancelledError where the caller cancels */
  rediscover({ generator: reference, direction }: EngineCalls['rediscover']['params'], { signal, progress }: Context<DiscoverUpdate>): Promise<Rediscovered> {
    const checked = checkDirection(new Field(direction, 'the direction'));
    return this.generators.use(reference, ({ generator }) => rediscover(generator, checked, { memoryBudget: this.generators.memoryBudget, tell: progress, signal }));
  }

  private regionOptions(request: FollowRequest, generator: Generator): DiscoveryOptions {
    return { ...this.options(request, generator), region: validateRegion(request.region, 'the region') };
  }

  private options({ preset, space, layers, seeds, label }: GramsRequest, generator: Generator): Omit<DiscoveryOptions, 'region'> {
    const { memoryBudget } = this.generators;
    return {
      preset,
      space,
      layers: checkLayers(generator, layers),
      ...(seeds === undefined ? {} : { seeds: parseSeeds(seeds, 'the samples') }),
      ...(label === undefined ? {} : { label }),
      ...(memoryBudget === undefined ? {} : { memoryBudget }),
    };
  }
}

function checkCount(count: number): number {
  return new Field(count, 'the number of directions').integer({ min: 1, max: mostDirections });
}
