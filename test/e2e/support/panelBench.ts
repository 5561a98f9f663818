import { openWindow } from './vsCodeWindow';
import type { VsCodeWindow } from './vsCodeWindow';
import type { Panel } from './panel';
import { startVsCode } from './vsCodeServer';
import { until } from './waiting';

const drags = 50;

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
  for (let run = 0; run < 3; run++) {
    const server = await startVsCode({ extension: 'vsix' });
    try {
      const window = await openWindow(server);
      try {
        starts.push(await firstPicture(window));
        if (run === 2) figures.push(...(await inOnePanel(window.panel())));
      } finally {
        await window.close();
      }
    } finally {
      server.stop();
    }
  }
  print([{ what: 'palette to first picture, engine not running', goal: 2000, times: starts }, ...figures]);
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

async function inOnePanel(panel: Panel): Promise<Figure[]> {
  await panel.frame.getByRole('button', { name: 'Region eyes', exact: true }).click();
  const discoveries = { first: [] as number[], all: [] as number[] };
  for (let run = 0; run < 3; run++) {
    const { first, all } = await discoveryTimes(panel);
    discoveries.first.push(first);
    discoveries.all.push(all);
  }
  return [
    { what: 'Discover to first directions (standard preset)', goal: 1000, times: discoveries.first },
    { what: 'Discover to the end, 20 samples, directions measured', goal: 6000, times: discoveries.all },
    { what: 'slider to new pixels', goal: 40, times: await pixelTimes(panel, 'slider') },
    { what: 'seed to new pixels', goal: 100, times: await pixelTimes(panel, 'seed') },
  ];
}

async function discoveryTimes(panel: Panel): Promise<{ first: number; all: number }> {
  return panel.frame.locator('body').evaluate(async (body) => {
    const started = performance.now();
    const when = (condition: () => boolean) =>
      new Promise<number>((resolve) => {
        const look = () => { if (condition()) resolve(performance.now() - started); else requestAnimationFrame(look); };
        look();
      });
    const before = document.querySelector('input[aria-label="Alpha of direction 1"]');
    const button = [...document.querySelectorAll('vscode-button')].find(({ textContent }) => textContent.trim() === 'Discover') as HTMLElement;
    const eigenvalue = () => document.querySelector('.card')?.textContent ?? '';
    const text = eigenvalue();
    button.click();
    const first = when(() => (before ? eigenvalue() !== text : document.querySelector('input[aria-label="Alpha of direction 1"]') !== null));
    await when(() => body.dataset.state === 'discovering');
    const all = await when(() => body.dataset.state === 'ready');
    return { first: await first, all };
  });
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
    const at = (share: number) => `${Math.round(sorted[Math.floor(share * (sorted.length - 1))]!)} ms`;
    console.log(`${what.padEnd(56)} median ${at(0.5).padStart(8)}   90 % ${at(0.9).padStart(8)}   goal ${goal} ms   (${times.length} times)`);
  }
}
