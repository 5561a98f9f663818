import { describe, expect, it } from 'vitest';
import { exportChecks } from '../../src/shared/protocol/exportProtocol';
import type { ExportStart } from '../../src/shared/protocol/exportProtocol';
import { FrameArrivals } from '../../src/webview/export/model/frameArrivals';
import { bitrateOf, bytesText, estimatedBytes, evenSize, fileNameFor, figureOf, formatsOf, previewFrame, previewPlan, shownFrames, startSettings, summaryOf, sweepOf } from '../../src/webview/export/model/exportPlan';
import type { ExportSettings, FigureKind } from '../../src/webview/export/model/exportPlan';
import { restoredSettings } from '../../src/webview/export/model/restoredSettings';
import { frameOf } from './fakePanel';

const start: ExportStart = {
  source: { files: ['file:///ws/eyes-1.resefa.json', 'file:///ws/m.resefa.json'] },
  generator: { name: 'cats', resolution: 64, classes: 0, truncates: true },
  directions: [{ name: 'eyes-1', from: -2, to: 2, alpha: 1 }, { name: 'Ma\u00df/2', from: 0, to: 3, alpha: 1.5 }],
  samples: [{ seed: 4, psi: 0.5 }, { seed: 9, psi: 0.5 }],
  together: false,
};

const settings = (more: Partial<ExportSettings> = {}): ExportSettings => ({ ...startSettings(start), ...more });
const second = settings().directions.map((direction, i) => ({ ...direction, used: i === 1 }));

describe('what is asked of the engine', () => {
  it('passes the checks of the extension, whatever is chosen', () => {
    for (const kind of Object.keys(formatsOf) as FigureKind[]) {
      for (const format of formatsOf[kind]) {
        for (const more of [{}, { together: true, bothSigns: true, size: 512, label: 3 }]) {
          const figure = figureOf(settings({ kind, format, ...more }));
          expect(exportChecks.size({ figure })).toEqual({ figure });
        }
      }
    }
  });

  it('names directions by number, and leaves out those that are not chosen', () => {
    expect(figureOf(settings({ directions: second }))).toMatchObject({ kind: 'animation', directions: [{ index: 1, from: 0, to: 3 }], samples: [{ seed: 4, psi: 0.5 }, { seed: 9, psi: 0.5 }], steps: 21, format: 'gif' });
    expect(figureOf(settings({ kind: 'grid', format: 'png', directions: second }))).toMatchObject({ kind: 'grid', directions: [{ index: 1, alpha: 1.5 }] });
    expect(figureOf(settings({ directions: second.map((direction) => ({ ...direction, used: false })) }))).toBeUndefined();
  });

  it('has the frames of an animation, and the columns of a strip', () => {
    expect(sweepOf(settings({ frames: 11, columns: 5 })).steps).toBe(11);
    expect(sweepOf(settings({ kind: 'strip', format: 'png', frames: 11, columns: 5 })).steps).toBe(5);
  });
});

describe('what is shown one after the other', () => {
  it('is every frame there and back; a video repeats it', () => {
    expect(shownFrames(settings({ frames: 3, pingPong: true }))).toEqual([0, 1, 2, 1]);
    expect(shownFrames(settings({ frames: 3, pingPong: false }))).toEqual([0, 1, 2]);
    expect(shownFrames(settings({ frames: 3, pingPong: true, format: 'mp4', repeats: 2 }))).toEqual([0, 1, 2, 1, 0, 1, 2, 1]);
  });
});

describe('the preview', () => {
  it('has all frames where they are cheap, and fewer where they are not', () => {
    expect(previewPlan(settings(), 64).steps).toBe(21);
    expect(previewPlan(settings(), 1024).steps).toBe(5);
    expect(previewPlan(settings({ frames: 3 }), 1024).steps).toBe(3);
  });

  it('is no larger than the figure, and small where that is wide', () => {
    expect(previewPlan(settings({ size: 40 }), 64).size).toBe(40);
    expect(previewPlan(settings({ size: 1024 }), 64).size).toBe(192);
    expect(previewPlan(settings({ seeds: Array.from({ length: 12 }, (_, i) => i) }), 64).size).toBe(60);
    expect(previewPlan(settings({ kind: 'strip', format: 'png', columns: 101 }), 64).size).toBe(32);
  });

  it('shows for each frame of the file the nearest of its own', () => {
    expect(Array.from({ length: 9 }, (_, i) => previewFrame(i, 9, 3))).toEqual([0, 0, 1, 1, 1, 1, 2, 2, 2]);
    expect(Array.from({ length: 4 }, (_, i) => previewFrame(i, 4, 4))).toEqual([0, 1, 2, 3]);
    expect(previewFrame(0, 1, 1)).toBe(0);
  });
});

