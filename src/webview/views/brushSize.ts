import type { App } from '../app';
import { brushRadii } from '../model/brush';
import { limit } from '../model/viewport';

/** The radius of the brush, a fraction of the picture's width: the picture and the bar below it show and change it. */
export class BrushSize {
  private value = brushRadii.usual;
  private readonly listeners: ((radius: number) => void)[] = [];

  get radius(): number {
    return this.value;
  }

  set radius(radius: number) {
    this.value = limit(radius, brushRadii.least, brushRadii.most);
    for (const listener of this.listeners) listener(this.value);
  }

  /** Calls the listener at once and after every change. */
  subscribe(listener: (radius: number) => void): void {
    this.listeners.push(listener);
    listener(this.value);
  }
}

const sizes = new WeakMap<App, BrushSize>();

/** The brush of a page. */
export function brushSizeOf(app: App): BrushSize {
  const size = sizes.get(app) ?? new BrushSize();
  sizes.set(app, size);
  return size;
}
