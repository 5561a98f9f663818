import type { FrameLocator, Locator, Page, Point } from './browser';
import { patience, until } from './waiting';

export type PanelStatus = 'empty' | 'loading' | 'ready' | 'discovering' | 'error';

/** A picture as it is on the screen, reduced. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** Red, green and blue of each pixel, 0..255, row after row. */
  readonly data: readonly number[];
}

/** An area as fractions of the picture, x to the right, y down. */
export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Milliseconds that a discovery may take where other things run too. */
const discoveryPatience = 3 * patience;

/** The panel's page in the tab that is in front. */
export class Panel {
  readonly frame: FrameLocator;

  /** @param index counts the panels that can be seen, where several are side by side */
  constructor(private readonly page: Page, index = 0) {
    this.frame = page.frameLocator(`iframe.webview.ready >> visible=true >> nth=${index}`).frameLocator('iframe#active-frame');
  }

  get image(): Locator {
    return this.frame.locator('[aria-label="Synthesized image"]');
  }

  button(name: string): Locator {
    return this.frame.getByRole('button', { name, exact: true });
  }

  slider(direction: number): Locator {
    return this.frame.getByRole('slider', { name: `Alpha of direction ${direction}`, exact: true });
  }

  async status(): Promise<PanelStatus> {
    return (await this.frame.locator('body').getAttribute('data-state')) as PanelStatus;
  }

  /** Waits until the page is in one of some states, and says in which. */
  async waitFor(...states: readonly PanelStatus[]): Promise<PanelStatus> {
    const selector = states.map((state) => `body[data-state="${state}"]`).join(', ');
    try {
      await this.frame.locator(selector).waitFor({ state: 'attached', timeout: discoveryPatience });
    } catch (error) {
      const found = await this.frame.locator('body').getAttribute('data-state', { timeout: 1000 }).catch(() => 'not there');
      throw new Error(`the panel should become ${states.join(' or ')}; it is ${found ?? 'without a state'}`, { cause: error });
    }
    return this.status();
  }

  /** Chooses a shape that regions are drawn with. */
  async chooseShape(name: 'Box' | 'Ellipse' | 'Polygon' | 'Brush'): Promise<void> {
    await this.frame.getByRole('radio', { name, exact: true }).click();
  }

  /** Drags the mouse over the picture through points, given as fractions of it. */
  async draw(...points: readonly Point[]): Promise<void> {
    await drag(this.page, this.image, ...points);
  }

  /** Clicks on the picture at a point, given as fractions of it. */
  async clickImage(point: Point, times: 1 | 2 = 1): Promise<void> {
    const { x, y } = await place(this.image, point);
    await (times === 1 ? this.page.mouse.click(x, y) : this.page.mouse.dblclick(x, y));
  }

  /** Moves a slider to a value as the keyboard or the mouse would: `input` while moving, `change` at the end. */
  async setSlider(direction: number, value: number): Promise<void> {
    await this.slider(direction).evaluate((element, wanted) => {
      const slider = element as HTMLInputElement;
      slider.value = String(wanted);
      slider.dispatchEvent(new Event('input', { bubbles: true }));
      slider.dispatchEvent(new Event('change', { bubbles: true }));
    }, value);
  }

  /** What the picture shows, reduced to `size` pixels along each side. */
  async pixels(size = 64): Promise<Pixels> {
    return this.image.evaluate((element, side) => {
      const canvas = element instanceof HTMLCanvasElement ? element : element.querySelector('canvas');
      if (!canvas) throw new Error('there is no canvas under "Synthesized image"');
      const context = new OffscreenCanvas(side, side).getContext('2d');
      if (!context) throw new Error('no drawing here');
      context.drawImage(canvas, 0, 0, side, side);
      const rgba = context.getImageData(0, 0, side, side).data;
      return { width: side, height: side, data: [...rgba].filter((_, index) => index % 4 !== 3) };
    }, size);
  }

  /** Waits until the picture differs from what it was, and returns what it is then. */
  async changedPixels(before: Pixels): Promise<Pixels> {
    return until('the picture to change', async () => {
      const now = await this.pixels(before.width);
      return difference(before, now) > 0 ? now : undefined;
    });
  }
}

/** Presses the mouse at the first of some points of an element, moves through the others and lets go at the last. */
export async function drag(page: Page, element: Locator, ...points: readonly Point[]): Promise<void> {
  const [first, ...others] = await Promise.all(points.map((point) => place(element, point)));
  if (!first) return;
  await page.mouse.move(first.x, first.y);
  await page.mouse.down();
  for (const { x, y } of others) await page.mouse.move(x, y, { steps: 8 });
  await page.mouse.up();
}

/** Where a point, given as fractions of an element, is in the window. */
export async function place(element: Locator, { x, y }: Point): Promise<Point> {
  const box = await element.boundingBox();
  if (!box) throw new Error('the element cannot be seen');
  return { x: box.x + x * box.width, y: box.y + y * box.height };
}

/** The mean absolute difference of two pictures in an area, 0..255, or outside of it. */
export function difference(a: Pixels, b: Pixels, area: Area = { x: 0, y: 0, width: 1, height: 1 }, side: 'inside' | 'outside' = 'inside'): number {
  let sum = 0;
  let count = 0;
  a.data.forEach((value, index) => {
    const pixel = Math.floor(index / 3);
    const x = ((pixel % a.width) + 0.5) / a.width;
    const y = (Math.floor(pixel / a.width) + 0.5) / a.height;
    const inside = x >= area.x && x < area.x + area.width && y >= area.y && y < area.y + area.height;
    if (inside !== (side === 'inside')) return;
    sum += Math.abs(value - (b.data[index] ?? 0));
    count++;
  });
  return count === 0 ? 0 : sum / count;
}
