import { answerTimes, takeMoments, watchDirections } from './directionWatch';
import type { Moment } from './directionWatch';
import { openWindow } from './vsCodeWindow';
import type { VsCodeWindow } from './vsCodeWindow';
import type { Panel } from './panel';
import { startVsCode } from './vsCodeServer';
import { until } from './waiting';

const drags = 50;

/** Steps of a region that is dragged, and the milliseconds between them. */
const steps = 30;
const betweenSteps = 150;

/** A figure of the panel with the goal that it is held against, both in milliseconds. */
interface Figure {
  readonly what: string;
  readonly goal: number;
  readonly times: readonly number[];
}

/** What a user waits for in the panel, as its page sees it, with the embedded generator in a real VS Code. */
export async function measurePanel(): Promise<void> {
  const figures: Figure[] = [];
  const starts: number[] = [];
  const boxes: BoxTimes = { first: [], all: [], second: [], drag: [] };
  for (let run = 0; run < 3; run++) {
    const server = await startVsCode({ extension: 'vsix' });
    try {
      const window = await openWindow(server);
      try {
        starts.push(await firstPicture(window));
        await drawBoxes(window, boxes);
        if (run === 2) figures.push(...(await inOnePanel(window.panel())));
      } finally {
        await window.close();
      }
    } finally {
      server.stop();
    }
  }
  print([
    { what: 'palette to first picture, engine not running', goal: 2000, times: starts },
    { what: 'first box to first directions, nothing known before', goal: 400, times: boxes.first },
    { what: 'first box to all 20 samples, directions measured', goal: 5000, times: boxes.all },
    { what: 'second region to its directions', goal: 50, times: boxes.second },
    { what: 'region drag to new directions', goal: 50, times: boxes.drag },
    ...figures,
  ]);
}

/** Milliseconds until directions are on the screen. */
interface BoxTimes {
  /** From the end of the first box that is drawn: the first directions, and the last ones with all their measurements. */
  readonly first: number[];
  readonly all: number[];
  /** From a click on another region. */
  readonly second: number[];
  /** From each step of the mouse that moves a region. */
  readonly drag: number[];
}

/** In a panel in which nothing has been discovered yet. */
async function drawBoxes(window: VsCodeWindow, times: BoxTimes): Promise<void> {
  const panel = window.panel();
  await watchDirections(panel);
  await panel.draw({ x: 0.24, y: 0.45 }, { x: 0.76, y: 0.59 });
  const drawn: Moment[] = [];
  await until('the first discovery', async () => drawn.push(...(await takeMoments(panel))) > 0 && drawn.at(-1)!.measured);
  const released = drawn.find(({ what }) => what === 'release')!;
  const found = drawn.filter(({ what, at }) => what === 'directions' && at > released.at);
  times.first.push(found[0]!.at - released.at);
  times.all.push(found.find(({ measured }) => measured)!.at - released.at);
  for (const name of ['nose', 'mouth', 'forehead', 'eyes']) {
    await panel.frame.getByRole('button', { name: `Region ${name}`, exact: true }).click();
    await window.page.waitForTimeout(2000);
    times.second.push(...answerTimes(await takeMoments(panel), 'click'));
  }
  await dragRegion(window, panel);
  times.drag.push(...answerTimes(await takeMoments(panel), 'move'));
}

/** Moves the region of the eyes step by step, as far apart that each can be answered before the next. */
async function dragRegion({ page }: VsCodeWindow, panel: Panel): Promise<void> {
  const { x, y, width, height } = (await panel.image.boundingBox())!;
  const middle = { x: x + width / 2, y: y + 0.52 * height };
  await page.mouse.move(middle.x, middle.y);
  await page.mouse.down();
  for (let step = 1; step <= steps; step++) {
    await page.mouse.move(middle.x + 0.2 * width * Math.sin(step / 4), middle.y + 0.2 * height * Math.sin(step / 3));
    await page.waitForTimeout(betweenSteps);
  }
  await page.mouse.up();
}

/** From choosing the command in the palette to the first picture. */
async function firstPicture(window: VsCodeWindow): Promise<number> {
  await window.page.keyboard.press('F1');
  await window.page.keyboard.press('Escape');
  // Whatever VS Code itself does after it has started is to be over.
  await window.page.waitForTimeout(8000);
  const title = 'ReSeFa: Discover Directions';
  await until('the command', async () => {
    await window.page.keyboard.press('F1');
    await window.quickInput.fill(`>${title}`);
    return window.quickPick(title).first().isVisible();
  });
  const started = performance.now();
  await window.quickPick(title).first().click();
  await window.panel().waitFor('ready');
  return performance.now() - started;
}

/** With directions on show and nothing running. */
async function inOnePanel(panel: Panel): Promise<Figure[]> {
  await panel.frame.getByRole('button', { name: 'Region eyes', exact: true }).click();
  await until('measured directions', async () => (await panel.frame.locator('.card-locality.is-unknown').count()) === 0);
  return [
    { what: 'slider to new pixels', goal: 40, times: await pixelTimes(panel, 'slider') },
    { what: 'seed to new pixels', goal: 100, times: await pixelTimes(panel, 'seed') },
  ];
}

/** From what a user does to other pixels in the canvas: the slider of direction 1 moves, or the seed goes on by one. */
async function pixelTimes(panel: Panel, what: 'slider' | 'seed'): Promise<number[]> {
  return panel.frame.locator('body').evaluate(async (body, { count, moves }) => {
    const slider = body.querySelector<HTMLInputElement>('input[aria-label="Alpha of direction 1"]')!;
    const next = body.querySelector<HTMLElement>('vscode-button[aria-label="Next seed"]')!;
    const canvas = body.querySelector<HTMLCanvasElement>('canvas[aria-label="Synthesized image"]')!;
    const seen = () => String(canvas.getContext('2d')!.getImageData(canvas.width / 4, canvas.height / 2 - 16, canvas.width / 2, 16).data);
    const soon = () => new Promise<void>((resolve) => { const { port1, port2 } = new MessageChannel(); port1.onmessage = () => { resolve(); }; port2.postMessage(0); });
    const times: number[] = [];
    for (let i = 0; i < count; i++) {
      const before = seen();
      const started = performance.now();
      if (moves) {
        slider.value = String(Number(slider.max) * (0.3 + (0.5 * i) / count));
        slider.dispatchEvent(new Event('input', { bubbles: true }));
      } else {
        next.click();
      }
      while (seen() === before && performance.now() - started < 5000) await soon();
      times.push(performance.now() - started);
      // The small pictures that follow are not to stand in the way of the next one.
      await new Promise((resolve) => setTimeout(resolve, 400));
    }
    return times;
  }, { count: drags, moves: what === 'slider' });
}

function print(figures: readonly Figure[]): void {
  for (const { what, goal, times } of figures) {
    const sorted = [...times].sort((a, b) => a - b);
    const at = (share: number) => `${Math.round(sorted[Math.round(share * (sorted.length - 1))]!)} ms`;
    console.log(`${what.padEnd(56)} median ${at(0.5).padStart(8)}   90 % ${at(0.9).padStart(8)}   goal ${goal} ms   (${times.length} times)`);
  }
}
