import type { GraphBuilder, Value } from '../../onnx/graphBuilder';
import type { NamedNetwork, Weight } from '../namedNetwork';

/** Slope of the leaky ReLU of every StyleGAN layer. */
const leakySlope = 0.2;

export const activations = ['lrelu', 'relu', 'linear'] as const;

/** What follows a layer's bias. All of them commute with a positive gain. */
export type Activation = (typeof activations)[number];

/** A fully connected layer with its equalised learning rate multiplied out: y = gain act(x W^T + b), the
 * gain being the activation's. */
export interface DenseLayer {
  /** [out, in] */
  readonly weight: Weight;
  readonly bias: Float32Array;
  readonly activation: Activation;
}

/** The sizes that the layer must have; a name stands for a size that is free. */
export interface DenseSizes {
  readonly inputs: number | string;
  readonly outputs: number | string;
  readonly activation?: Activation;
  readonly learningRate?: number;
}

/**
 * Reads a fully connected layer, its equalised learning rate multiplied out.
 *
 * @throws UserError that names the tensor that is missing or does not fit.
 */
export function readDense(layer: NamedNetwork, { inputs, outputs, activation = 'linear', learningRate = 1 }: DenseSizes): DenseLayer {
  const weight = layer.weight('weight', [outputs, inputs]);
  const biasGain = layer.number('bias_gain') ?? learningRate;
  const weightGain = layer.number('weight_gain') ?? biasGain / Math.sqrt(weight.dims[1]!);
  return {
    weight: scaled(weight, weightGain),
    bias: layer.weight('bias', [weight.dims[0]!]).data.map((value) => value * biasGain),
    activation: layer.choice('activation', activations) ?? activation,
  };
}

/** The gain that keeps the variance of each activation (NVlabs' `bias_act`). */
export function activationGain(activation: Activation): number {
  return activation === 'linear' ? 1 : Math.SQRT2;
}

/** `weight` times `gain`, as a copy. */
export function scaled(weight: Weight, gain: number): Weight {
  return { data: weight.data.map((value) => value * gain), dims: weight.dims };
}

/** A dense layer on [N, in]: its activation, and the gain that goes with it, included. */
export function emitDense(g: GraphBuilder, layer: DenseLayer, x: Value, name: string): Value {
  const gain = activationGain(layer.activation);
  const weight = g.weight(`${name}.weight`, gained(layer.weight.data, gain), layer.weight.dims);
  const bias = g.weight(`${name}.bias`, gained(layer.bias, gain), [layer.bias.length]);
  return activated(g, layer.activation, g.node('Gemm', [x, weight, bias], { transB: 1 }));
}

/** The activation without its gain. */
export function activated(g: GraphBuilder, activation: Activation, x: Value): Value {
  if (activation === 'linear') return x;
  return activation === 'relu' ? g.node('Relu', [x]) : g.node('LeakyRelu', [x], { alpha: { float: leakySlope } });
}

/** x within -clamp..clamp. */
export function clamped(g: GraphBuilder, x: Value, clamp: number | undefined): Value {
  return clamp === undefined ? x : g.node('Clip', [x, -clamp, clamp]);
}

/** `data` times `gain`, or itself where the gain is 1. */
export function gained(data: Float32Array, gain: number): Float32Array {
  return gain === 1 ? data : data.map((value) => value * gain);
}
