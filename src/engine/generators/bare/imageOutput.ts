import { create } from '@bufbuild/protobuf';
import { UserError } from '../../../shared/userError';
import { NodeProtoSchema } from '../../onnx/gen/onnx_pb';
import type { GraphProto, ModelProto, NodeProto } from '../../onnx/gen/onnx_pb';
import { GraphBuilder, attribute, valueInfo } from '../../onnx/graphBuilder';
import { batchSize, constantTensor, graphOf, opsetOf, producerOf, valueNames, valuesRead, withGraph } from '../../onnx/graphs';
import type { Shapes } from '../../onnx/graphs';
import { NodeView } from '../../onnx/nodeView';
import { DataType } from '../../onnx/tensors';
import type { BareSettings, ImageLayout } from './bareSettings';

/** The output that is the image, and how its numbers are arranged. */
export interface ImageOutput {
  readonly output: string;
  readonly layout: ImageLayout;
  readonly channels: number;
  /** Pixels along one side. */
  readonly resolution: number;
}

/** A network whose image output is [N, C, H, W]. */
export interface ArrangedModel {
  readonly model: ModelProto;
  readonly output: string;
  /** The shapes, for one sample, of the values that are new. */
  readonly shapes: readonly (readonly [value: string, dims: readonly number[]])[];
  /** Whether a rounding to whole numbers was taken out, which would have hidden every small change. */
  readonly unrounded: boolean;
}

/** The axes of channel, height and width in an image of one sample; the others have the length 1. */
const axesOf: Readonly<Record<ImageLayout, readonly [channel: number | undefined, height: number, width: number]>> = {
  NCHW: [1, 2, 3],
  NHWC: [3, 1, 2],
  NHW: [undefined, 1, 2],
  CHW: [0, 1, 2],
  HWC: [2, 0, 1],
};

/**
 * Finds the image: the output that the settings name, the one that is called image, or else, of those that are pictures, the one
 * with colours, then the one that says so by its four axes, then the largest: others may be masks, attention maps or previews.
 *
 * @param shapes the shape of each value for one sample
 * @throws UserError when there is none.
 */
export function findImage(model: ModelProto, shapes: Shapes, path: string, settings: BareSettings | undefined): ImageOutput {
  const given = graphOf(model).output.map(({ name }) => ({ name, dims: shapes.get(name) ?? [] }));
  const described = given.map(({ name, dims }) => `${name} [${dims.join(', ')}]`).join(', ');
  const wanted = settings?.image?.output;
  if (wanted !== undefined && !given.some(({ name }) => name === wanted)) throw new UserError(`${settings!.where}: "image.output" is ${JSON.stringify(wanted)}, but ${path} gives ${described}`);
  const pictures = given.filter(({ name }) => wanted === undefined || name === wanted).flatMap(({ name, dims }) => pictureOf(name, dims, settings?.image?.layout));
  const likeliest = [...pictures].sort((a, b) => b.channels - a.channels || b.layout.length - a.layout.length || b.resolution - a.resolution)[0];
  const found = pictures.find(({ output }) => output === 'image') ?? likeliest;
  if (found) return found;
  const alpha = given.some(({ dims }) => dims.length === 4 && (dims[1] === 4 || dims[3] === 4)) ? ', without an alpha channel' : '';
  throw new UserError(`${path} gives no image: expected an output of the shape [N, 3, H, W] with H = W, or [N, H, W, 3], of 1 or 3 channels${alpha}; it gives ${described}`);
}

function pictureOf(output: string, dims: readonly number[], wanted: ImageLayout | undefined): ImageOutput[] {
  const layouts = wanted === undefined ? (Object.keys(axesOf) as ImageLayout[]) : [wanted];
  const found = layouts.flatMap((layout) => {
    const axes = axesOf[layout];
    const rank = layout.length;
    const [channels, height, width] = axes.map((axis) => (axis === undefined ? 1 : dims[axis])) as [number, number, number];
    const oneSample = !layout.startsWith('N') || dims[0] === 1;
    const isPicture = dims.length === rank && oneSample && (channels === 1 || channels === 3) && height === width && height > 1;
    return isPicture ? [{ output, layout, channels, resolution: height }] : [];
  });
  return found.slice(0, 1);
}

/**
 * Rearranges the image output to [N, C, H, W] float32 numbers. Pictures that are rounded to bytes at the end of the network lose
 * the rounding; clamps stay.
 */
