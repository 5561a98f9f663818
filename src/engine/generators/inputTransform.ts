import { UserError } from '../../shared/userError';
import type { ModelProto } from '../onnx/gen/onnx_pb';
import { graphOf, withGraph } from '../onnx/graphs';
import { dimsOf, floatTensor } from '../onnx/tensors';
import { sameDims } from '../tensor';
import type { GeneratorDescription } from './description';

/** The weight of a synthesis network, [3, 3], that turns and moves what it makes. */
export const inputTransformName = 'transform';

/** How a picture is turned and moved while it is made, without its edges coming into view. */
export interface InputTransform {
  /** To the right and down, in picture widths. */
  readonly translate: readonly [number, number];
  /** In degrees, counterclockwise. */
  readonly rotate: number;
}

/**
 * The matrix [3, 3] that takes places on the picture that is asked for to places on the one that would be made: the
 * inverse of turning first and then moving, as NVlabs' `gen_images.py` computes it. x points to the right and y down.
 */
export function transformMatrix({ translate: [x, y], rotate }: InputTransform): Float32Array {
  const angle = (rotate * Math.PI) / 180;
  const [s, c] = [Math.sin(angle), Math.cos(angle)];
  return Float32Array.of(c, -s, s * y - c * x, s, c, -s * x - c * y, 0, 0, 1);
}

/** Whether the network has an input that can be turned and moved, as StyleGAN3's Fourier features can. */
export function hasInputTransform(model: ModelProto): boolean {
  return graphOf(model).initializer.some((tensor) => tensor.name === inputTransformName && sameDims(dimsOf(tensor), [3, 3]));
}

/**
 * A copy of the synthesis network of `description` with another transform than it was imported with. Weights are
 * shared, not copied.
 *
 * @throws UserError when it has none.
 */
export function withInputTransform(model: ModelProto, transform: InputTransform, description: Pick<GeneratorDescription, 'name' | 'architecture'>): ModelProto {
  if (!hasInputTransform(model)) {
    throw new UserError(`the generator ${description.name} (${description.architecture}) has no input that can be moved or turned; leave --translate and --rotate out, or take a StyleGAN3 generator`);
  }
  const replaced = floatTensor(inputTransformName, transformMatrix(transform), [3, 3]);
  return withGraph(model, { initializer: graphOf(model).initializer.map((tensor) => (tensor.name === inputTransformName ? replaced : tensor)) });
}
