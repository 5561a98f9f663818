import { describe, expect, it } from 'vitest';
import { convolutionWindow, emitFiltered } from '../../src/engine/importers/stylegan3/filteredLeakyRelu';
import { polyphase } from '../../src/engine/importers/stylegan3/resampling';
import type { Resampling } from '../../src/engine/importers/stylegan3/resampling';
import { GraphBuilder } from '../../src/engine/onnx/graphBuilder';
import { Session } from '../../src/engine/runtime/session';
import { differenceOf } from '../support/differences';
import { Gaussian } from '../support/gaussian';
import { every, filtered, outerSquare, padded, stuffed } from '../support/stylegan3Reference';
import type { Maps } from '../support/stylegan3Reference';

const channels = 3;

interface Case {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly kernel: number;
  readonly up: number;
  readonly down: number;
  readonly upTaps: number;
  readonly downTaps: number;
  readonly radial?: boolean;
}

/** A filter that is neither symmetric nor normalised shows where a tap is at the wrong place. */
function resamplingOf({ upTaps, downTaps, radial, ...sizes }: Case): Resampling {
  const down = new Gaussian(2).tensor(radial ? [downTaps, downTaps] : [downTaps]);
  return { ...sizes, upFilter: new Gaussian(1).tensor([upTaps]).data, downFilter: down };
}

/** Up-sampling, a leaky ReLU and down-sampling as NVlabs defines them, of what the whole convolution makes. */
function expectedOf({ inputSize, outputSize, kernel, up, down, upFilter, downFilter }: Resampling, x: Float32Array): Float64Array {
  const whole: Maps = { data: Float64Array.from(x), channels, size: inputSize + kernel - 1 };
  const downTaps = downFilter.dims.length === 2 ? { data: Float64Array.from(downFilter.data), size: downFilter.dims[0]! } : outerSquare(downFilter.data);
  const length = (outputSize - 1) * down + downTaps.size + upFilter.length - 1;
  const before = Math.floor((length - whole.size * up + up) / 2);
  const upSampled = filtered(padded(stuffed(whole, up), before, length), outerSquare(upFilter.map((tap) => tap * up)));
  const active = { ...upSampled, data: upSampled.data.map((value) => (value < 0 ? 0.2 * value : value)) };
  return every(filtered(active, downTaps), down, outputSize).data;
}

/** The part of what the whole convolution makes that the layer's convolution is left with. */
function windowOf(resampling: Resampling, x: Float32Array): { data: Float32Array; size: number } {
  const { start, end } = polyphase(resampling);
  const whole = { data: Float64Array.from(x), channels, size: resampling.inputSize + resampling.kernel - 1 };
  return { data: Float32Array.from(padded(whole, -start, end - start).data), size: end - start };
}

async function actualOf(resampling: Resampling, x: Float32Array): Promise<Float32Array> {
  const { data, size } = windowOf(resampling, x);
  const g = new GraphBuilder();
  const activation = (phase: string) => g.node('LeakyRelu', [phase], { alpha: { float: 0.2 } });
  const y = emitFiltered(g, { name: 'layer', channels, resampling }, g.input('x', ['N', channels, size, size]), activation);
  g.output('y', y, ['N', channels, resampling.outputSize, resampling.outputSize]);
  const session = await Session.create(g.build('test'), 'test');
  const { y: result } = await session.run({ x: { data, dims: [1, channels, size, size] } });
  await session.release();
  expect(result!.dims).toEqual([1, channels, resampling.outputSize, resampling.outputSize]);
  return result!.data;
}

const ordinary: Case = { inputSize: 10, outputSize: 10, kernel: 3, up: 2, down: 2, upTaps: 12, downTaps: 12 };

describe('a filtered leaky ReLU', () => {
  it.each([
    ['of the same rate', {}],
    ['of the same rate, 1x1 kernel', { kernel: 1 }],
    ['of twice the rate', { up: 4, upTaps: 24, outputSize: 16 }],
    ['of twice the rate, odd size', { up: 4, upTaps: 24, outputSize: 17 }],
    ['of four times the rate', { up: 8, upTaps: 24, outputSize: 33 }],
    ['of half the rate', { down: 4, downTaps: 24, outputSize: 6 }],
    ['that drops a margin', { inputSize: 20, outputSize: 7 }],
    ['that drops a margin on twice the rate', { inputSize: 20, outputSize: 11, up: 4, upTaps: 8, downTaps: 8 }],
    ['that adds a margin', { outputSize: 19 }],
    ['that makes one pixel', { outputSize: 1 }],
    ['of one pixel', { inputSize: 1, kernel: 1, outputSize: 5 }],
    ['radial', { radial: true }],
    ['radial, of twice the rate, odd size', { radial: true, up: 4, upTaps: 24, outputSize: 15 }],
    ['with odd filters', { upTaps: 7, downTaps: 5 }],
    ['without up-sampling', { up: 1, upTaps: 1, down: 2 }],
    ['without down-sampling', { down: 1, downTaps: 1, outputSize: 21 }],
    ['without either, that drops a margin', { up: 1, down: 1, upTaps: 1, downTaps: 1, outputSize: 8 }],
    ['without either, but with filters', { up: 1, down: 1, upTaps: 5, downTaps: 4 }],
    ['that up-samples by 3 and down-samples by 2', { up: 3, upTaps: 9, outputSize: 14 }],
  ] as [string, Partial<Case>][])('is what its definition says (%s)', async (_, changes) => {
    const resampling = resamplingOf({ ...ordinary, ...changes });
    const x = new Gaussian(3).tensor([channels, resampling.inputSize + resampling.kernel - 1, resampling.inputSize + resampling.kernel - 1]).data;
    expect(differenceOf(await actualOf(resampling, x), expectedOf(resampling, x)).relative).toBeLessThan(2e-6);
  });

  it('is its activation alone where nothing is filtered', () => {
    const resampling = resamplingOf({ ...ordinary, kernel: 1, up: 1, down: 1, upTaps: 1, downTaps: 1 });
    const plain = { ...resampling, upFilter: Float32Array.of(1), downFilter: { data: Float32Array.of(1), dims: [1] } };
    const g = new GraphBuilder();
    emitFiltered(g, { name: 'layer', channels, resampling: plain }, g.input('x', ['N', channels, 10, 10]), (phase) => g.node('LeakyRelu', [phase]));
    expect(g.nodes.map(({ opType }) => opType)).toEqual(['LeakyRelu']);
    expect(convolutionWindow(plain)).toEqual({ start: 0, end: 10, pads: [0, 0] });
  });
});

describe('the window of a convolution', () => {
  it('is all of its input, padded by all but one of its taps, where nothing is dropped', () => {
    expect(convolutionWindow(resamplingOf(ordinary))).toEqual({ start: 0, end: 10, pads: [2, 2] });
  });

  it('leaves out what the margin dropped does not need', () => {
    // 7 pixels are 13 samples of the activation, 24 with the filter behind it, 35 with the one before it: at most 18 samples of
    // what is convolved, which are made of 20 pixels.
    const { start, end, pads } = convolutionWindow(resamplingOf({ ...ordinary, inputSize: 40, outputSize: 7 }));
    expect(pads).toEqual([0, 0]);
    expect(end - start).toBeGreaterThan(17);
    expect(end - start).toBeLessThanOrEqual(20);
    expect(Math.abs(start - (40 - end))).toBeLessThanOrEqual(1);
  });
});
