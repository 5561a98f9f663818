/** Numbers things that take a while and arrive in any order, so that none is shown after a later one. */
export class ArrivalOrder {
  private asked = 0;
  private shown = 0;

  /** The number of the next thing. */
  ask(): number {
    return ++this.asked;
  }

  /** Whether the thing of this number may be shown: nothing that was asked for later has been. */
  accept(ticket: number): boolean {
    if (ticket <= this.shown) return false;
    this.shown = ticket;
    return true;
  }
}