export function arrangeImage(model: ModelProto, image: ImageOutput): ArrangedModel {
  const { model: smooth, unrounded } = withoutRounding(model, image.output);
  const graph = graphOf(smooth);
  const g = new GraphBuilder(valueNames(graph), opsetOf(smooth));
  const shapes = arrange(g, image);
  const arranged = shapes.at(-1)![0];
  const dims = [batchSize, image.channels, image.resolution, image.resolution];
  return {
    unrounded,
    output: arranged,
    shapes,
    model: withGraph(smooth, {
      node: [...graph.node, ...g.nodes],
      initializer: [...graph.initializer, ...g.initializers],
      output: graph.output.map((info) => (info.name === image.output ? valueInfo(arranged, dims) : info)),
      // What the file says of the types of its values is no longer so.
      ...(unrounded ? { valueInfo: [] } : {}),
    }),
  };
}

/** Emits the rearranging of an image. Returns the values of it, the image last, with their shapes for one sample. */
function arrange(g: GraphBuilder, { output, layout, channels, resolution }: ImageOutput): [value: string, dims: readonly number[]][] {
  const dims = [1, channels, resolution, resolution];
  if (layout === 'NCHW') return [[output, dims]];
  const name = g.freshName(`${output}_nchw`);
  if (layout === 'NHWC') {
    g.emit('Transpose', [output], { perm: [0, 3, 1, 2] }, [name]);
    return [[name, dims]];
  }
  const planes = layout === 'HWC' ? g.transpose(output, [2, 0, 1]) : output;
  g.emit('Reshape', [planes, g.ints([layout === 'NHW' ? -1 : 1, ...dims.slice(1)])], {}, [name]);
  return [...(planes === output ? [] : [[planes, dims.slice(1)] as [string, number[]]]), [name, dims]];
}

const movingOperators = new Set(['Transpose', 'Reshape', 'Squeeze', 'Unsqueeze', 'Flatten', 'Identity']);
const scalingOperators = new Set(['Add', 'Sub', 'Mul', 'Div', 'Clip']);
const integerTypes: readonly DataType[] = [DataType.UINT8, DataType.INT8, DataType.UINT16, DataType.INT16, DataType.INT32, DataType.INT64];

/**
 * Lets a picture that ends in a rounding or a cast to whole numbers, perhaps scaled and cut off before or after, stay as smooth
 * as it was.
 */
function withoutRounding(model: ModelProto, output: string): { model: ModelProto; unrounded: boolean } {
  const graph = graphOf(model);
  const replaced = new Map<NodeProto, NodeProto>();
  for (let node = onlyProducer(graph, output); node; node = onlyProducer(graph, pictureInput(graph, node))) {
    const isCast = node.opType === 'Cast' && integerTypes.includes(new NodeView(node).int('to', 0));
    if (isCast) replaced.set(node, create(NodeProtoSchema, { ...node, attribute: [attribute('to', DataType.FLOAT)] }));
    else if (['Round', 'Floor', 'Ceil'].includes(node.opType)) replaced.set(node, create(NodeProtoSchema, { ...node, opType: 'Identity', attribute: [] }));
    else if (!keepsSmooth(graph, node)) break;
  }
  if (replaced.size === 0) return { model, unrounded: false };
  return { model: withGraph(model, { node: graph.node.map((node) => replaced.get(node) ?? node) }), unrounded: true };
}

/** Whether a node moves, scales, shifts or cuts off numbers, with constants that are floats: as it does once nothing is rounded. */
function keepsSmooth(graph: GraphProto, node: NodeProto): boolean {
  if (movingOperators.has(node.opType)) return true;
  if (node.opType === 'Cast') return new NodeView(node).int('to', 0) === Number(DataType.FLOAT);
  const picture = pictureInput(graph, node);
  return scalingOperators.has(node.opType) && node.input.every((name) => name === picture || name === '' || isFloatConstant(graph, name));
}

/** The input of a node that the picture comes by: the first one, or the one that is no constant. */
function pictureInput(graph: GraphProto, { opType, input: [first = '', second = ''] }: NodeProto): string {
  return ['Add', 'Mul'].includes(opType) && isFloatConstant(graph, first) ? second : first;
}

function isFloatConstant(graph: GraphProto, name: string): boolean {
  const tensor = constantTensor(graph, name);
  return tensor ? (tensor.dataType as DataType) === DataType.FLOAT : (producerOf(graph, name, 'Constant')?.attribute.some((attribute) => attribute.name === 'value_float') ?? false);
}

/** The node that a value comes from, where nothing else reads the value. */
function onlyProducer(graph: GraphProto, value: string): NodeProto | undefined {
  const readers = graph.node.filter((node) => valuesRead(node).includes(value)).length + graph.output.filter(({ name }) => name === value).length;
  return readers === 1 ? producerOf(graph, value) : undefined;
}
