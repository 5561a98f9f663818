import { breathe } from '../cancellation';
import { jacobianLayers, jacobianRunner } from '../factorization/discover';
import type { DiscoveryPlan } from '../factorization/discover';
import { solveDirections } from '../factorization/directions';
import type { JacobianRunner } from '../factorization/jacobian';
import type { Generator } from '../generators/generator';

interface Prepared {
  readonly key: string;
  readonly runner: Promise<JacobianRunner>;
}

/** The networks of the discovery that will probably come next, compiled before anybody waits for them. */
export class PreparedRunner {
  private prepared: Prepared | undefined;

  /**
   * Compiles for a discovery with these settings, whatever its region, once pending answers have left; a discovery that begins before waits
   * for it. What cannot be compiled is told when it is discovered.
   */
  async prepare(generator: Generator, plan: DiscoveryPlan): Promise<void> {
    const key = keyOf(generator, plan);
    if (this.prepared?.key === key) return;
    this.forget();
    const prepared = { key, runner: breathe(undefined).then(() => jacobianRunner(generator, plan)) };
    this.prepared = prepared;
    await prepared.runner.then(warmUpSolver).catch(() => {
      if (this.prepared === prepared) this.prepared = undefined;
    });
  }

  /** Hands over what was compiled for these settings, if anything was; who takes it releases it. */
  async take(generator: Generator, plan: DiscoveryPlan): Promise<JacobianRunner | undefined> {
    const { prepared } = this;
    if (prepared?.key !== keyOf(generator, plan)) return undefined;
    this.prepared = undefined;
    return prepared.runner.catch(() => undefined);
  }

  /** Frees what nobody took. */
  forget(): void {
    const { prepared } = this;
    this.prepared = undefined;
    prepared?.runner.then((runner) => runner.release()).catch(() => undefined);
  }
}

/** The first eigenproblem of a process takes many times as long as the others: its products are compiled as well. */
async function warmUpSolver(): Promise<void> {
  const size = 96;
  const diagonal = (value: (i: number) => number) => Float64Array.from({ length: size * size }, (_, at) => (at % (size + 1) === 0 ? value(at / (size + 1)) : 0));
  await solveDirections({ size, inside: diagonal((i) => 1 / (i + 1)), outside: diagonal(() => 1) }, { space: 'w', layers: [0], tau: 1e-3, count: 2 });
}

/** What a runner depends on. */
function keyOf(generator: Generator, plan: DiscoveryPlan): string {
  const { space, readout, jacobian, memoryBudget } = plan;
  return JSON.stringify([generator.fingerprint, generator.session.threads, generator.session.device?.provider, jacobianLayers(generator, plan), space, readout, jacobian, memoryBudget]);
}
