import { describe, expect, it } from 'vitest';
import { exportChecks } from '../../src/shared/protocol/exportProtocol';
import { userErrorOf } from '../support/userErrors';

type Json = Record<string, unknown>;

const sample = { seed: 4294967295, psi: 0.7 };
const sweep = { directions: [{ index: 0, from: -2, to: 2 }], samples: [sample], steps: 21, together: false, size: 96 };
const strip = { ...sweep, kind: 'strip', format: 'webp' };
const animation = { ...sweep, kind: 'animation', format: 'gif', frameRate: 12.5, pingPong: true, loop: 0 };
const grid = { kind: 'grid', format: 'png', directions: [{ index: 3, alpha: -1 }], samples: [{ ...sample, label: 2 }], bothSigns: true };
const video = { place: 0, data: new Uint8Array([1, 2]) };

const valid: Readonly<Record<keyof typeof exportChecks, readonly Json[]>> = {
  start: [{}],
  size: [{ figure: strip }, { figure: animation }, { figure: grid }],
  preview: [{ figure: grid }],
  frames: [{ sweep }, { sweep: { ...sweep, steps: 1, together: true } }],
  save: [{ figure: animation, fileName: 'eyes-1+mouth-2.gif' }],
  place: [{ format: 'mp4', fileName: 'eyes-1.mp4' }, { format: 'webm', fileName: 'a.webm' }],
  saveVideo: [video],
};

/** Values that are refused, and the field that the message names. */
const broken: Readonly<Record<keyof typeof exportChecks, readonly (readonly [value: unknown, field: string])[]>> = {
  start: [[null, 'start'], [3, 'start']],
  size: [
    [{}, '"figure"'], [{ figure: { ...strip, kind: 'film' } }, '"figure.kind"'], [{ figure: { ...strip, format: 'gif' } }, '"figure.format"'], [{ figure: { ...animation, format: 'png' } }, '"figure.format"'],
    [{ figure: { ...animation, frameRate: 51 } }, '"figure.frameRate"'], [{ figure: { ...animation, frameRate: NaN } }, '"figure.frameRate"'], [{ figure: { ...animation, pingPong: 1 } }, '"figure.pingPong"'],
    [{ figure: { ...animation, loop: -1 } }, '"figure.loop"'], [{ figure: { ...strip, size: 15 } }, '"figure.size"'], [{ figure: { ...strip, size: 2049 } }, '"figure.size"'],
    [{ figure: { ...grid, bothSigns: 'yes' } }, '"figure.bothSigns"'], [{ figure: { ...grid, directions: [] } }, '"figure.directions"'], [{ figure: { ...grid, directions: [{ index: 0 }] } }, '"figure.directions[0].alpha"'],
  ],
  preview: [[{ figure: null }, '"figure"']],
  frames: [
    [{ sweep: { ...sweep, steps: undefined } }, '"sweep.steps"'], [{ sweep: { ...sweep, steps: 102 } }, '"sweep.steps"'], [{ sweep: { ...sweep, steps: 0 } }, '"sweep.steps"'], [{ sweep: { ...sweep, samples: [] } }, '"sweep.samples"'],
    [{ sweep: { ...sweep, samples: [{ seed: -1, psi: 1 }] } }, '"sweep.samples[0].seed"'], [{ sweep: { ...sweep, directions: [{ index: -1, from: 0, to: 1 }] } }, '"sweep.directions[0].index"'],
    [{ sweep: { ...sweep, directions: [{ index: 0, from: Infinity, to: 1 }] } }, '"sweep.directions[0].from"'], [{ sweep: { ...sweep, together: undefined } }, '"sweep.together"'],
  ],
  save: [[{ figure: strip, fileName: '../a.png' }, '"fileName"'], [{ figure: strip }, '"fileName"'], [{ fileName: 'a.png' }, '"figure"']],
  place: [[{ format: 'avi', fileName: 'a.avi' }, '"format"'], [{ format: 'mp4', fileName: 'a/b.mp4' }, '"fileName"']],
  saveVideo: [[{ ...video, place: -1 }, '"place"'], [{ ...video, data: new Uint8Array() }, '"data"'], [{ ...video, data: [1, 2] }, '"data"'], [{ ...video, data: new Float32Array(2) }, '"data"']],
};

describe.each(Object.keys(exportChecks) as (keyof typeof exportChecks)[])('the check of %s', (call) => {
  it('passes valid values unchanged', () => {
    for (const value of valid[call]) expect(exportChecks[call](structuredClone(value))).toEqual(value);
  });

  it('leaves out what it does not know', () => {
    for (const value of valid[call]) expect(exportChecks[call]({ ...value, path: '/etc/passwd' })).toEqual(value);
  });

  it('refuses everything else, and names the field', async () => {
    for (const [value, field] of broken[call]) expect(await userErrorOf(() => exportChecks[call](value))).toContain(field);
  });
});