describe('the words for a file', () => {
  it('say how many frames, how long, how wide and how large', () => {
    expect(summaryOf(settings({ frames: 11 }), { width: 400, height: 200 })).toBe('20 frames, 2.0 s, 400 \u00d7 200 px, about 960 kB');
    expect(summaryOf(settings({ kind: 'grid', format: 'png' }), { width: 1000, height: 1000 })).toBe('1000 \u00d7 1000 px, about 1.1 MB');
  });

  it.each([[0, '1 kB'], [900_400, '900 kB'], [1_240_000, '1.2 MB'], [15_600_000, '16 MB']])('of %i bytes', (bytes, text) => {
    expect(bytesText(bytes)).toBe(text);
  });

  it('count a video by its bits a second', () => {
    const size = { width: 1000, height: 600 };
    expect(estimatedBytes(settings({ format: 'mp4', frames: 10, pingPong: false, repeats: 2, frameRate: 10 }), size)).toBe(bitrateOf(size, 10) / 4);
    expect(bitrateOf({ width: 10, height: 10 }, 10)).toBe(400_000);
  });

  it('name it after its directions', () => {
    expect(fileNameFor(settings())).toBe('eyes-1+Maß-2.gif');
    expect(fileNameFor(settings({ kind: 'grid', format: 'webp', directions: second }))).toBe('Maß-2-grid.webp');
    expect(exportChecks.place({ format: 'mp4', fileName: fileNameFor(settings({ format: 'mp4' })) }).fileName).toBe('eyes-1+Maß-2.mp4');
  });
});

describe('the size of a video', () => {
  it('is even, and never smaller than the frames', () => {
    expect([evenSize({ width: 97, height: 100 }), evenSize({ width: 96, height: 101 })]).toEqual([{ width: 98, height: 100 }, { width: 96, height: 102 }]);
  });
});

describe('frames that arrive one by one', () => {
  it('reach who waits for them, now or later, as often as they are needed', async () => {
    const arrivals = new FrameArrivals();
    const waiting = arrivals.get(1);
    arrivals.put(0, frameOf('a'));
    arrivals.put(1, frameOf('b'));
    expect(await waiting).toEqual(frameOf('b'));
    expect([await arrivals.get(0), await arrivals.get(0)]).toEqual([frameOf('a'), frameOf('a')]);
  });

  it('fail for who waits when no more will come', async () => {
    const arrivals = new FrameArrivals();
    const waiting = arrivals.get(0);
    arrivals.fail(new Error('gone'));
    await expect(waiting).rejects.toThrow('gone');
    await expect(arrivals.get(1)).rejects.toThrow('gone');
  });
});

describe('after a reload', () => {
  const left = (chosen: object): unknown => JSON.parse(JSON.stringify({ settings: chosen }));

  it('all is as it was chosen', () => {
    for (const chosen of [settings(), settings({ kind: 'grid', format: 'webp', bothSigns: true, size: 96, directions: second }), settings({ format: 'webm', frames: 3, frameRate: 12.5, pingPong: false, loop: 2, repeats: 9, seeds: [0, 2 ** 32 - 1], psi: -0.5, label: 0 })]) {
      expect(restoredSettings(left(chosen), start)).toEqual(chosen);
    }
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['no settings', {}],
    ['a format of another kind', left(settings({ kind: 'grid', format: 'gif' }))],
    ['no samples', left(settings({ seeds: [] }))],
    ['fewer directions', left(settings({ directions: second.slice(1) }))],
    ['other directions', left(settings({ directions: [...second].reverse() }))],
    ['a class that is not there', left(settings({ label: 1 }))],
    ['too many frames', left(settings({ frames: 102 }))],
  ])('it begins anew where the page left %s', (_what, state) => {
    expect(restoredSettings(state, start)).toEqual(startSettings(start));
  });
});
