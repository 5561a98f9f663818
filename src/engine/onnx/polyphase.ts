import { create } from '@bufbuild/protobuf';
import { sameDims } from '../tensor';
import { NodeProtoSchema } from './gen/onnx_pb';
import type { ModelProto, NodeProto } from './gen/onnx_pb';
import { GraphBuilder } from './graphBuilder';
import type { Value } from './graphBuilder';
import { GraphReader, isReshape } from './graphReader';
import { graphOf, isStandard, opsetOf, pruneTo, valueNames, withGraph } from './graphs';
import { interleaved } from './interleaving';
import { NodeView } from './nodeView';
import { allAre, pictureConvolution } from './pictureConvolution';
import type { PictureConvolution, Smallest } from './pictureConvolution';

/** Pixels from one to the next of those that a phase computes. */
const stride = 2;

/** With fewer channels or pixels, putting the phases together costs more than is saved. */
const least = { channels: 32, side: 32 } as const;

/** The first operator set in which Slice takes its steps as an input. */
const slicesByInput = 10;

/** A transposed convolution that can be taken apart. */
interface Upsampling extends PictureConvolution {
  /** Rows and columns of one phase. */
  readonly phase: readonly [height: number, width: number];
  /** What reads the result, where the phases have a last row and column more than it: their zeros then stand for one of its pads. */
  readonly padded: NodeProto | undefined;
}

/**
 * Rewrites transposed convolutions of stride 2 with constant taps as four convolutions, one for the pixels of even and odd rows
 * and columns each, whose results are interleaved. They take as many products, but ONNX Runtime's convolutions are faster, and
 * need no memory for all products of all taps.
 *
 * @param from the smallest convolutions that are rewritten
 */
export function withPolyphase(model: ModelProto, from: Smallest = least): ModelProto {
  const graph = graphOf(model);
  if (opsetOf(model) < slicesByInput) return model;
  const reader = new GraphReader(graph);
  const g = new GraphBuilder(valueNames(graph), opsetOf(model));
  const replaced = new Map<NodeProto, NodeProto>();
  let rewritten = false;
  for (const node of graph.node) {
    const upsampling = suited(reader, node, from);
    if (!upsampling) {
      g.nodes.push(replaced.get(node) ?? node);
      continue;
    }
    rewritten = true;
    const { padded, output, outputs, phase } = upsampling;
    const whole = interleaved(g, phasesOf(g, upsampling), stride, [outputs, ...phase], padded ? undefined : output);
    if (padded) replaced.set(padded, withLessPadding(padded, whole));
  }
  return rewritten ? pruneTo(withGraph(model, { node: g.nodes, initializer: [...graph.initializer, ...g.initializers] }), graph.output) : model;
}

function suited(reader: GraphReader, proto: NodeProto, from: Smallest): Upsampling | undefined {
  const convolution = pictureConvolution(reader, proto, 'ConvTranspose');
  if (!convolution) return undefined;
  const { node, taps, height, width, output, inputs, outputs } = convolution;
  const isPlain = node.ints('strides')?.length === 2 && allAre(node, 'strides', stride) && allAre(node, 'pads', 0) && allAre(node, 'output_padding', 0) && !node.has('output_shape');
  const pays = Math.min(inputs, outputs) >= from.channels && Math.min(height, width) >= from.side;
  if (!isPlain || !pays || taps < stride) return undefined;
  const more = Math.ceil((taps - stride) / stride);
  const isOdd = taps % stride !== 0;
  const whole = [outputs, stride * (height - 1) + taps, stride * (width - 1) + taps];
  const padded = isOdd ? paddedReader(reader, output, whole) : undefined;
  return isOdd && !padded ? undefined : { ...convolution, phase: [height + more, width + more], padded };
}

/** The convolution that alone reads pictures `[N, ..dims]`, through Reshapes, and pads them with zeros at their end in both directions. */
function paddedReader(reader: GraphReader, value: Value, dims: readonly number[]): NodeProto | undefined {
  const node = reader.onlyReader(value);
  if (node?.input[0] !== value) return undefined;
  if (isReshape(node)) return paddedReader(reader, node.output[0]!, dims);
  const seen = reader.reshapedTo(value);
  if (node.opType !== 'Conv' || !isStandard(node.domain) || (seen && !sameDims(seen.slice(1), dims))) return undefined;
  const view = new NodeView(node);
  const pads = view.ints('pads');
  return view.string('auto_pad', 'NOTSET') === 'NOTSET' && pads?.length === 4 && pads[2]! > 0 && pads[3]! > 0 ? node : undefined;
}

function withLessPadding(proto: NodeProto, picture: Value): NodeProto {
  const node = new NodeView(proto);
  const [top, left, bottom, right] = node.ints('pads') as [number, number, number, number];
  return create(NodeProtoSchema, { ...node.copy([picture, ...proto.input.slice(1)], proto.output, { pads: [top, left, bottom - 1, right - 1] }), name: proto.name });
}

/** The four phases one behind the other, `[N, 4 C, ..phase]`: pixel 2 i + p of a direction is the sum over m of tap p + 2 m times pixel i - m. */
function phasesOf(g: GraphBuilder, { picture, weight, taps, height, phase }: Upsampling): Value {
  const after = phase[0] - height;
  const phases = [0, 1].flatMap((row) => [0, 1].map((column) => {
    const [rows, columns] = [row, column].map((first) => Math.ceil((taps - first) / stride)) as [number, number];
    const last = [row + stride * (rows - 1), column + stride * (columns - 1)];
    const backwards = g.node('Slice', [weight, g.ints(last), g.ints([-taps - 1, -taps - 1]), g.ints([2, 3]), g.ints([-stride, -stride])]);
    return g.node('Conv', [picture, g.transpose(backwards, [1, 0, 2, 3])], { kernel_shape: [rows, columns], pads: [rows - 1, columns - 1, after, after] });
  }));
  return g.node('Concat', phases, { axis: 1 });
}
