import type { OpenGenerator } from './openGenerators';

/** How fast generators have been so far, for estimates. */
export class Paces {
  private readonly tangents = new WeakMap<OpenGenerator, number>();

  /** Seconds for one picture; the generator is run where that is not known. */
  async forward({ generator, live }: OpenGenerator): Promise<number> {
    const ws = await generator.sample([0], generator.description.c_dim > 0 ? { label: 0 } : {});
    return (await live.wholeTime(ws)) / 1000;
  }

  /** Seconds for one tangent; undefined before a Jacobian has been taken. */
  tangent(opened: OpenGenerator): number | undefined {
    return this.tangents.get(opened);
  }

  /** Takes note of how long tangents took, Gram matrices and all. */
  note(opened: OpenGenerator, tangents: number, seconds: number): void {
    if (tangents > 0) this.tangents.set(opened, seconds / tangents);
  }
}
