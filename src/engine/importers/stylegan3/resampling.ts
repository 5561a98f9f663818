import type { Weight } from '../namedNetwork';

/**
 * What happens to one axis of a picture around a layer's activation: a convolution with a kernel that is padded on
 * both sides by all but one of its taps, up-sampling, the activation, and down-sampling to the layer's size.
 */
export interface Resampling {
  /** Pixels along one side before the convolution. */
  readonly inputSize: number;
  /** Pixels along one side after all of it. */
  readonly outputSize: number;
  /** Taps of the convolution along one axis. */
  readonly kernel: number;
  readonly up: number;
  readonly down: number;
  /** [taps], for both axes. */
  readonly upFilter: Float32Array;
  /** [taps], for both axes, or [taps, taps]. */
  readonly downFilter: Weight;
}

/**
 * Some taps of a filter: sample i of what comes out is the sum over t of tap t times sample (i stride + first + t) of
 * what goes in. `taps` are places in the whole filter, in the order of t.
 */
export interface Band {
  readonly first: number;
  readonly taps: readonly number[];
}

/**
 * Up-sampling, activation and down-sampling without samples between which zeros stand. The up-sampled signal is kept
 * as `phases` signals, phase p holding its samples p, p + phases, ..; each is a convolution of what goes in, and each
 * sample that comes out is a sum of convolutions of them (Crochiere and Rabiner, Multirate Digital Signal Processing,
 * section 3.3).
 */
export interface Polyphase {
  readonly phases: number;
  /** The length of each phase. */
  readonly phaseLength: number;
  /** From what goes in to phase p: `up[p]`, with this stride. */
  readonly upStride: number;
  readonly up: readonly Band[];
  /** Sample n of what comes out belongs to part n mod `parts`, whose length is `partLength`. */
  readonly parts: number;
  readonly partLength: number;
  /** From phase p to part s: `down[p][s]`, with stride 1. */
  readonly down: readonly (readonly Band[])[];
  /** What goes in is needed from sample `start` to `end - 1` only; `up` counts from `start`. */
  readonly start: number;
  readonly end: number;
}

/** The phases of a resampling along one axis, after the convolution, which leaves inputSize + kernel - 1 samples. */
export function polyphase({ inputSize, outputSize, kernel, up, down, upFilter, downFilter }: Resampling): Polyphase {
  const convolved = inputSize + kernel - 1;
  const upTaps = upFilter.length;
  const downTaps = downFilter.dims[0]!;
  const phases = leastCommonMultiple(up, down);
  const length = (outputSize - 1) * down + downTaps;
  // The samples that are up-sampled are centred on the image (appendix C.3): NVlabs' `pad_lo`.
  const before = Math.floor((length + upTaps - 1 - convolved * up + up) / 2);
  const upStride = phases / up;
  const phaseLength = Math.ceil(length / phases);
  const parts = phases / down;
  const upBands = range(phases).map((p) => band(upTaps, p - before + upTaps - 1, up));
  const start = Math.min(Math.max(0, Math.min(...upBands.map(({ first }) => first))), convolved - 1);
  const last = Math.max(...upBands.map(({ first, taps }) => (phaseLength - 1) * upStride + first + taps.length - 1));
  return {
    phases,
    phaseLength,
    upStride,
    up: upBands.map(({ first, taps }) => ({ first: first - start, taps })),
    parts,
    partLength: Math.ceil(outputSize / parts),
    down: range(phases).map((p) => range(parts).map((s) => band(downTaps, downTaps - 1 - p + down * s, phases))),
    start,
    end: Math.min(Math.max(last + 1, start + 1), convolved),
  };
}

/** Every `step`-th tap of a filter: those at `position` - step t, for every t for which there is one. */
function band(length: number, position: number, step: number): Band {
  const first = Math.ceil((position - length + 1) / step);
  const count = Math.floor(position / step) - first + 1;
  return { first, taps: range(count).map((i) => position - step * (first + i)) };
}

function leastCommonMultiple(a: number, b: number): number {
  let multiple = a;
  while (multiple % b !== 0) multiple += a;
  return multiple;
}

function range(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}
