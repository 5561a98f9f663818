import type { FloatTensor } from '../../src/engine/tensor';

/** A low-pass filter as StyleGAN3 designs it. Frequencies in periods to the length of one image side. */
export interface LowpassDesign {
  readonly taps: number;
  readonly cutoff: number;
  /** Of the transition band, from one side to the other. */
  readonly width: number;
  readonly samplingRate: number;
}

/** [taps]: a sinc in a Kaiser window, of sum 1, as `scipy.signal.firwin` designs it. */
export function separableFilter(design: LowpassDesign): FloatTensor {
  const { taps, cutoff, samplingRate } = design;
  const window = kaiserWindow(design);
  const sinc = (x: number) => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));
  return unitSum(window.map((value, i) => value * sinc((2 * cutoff * (i - (taps - 1) / 2)) / samplingRate)), [taps]);
}

/** [taps, taps]: a jinc in a Kaiser window along both axes, of sum 1 (Karras et al. 2021, appendix C.2). */
export function radialFilter(design: LowpassDesign): FloatTensor {
  const { taps, cutoff, samplingRate } = design;
  const window = kaiserWindow(design);
  const place = (i: number) => (i - (taps - 1) / 2) / samplingRate;
  const values = Array.from({ length: taps ** 2 }, (_, i) => {
    const [row, column] = [Math.floor(i / taps), i % taps];
    const radius = Math.PI * Math.hypot(place(row), place(column));
    return (window[row]! * window[column]! * besselJ1(2 * cutoff * radius)) / radius;
  });
  return unitSum(values, [taps, taps]);
}

/** Kaiser's window with the shape that he found for a transition band of some width. */
function kaiserWindow({ taps, width, samplingRate }: LowpassDesign): number[] {
  const attenuation = 2.285 * (taps - 1) * Math.PI * (width / (samplingRate / 2)) + 7.95;
  const beta = kaiserBeta(attenuation);
  const middle = (taps - 1) / 2;
  return Array.from({ length: taps }, (_, i) => besselI0(beta * Math.sqrt(1 - ((i - middle) / middle) ** 2)) / besselI0(beta));
}

function kaiserBeta(attenuation: number): number {
  if (attenuation > 50) return 0.1102 * (attenuation - 8.7);
  return attenuation > 21 ? 0.5842 * (attenuation - 21) ** 0.4 + 0.07886 * (attenuation - 21) : 0;
}

/** By its power series. */
function besselI0(x: number): number {
  let [sum, term] = [1, 1];
  for (let k = 1; term > sum * 1e-17; k++) sum += term *= (x / (2 * k)) ** 2;
  return sum;
}

/** By its integral, 1/pi times that of cos(t - x sin t) from 0 to pi, in the trapezoidal rule, which is exact for periodic functions. */
function besselJ1(x: number): number {
  const steps = 256;
  let sum = 0;
  for (let i = 0; i < steps; i++) {
    const t = (2 * Math.PI * i) / steps;
    sum += Math.cos(t - x * Math.sin(t));
  }
  return sum / steps;
}

function unitSum(values: readonly number[], dims: readonly number[]): FloatTensor {
  const sum = values.reduce((total, value) => total + value, 0);
  return { data: Float32Array.from(values, (value) => value / sum), dims };
}
