import { basename, extname } from 'node:path';
import { UserError } from '../../shared/userError';
import { sha256Of } from '../files';
import type { ModelProto, ValueInfoProto } from '../onnx/gen/onnx_pb';
import { declaredDims, fedInputs, graphOf } from '../onnx/graphs';
import type { Shapes } from '../onnx/graphs';
import { DataType } from '../onnx/tensors';
import { probeShapes } from '../runtime/probe';
import { sizeOf } from '../tensor';
import { defaultEditLayers } from './description';
import type { GeneratorDescription } from './description';

/** How a synthesis network takes its latent code and gives its image. */
export interface BareInput {
  readonly input: string;
  readonly output: string;
  /** The latent's shape for one sample: [1, L, d], [1, d] or [1, d, 1, 1]. */
  readonly dims: readonly number[];
  /** Whether the file was exported for one sample at a time. */
  readonly fixedBatch: boolean;
}

export interface BareModel {
  readonly description: GeneratorDescription;
  readonly latent: BareInput;
  readonly shapes: Shapes;
}

/** No generator takes more; a file that says so is broken. */
const largestLatent = 2 ** 22;

/**
 * What can be told of a generator that is an ONNX file and nothing else: one latent input ([N, d], [N, d, 1, 1]
 * or [N, L, d]) and one image output [N, C, H, W].
 *
 * @throws UserError when the file has other inputs, takes several samples at a time and no other number of them, is not
 *   float32 at both ends, or gives no square image of 1 or 3 channels.
 */
export async function describeBareModel(model: ModelProto, bytes: Uint8Array, path: string): Promise<BareModel> {
  const { input, dims, fixedBatch } = latentInput(model, path);
  const zeros = { data: new Float32Array(sizeOf(dims)), dims };
  const shapes = await probeShapes(model, { [input]: zeros }, path);
  const output = imageOutput(model, shapes);
  const image = output && shapes.get(output.name);
  if (!output || !image) throw new UserError(`${path} gives no image: expected an output of the shape [N, 3, H, W] with H = W`);
  requireFloat32(output, path, 'gives');
  const [, channels, resolution] = image as [number, number, number, number];
  const layerCount = dims.length === 3 ? dims[1]! : 1;
  const wDim = dims.length === 3 ? dims[2]! : dims[1]!;
  return {
    latent: { input, output: output.name, dims, fixedBatch },
    shapes,
    description: {
      format: 'resefa-generator',
      version: 1,
      name: basename(path, extname(path)),
      architecture: 'onnx',
      resolution,
      channels,
      z_dim: wDim,
      c_dim: 0,
      w_dim: wDim,
      value_range: [-1, 1],
      sha256: { synthesis: sha256Of(bytes) },
      layers: Array.from({ length: layerCount }, (_, index) => ({ index, name: layerCount === 1 ? input : `${input}.${index}`, resolution })),
      edit_layers: defaultEditLayers(layerCount),
    },
  };
}

function latentInput(model: ModelProto, path: string): Pick<BareInput, 'input' | 'dims' | 'fixedBatch'> {
  const inputs = fedInputs(graphOf(model));
  const described = inputs.map((info) => `${info.name} [${declaredDims(info)?.join(', ') ?? '?'}]`).join(', ');
  const only = inputs[0];
  const declared = only && declaredDims(only);
  if (inputs.length !== 1 || !only || !declared) {
    throw new UserError(`${path} takes ${described || 'nothing'}; expected one latent input of the shape [N, d], [N, d, 1, 1] or [N, L, d]`);
  }
  const [batch, ...rest] = declared;
  const sizes = rest.filter((dim): dim is number => typeof dim === 'number' && dim > 0);
  const flat = sizes.length === 1 || sizes.length === 2 || (sizes.length === 3 && sizes[1] === 1 && sizes[2] === 1);
  const known = sizes.length === rest.length && flat;
  if (!known) throw new UserError(`${path} takes ${described}; expected one latent input of the shape [N, d], [N, d, 1, 1] or [N, L, d]`);
  requireFloat32(only, path, 'takes');
  if (sizeOf(sizes) > largestLatent) throw new UserError(`${path} takes ${described}; expected a latent code of at most ${largestLatent} numbers`);
  // Some exporters write -1 for a size that is free.
  const fixedBatch = typeof batch === 'number' && batch > 0;
  if (fixedBatch && batch > 1) throw new UserError(`${path} takes ${described}, ${batch} samples at a time; expected a batch of any size, or of 1: export it again with a dynamic batch axis`);
  return { input: only.name, dims: [1, ...sizes], fixedBatch };
}

function requireFloat32({ name, type }: ValueInfoProto, path: string, verb: 'takes' | 'gives'): void {
  const elementType = type?.value.case === 'tensorType' ? (type.value.value.elemType as DataType) : DataType.UNDEFINED;
  if (elementType === DataType.FLOAT) return;
  throw new UserError(`${path} ${verb} ${name} as ${(DataType[elementType] ?? 'an unknown type').toLowerCase()}; expected float32: export it again in single precision`);
}

/** The output called image, or else the largest one that is a picture: others may be previews. */
function imageOutput(model: ModelProto, shapes: Shapes): ValueInfoProto | undefined {
  const images = graphOf(model).output.filter(({ name }) => isImage(shapes.get(name)));
  const side = ({ name }: ValueInfoProto) => shapes.get(name)![2]!;
  return images.find(({ name }) => name === 'image') ?? images.sort((a, b) => side(b) - side(a))[0];
}

function isImage(dims: readonly number[] | undefined): boolean {
  return dims?.length === 4 && (dims[1] === 1 || dims[1] === 3) && dims[2] === dims[3] && dims[2]! > 1;
}
