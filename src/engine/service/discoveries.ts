import type { Generator } from '../generators/generator';
import type { DiscoveryOptions } from '../factorization/discover';
import { parseSeeds } from '../../shared/numberList';
import { Field } from '../../shared/field';
import type { DiscoverRequest, DiscoverUpdate, Discovered } from '../../shared/protocol/engineProtocol';
import { validateRegion } from '../../shared/region';
import type { Context } from '../../shared/protocol/rpc';
import { checkLayers } from './checks';
import { DiscoveryRun } from './discoveryRun';
import type { OpenGenerators } from './openGenerators';

const mostDirections = 1000;

/** The discoveries that run. */
export class Discoveries {
  private readonly running = new Map<string, DiscoveryRun>();

  constructor(private readonly generators: OpenGenerators) {}

  /**
   * Discovers directions and tells how far it is.
   *
   * @throws UserError when the choices do not fit together; CancelledError where the caller cancels
   */
  async discover(request: DiscoverRequest, { signal, progress }: Context<DiscoverUpdate>): Promise<Discovered> {
    const run = new DiscoveryRun(signal, progress);
    this.running.set(request.id, run);
    try {
      return await this.generators.use(request.generator, ({ generator }) => {
        const count = new Field(request.count, 'the number of directions').integer({ min: 1, max: mostDirections });
        return run.discover(generator, optionsOf(request, generator, this.generators.memoryBudget), request.name, count);
      });
    } finally {
      if (this.running.get(request.id) === run) this.running.delete(request.id);
    }
  }

  /** Ends a discovery early. One that has ended by itself is none any more. */
  stop(id: string): void {
    this.running.get(id)?.stop();
  }
}

function optionsOf(request: DiscoverRequest, generator: Generator, memoryBudget: number | undefined): DiscoveryOptions {
  const { region, preset, space, layers, seeds, label } = request;
  return {
    region: validateRegion(region, 'the region'),
    preset,
    space,
    layers: checkLayers(generator, layers),
    ...(seeds === undefined ? {} : { seeds: parseSeeds(seeds, 'the samples') }),
    ...(label === undefined ? {} : { label }),
    ...(memoryBudget === undefined ? {} : { memoryBudget }),
  };
}
