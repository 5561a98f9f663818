/** What can be given up; every Disposable of VS Code is one. */
export interface Disposable {
  dispose(): unknown;
}

/** Things that end together, the last one first. */
export class DisposableStore implements Disposable {
  private readonly items: Disposable[] = [];
  private disposed = false;

  /** Keeps it until the store ends, and returns it. */
  add<Item extends Disposable>(item: Item): Item {
    if (this.disposed) item.dispose();
    else this.items.push(item);
    return item;
  }

  /** Keeps a way to stop something. */
  addStop(stop: () => unknown): void {
    this.add({ dispose: stop });
  }

  dispose(): void {
    this.disposed = true;
    for (const item of this.items.splice(0).reverse()) item.dispose();
  }
}
