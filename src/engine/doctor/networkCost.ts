import { graphOf, pruneTo } from '../onnx/graphs';
import type { Shapes } from '../onnx/graphs';
import type { ModelProto, NodeProto } from '../onnx/gen/onnx_pb';
import { dimsOf } from '../onnx/tensors';
import { sizeOf } from '../tensor';

/** A number that is read, changed a little and written takes as long as so many multiply-accumulates: as measured on StyleGAN2. */
const perNumber = 30;

/**
 * How much work an output of a network is for one sample, in multiply-accumulates: to be compared with other outputs of it.
 *
 * @param shapes the shape of each value for one sample
 */
export function costOfOutput(model: ModelProto, output: string, shapes: Shapes): number {
  const { node, initializer } = graphOf(pruneTo(model, graphOf(model).output.filter(({ name }) => name === output)));
  const weights = new Map(initializer.map((tensor) => [tensor.name, dimsOf(tensor)]));
  const dims = (name: string | undefined) => shapes.get(name ?? '') ?? weights.get(name ?? '') ?? [];
  return node.reduce((total, each) => total + productsOf(each, dims) + perNumber * sizeOf(dims(each.output[0])), 0);
}

function productsOf({ opType, input: [x, w], output: [y] }: NodeProto, dims: (name: string | undefined) => readonly number[]): number {
  const weight = dims(w);
  switch (opType) {
    case 'Conv':
      return sizeOf(dims(y)) * sizeOf(weight.slice(1));
    case 'ConvTranspose':
      return sizeOf(dims(x)) * sizeOf(weight.slice(1));
    case 'MatMul':
    case 'Gemm':
      // Each of the results is a sum over the side that the factors share.
      return Math.sqrt(sizeOf(dims(x)) * sizeOf(weight) * sizeOf(dims(y)));
    default:
      return 0;
  }
}
