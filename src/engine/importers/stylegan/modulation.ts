import type { GraphBuilder, Value } from '../../onnx/graphBuilder';
import type { Weight } from '../namedNetwork';

/** A convolution whose weight is modulated by a style and demodulated. */
export interface DemodulatedLayer {
  readonly name: string;
  /** [out, in, kernel, kernel] */
  readonly weight: Weight;
  /** Multiplies the result. */
  readonly gain: number;
}

/**
 * gain / sqrt(sum over input channels and taps of (style weight)^2 + 1e-8), [N, out], for a style [N, in] (Karras et
 * al. 2020, section 2.2).
 */
export function demodulation(g: GraphBuilder, layer: DemodulatedLayer, style: Value): Value {
  const energy = g.weight(`${layer.name}.energy`, ...weightEnergy(layer.weight));
  const inverse = g.reciprocal(g.sqrt(g.add(g.matmul(g.square(style), energy), 1e-8)));
  return layer.gain === 1 ? inverse : g.mul(inverse, layer.gain);
}

/** Sum of the squared taps of each pair of channels, as [in, out]. */
function weightEnergy({ data, dims }: Weight): [Float32Array, number[]] {
  const [outputs, inputs] = dims as [number, number];
  const taps = data.length / (outputs * inputs);
  const energy = new Float32Array(inputs * outputs);
  for (let o = 0; o < outputs; o++) {
    for (let i = 0; i < inputs; i++) {
      let sum = 0;
      for (let t = 0; t < taps; t++) sum += data[(o * inputs + i) * taps + t]! ** 2;
      energy[i * outputs + o] = sum;
    }
  }
  return [energy, [inputs, outputs]];
}
