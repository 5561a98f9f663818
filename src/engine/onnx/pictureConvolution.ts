import type { NodeProto } from './gen/onnx_pb';
import type { Value } from './graphBuilder';
import type { GraphReader } from './graphReader';
import { isStandard } from './graphs';
import { NodeView } from './nodeView';
import { DataType, dimsOf } from './tensors';

/** A Conv or ConvTranspose over pictures `[-1, C, H, W]` of known size, with constant square taps, in one group, without bias. */
export interface PictureConvolution {
  readonly node: NodeView;
  readonly picture: Value;
  readonly weight: Value;
  readonly output: Value;
  readonly inputs: number;
  readonly outputs: number;
  /** Taps in each direction. */
  readonly taps: number;
  readonly height: number;
  readonly width: number;
}

/** From which size on a convolution is rewritten. */
export interface Smallest {
  /** Channels that it takes and gives. */
  readonly channels: number;
  /** Rows and columns of the pictures that it takes. */
  readonly side: number;
}

/** What is known of a convolution; undefined where a node is none, or not such a one. Sizes are known where its pictures come from a Reshape. */
export function pictureConvolution(graph: GraphReader, proto: NodeProto, opType: 'Conv' | 'ConvTranspose'): PictureConvolution | undefined {
  if (proto.opType !== opType || !isStandard(proto.domain)) return undefined;
  const [picture = '', weight = '', bias = ''] = proto.input;
  const node = new NodeView(proto);
  const tensor = graph.constant(weight);
  const dims = graph.reshapedTo(picture);
  if (bias !== '' || tensor?.dataType !== DataType.FLOAT || dims?.length !== 4 || node.int('group', 1) !== 1 || node.string('auto_pad', 'NOTSET') !== 'NOTSET') return undefined;
  const [first, second, taps, across, ...more] = dimsOf(tensor);
  const [, channels, height, width] = dims;
  const [inputs, outputs] = opType === 'Conv' ? [second!, first!] : [first!, second!];
  const isKnown = more.length === 0 && taps === across && channels === inputs && height! > 0 && width! > 0 && allAre(node, 'dilations', 1);
  return isKnown ? { node, picture, weight, output: proto.output[0]!, inputs, outputs, taps: taps!, height: height!, width: width! } : undefined;
}

/** Whether all integers of an attribute have a value, which is also that of the attribute where it is left out. */
export function allAre(node: NodeView, attribute: string, value: number): boolean {
  return (node.ints(attribute) ?? []).every((entry) => entry === value);
}
