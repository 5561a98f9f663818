import { runBatch } from '../batch/runBatch';
import type { BatchResult, BatchUpdate, DiscoverPlanRequest } from '../../shared/protocol/engineProtocol';
import type { Context } from '../../shared/protocol/rpc';
import { parsePlan } from '../../shared/plan';
import type { OpenGenerators } from './openGenerators';

/**
 * Discovers what a plan asks for, see runBatch. Other calls get in between two steps of it.
 *
 * @param embedded the folder of the embedded generators
 * @throws UserError when the plan is broken or the folder cannot be written; CancelledError where the caller cancels
 */
export async function discoverPlan(generators: OpenGenerators, embedded: string, { plan, name, base, out, force }: DiscoverPlanRequest, { signal, progress }: Context<BatchUpdate>): Promise<BatchResult> {
  const { result } = await runBatch({
    plan: parsePlan(plan, name),
    base,
    out,
    force,
    embedded,
    memoryBudget: generators.memoryBudget,
    use: (path, work) => generators.use(path, ({ generator }) => work(generator)),
    tell: progress,
    signal,
  });
  return result;
}
