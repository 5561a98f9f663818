import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ALL_FORMATS, BufferSource, EncodedPacketSink, Input } from 'mediabunny';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatDirection } from '../../src/shared/direction/formatDirection';
import type { DiscoveredDirection } from '../../src/shared/direction/directionFile';
import { exampleDirection } from '../support/directions';
import { launchBrowser } from './support/browser';
import type { Browser, Page } from './support/browser';
import { useVsCode } from './support/useVsCode';
import { until } from './support/waiting';

const [dimensions, resolution] = [128, 64];

const vscode = useVsCode({
  theme: 'Default Dark Modern',
  before: ({ workspace }) => {
    for (const [i, name] of ['eyes-1', 'mouth-1'].entries()) writeFileSync(join(workspace, `${name}.resefa.json`), formatDirection(directionOf(name, i)));
  },
});

/** A direction for the embedded generator; where it leads does not matter here. */
function directionOf(name: string, place: number): DiscoveredDirection {
  const { sha256 } = JSON.parse(readFileSync('models/afhq-cat-64/generator.json', 'utf8')) as { sha256: { checkpoint?: string; synthesis: string } };
  const components = Array.from({ length: dimensions }, (_, k) => Math.sin((k + 1) * (place + 1)));
  const norm = Math.hypot(...components);
  return {
    ...exampleDirection,
    name,
    generator: { name: 'afhq-cat-64', architecture: 'stylegan2', resolution, sha256: sha256.checkpoint ?? sha256.synthesis },
    latent: { space: 'w', dimensions, layers: [2, 3, 4, 5, 6, 7, 8, 9] },
    edit: { alpha: [-6, 6] },
    vector: components.map((component) => component / norm),
  };
}

const page = () => vscode.window.panel().frame;
const fileIn = (name: string) => join(vscode.server.workspace, name);
const field = (name: string) => page().getByLabel(name, { exact: true });

async function settled(): Promise<void> {
  await page().locator('body[data-state="ready"]').waitFor({ state: 'attached' });
}

/** Fills in fields of the page, and waits until it knows what that comes to. */
async function choose(choices: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(choices)) {
    if (['Kind', 'Format', 'Several directions'].includes(name)) await field(name).selectOption(text);
    else await field(name).fill(text);
  }
  await until('the page to take the choices', async () => (await page().locator('body').getAttribute('data-state')) !== 'ready', 1000).catch(() => undefined);
  await settled();
}

/** Answers the dialog that asks for the place of a file, once it has its own proposal. */
async function saveAs(name: string): Promise<void> {
  const { quickInput, page: window } = vscode.window;
  await until('the dialog that asks for a place', async () => (await quickInput.inputValue()).includes('eyes-1'));
  await quickInput.fill(fileIn(name));
  await until('the dialog to take the name', async () => (await quickInput.inputValue()) === fileIn(name));
  await window.keyboard.press('Enter');
}

/** Exports under a name; gives the file. */
async function exported(name: string): Promise<Buffer> {
  await page().getByRole('button', { name: 'Export\u2026' }).click();
  await saveAs(name);
  await page().getByRole('status').filter({ hasText: `Exported ${name}` }).waitFor();
  return readFileSync(fileIn(name));
}

/** The size that the page says the file will have. */
async function promised(): Promise<{ width: number; height: number; frames: number }> {
  const text = (await page().locator('.summary').textContent()) ?? '';
  const [, width, height] = /(\d+) \u00d7 (\d+) px/.exec(text) ?? [];
  return { width: Number(width), height: Number(height), frames: Number(/(\d+) frames?/.exec(text)?.[1] ?? 1) };
}

describe('the page of pictures to be exported', () => {
  it('opens for directions that are picked, and shows what will be written', async () => {
    await vscode.window.runCommand('ReSeFa: Export Pictures');
    for (const name of ['eyes-1', 'mouth-1']) await vscode.window.pick(name);
    await vscode.window.page.keyboard.press('Enter');
    await settled();
    await expect.poll(() => page().locator('.direction-name').allTextContents()).toEqual(['eyes-1', 'mouth-1']);
    await choose({ Seeds: '3', 'Picture size in px': '96', 'Alphas (frames)': '6' });
    await expect.poll(() => promised()).toMatchObject({ width: 96, frames: 10 });
    const preview = page().locator('canvas.preview-picture');
    await until('frames in the preview', async () => Number(await preview.getAttribute('width')) > 90);
  });

  it('says what is wrong with a field, and exports nothing then', async () => {
    await field('Seeds').fill('3-');
    await page().getByRole('alert').filter({ hasText: /^Seeds: "3-" is not a seed/ }).waitFor();
    await expect.poll(() => page().getByRole('button', { name: 'Export\u2026' }).isEnabled()).toBe(false);
    await choose({ Seeds: '3' });
  });

  it.each(['gif', 'webp'])('writes an animation as %s', async (format) => {
    await choose({ Kind: 'animation', Format: format, 'Frames a second': '20', 'Times shown, 0 for ever': '2' });
    const { width, height, frames } = await promised();
    const file = await exported(`sweep.${format}`);
    expect(await sharp(file).metadata()).toMatchObject({ format, width, height, pages: frames, loop: 2, delay: Array.from({ length: frames }, () => 50) });
  });

  it('writes a strip and a grid', async () => {
    await choose({ Kind: 'strip', Format: 'png', 'Alphas (columns)': '3' });
    const strip = await promised();
    expect(await sharp(await exported('strip.png')).metadata()).toMatchObject({ format: 'png', width: strip.width, height: strip.height });
    // A row for each of the two directions, and three columns.
    expect([Math.floor(strip.width / 96), Math.floor(strip.height / 96)]).toEqual([4, 3]);
    await choose({ Kind: 'grid', Format: 'webp' });
    const grid = await promised();
    expect(await sharp(await exported('grid.webp')).metadata()).toMatchObject({ format: 'webp', width: grid.width, height: grid.height });
  });

  it('writes nothing where the user gives up', async () => {
    await page().getByRole('button', { name: 'Export\u2026' }).click();
    await vscode.window.quickInput.waitFor();
    await vscode.window.page.keyboard.press('Escape');
    await settled();
    expect(existsSync(fileIn('eyes-1+mouth-1-grid.webp'))).toBe(false);
  });
});

describe('a video', () => {
  let browser: Browser;
  let player: Page;

  beforeAll(async () => {
    browser = await launchBrowser();
    player = await (await browser.newContext({ viewport: { width: 640, height: 480 } })).newPage();
  });
  afterAll(async () => {
    await browser.close();
  });

  it.each([['mp4', 'H.264'], ['webm', 'VP9']])('is written as %s, and plays', async (format, codec) => {
    await choose({ Kind: 'animation', Format: format, 'Frames a second': '20', 'Repeats in the video': '2', 'Picture size in px': '97' });
    const { width, height, frames } = await promised();
    expect([width, frames]).toEqual([97, 20]);
    await page().getByText(`Encoded as ${codec}`).waitFor();
    const file = await exported(`sweep.${format}`);

    const input = new Input({ source: new BufferSource(new Uint8Array(file)), formats: ALL_FORMATS });
    const track = (await input.getPrimaryVideoTrack())!;
    const times: number[] = [];
    for await (const packet of new EncodedPacketSink(track).packets()) times.push(packet.timestamp);
    expect(times.map((time) => Math.round(time * 20))).toEqual(Array.from({ length: frames }, (_, i) => i));

    const seen = await player.evaluate(playVideo, { data: file.toString('base64'), type: `video/${format}` });
    expect(seen).toMatchObject({ width: width + (width % 2), height: height + (height % 2) });
    expect(seen.duration).toBeGreaterThan(0.9);
    expect(seen.duration).toBeLessThan(1.1);
    expect(seen.ended).toBe(true);
    // The first alpha is far from the last one, which is half-way through the first time.
    expect(seen.difference).toBeGreaterThan(4);
  });
});

it('comes back with the window, with what was chosen on it', async () => {
  await choose({ Kind: 'grid', Format: 'webp', Seeds: '5,7', 'Picture size in px': '80' });
  const before = await promised();
  // The state is stored a moment after the last change.
  await vscode.window.page.waitForTimeout(1000);
  await vscode.window.reload();
  await settled();
  await expect.poll(() => promised()).toEqual(before);
  await expect.poll(async () => [await field('Kind').inputValue(), await field('Format').inputValue()]).toEqual(['grid', 'webp']);
  await expect.poll(() => field('Seeds').inputValue()).toBe('5,7');
  await page().getByRole('img', { name: 'Preview of the figure' }).waitFor();
});

/** Loads a video in a page, plays it to its end and compares the picture at the beginning with a later one. */
async function playVideo({ data, type }: { data: string; type: string }) {
  const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
  const video = document.createElement('video');
  video.muted = true;
  video.src = URL.createObjectURL(new Blob([bytes], { type }));
  const event = (name: string) => new Promise((resolve, reject) => {
    video.addEventListener(name, resolve, { once: true });
    video.addEventListener('error', () => { reject(new Error(video.error?.message ?? 'no video')); }, { once: true });
  });
  await event('loadeddata');
  const pixels = () => {
    const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
    const context = canvas.getContext('2d')!;
    context.drawImage(video, 0, 0);
    return context.getImageData(0, 0, canvas.width, canvas.height).data;
  };
  const first = pixels();
  video.currentTime = 0.26;
  await event('seeked');
  const later = pixels();
  const difference = first.reduce((sum, value, i) => sum + Math.abs(value - later[i]!), 0) / first.length;
  video.currentTime = 0;
  await event('seeked');
  const over = event('ended');
  await video.play();
  await over;
  return { width: video.videoWidth, height: video.videoHeight, duration: video.duration, ended: video.ended && video.currentTime > 0.9, difference };
}

describe('a report', () => {
  it('is one file that opens in a browser without anything else', async () => {
    await vscode.window.chooseInExplorer('eyes-1.resefa.json', 'Export HTML Report');
    await saveAs('report.html');
    await vscode.window.waitForNotification('Exported report.html');
    const browser = await launchBrowser();
    try {
      const reader = await (await browser.newContext({ viewport: { width: 1000, height: 800 } })).newPage();
      const errors: string[] = [];
      reader.on('console', (message) => { errors.push(message.text()); });
      await reader.goto(pathToFileURL(fileIn('report.html')).href);
      const seen = await reader.evaluate(() => ({
        title: document.title,
        images: [...document.images].map((image) => image.complete && image.naturalWidth > 0),
        loaded: performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => !name.startsWith('data:')),
      }));
      expect(seen.title).toBe('1 direction of afhq-cat-64');
      expect(seen.images).toEqual(Array.from({ length: 29 }, () => true));
      expect([seen.loaded, errors]).toEqual([[], []]);
    } finally {
      await browser.close();
    }
  });
});

it('has caused no error in the console', () => {
  expect(vscode.window.consoleErrors()).toEqual([]);
});
