import { create } from '@bufbuild/protobuf';
import { NodeProtoSchema } from './gen/onnx_pb';
import type { ModelProto, NodeProto } from './gen/onnx_pb';
import { GraphBuilder } from './graphBuilder';
import { constantTensor, graphOf, isStandard, opsetOf, valueNames, withGraph } from './graphs';
import type { Shapes } from './graphs';
import { NodeView } from './nodeView';
import { DataType, wholeNumbersOf } from './tensors';
import { sizeOf } from '../tensor';

/** Draws `count` numbers, normal or uniform in [0, 1), from the seed of one node. */
export type Draw = (kind: 'normal' | 'uniform', count: number, seed: number) => Float64Array;

const randomOperators = new Set(['RandomNormal', 'RandomNormalLike', 'RandomUniform', 'RandomUniformLike', 'Bernoulli']);

function isRandom({ opType, domain }: NodeProto): boolean {
  return randomOperators.has(opType) && isStandard(domain);
}

/** Whether a network draws random numbers, so that no two runs of it are the same. */
export function drawsNoise(model: ModelProto): boolean {
  return graphOf(model).node.some(isRandom);
}

/**
 * Replaces the nodes that draw random numbers by constants, one seed after the other: an image must be a function of its latent
 * code. All samples of a batch get the same noise.
 *
 * @param shapes the shape of every value for one sample
 */
export function withFixedNoise(model: ModelProto, shapes: Shapes, draw: Draw): ModelProto {
  const graph = graphOf(model);
  const g = new GraphBuilder(valueNames(graph), opsetOf(model));
  let seed = 0;
  const node = graph.node.flatMap((old) => {
    if (!isRandom(old)) return [old];
    const before = g.nodes.length;
    replaceNode(g, old, shapes.get(old.output[0]!) ?? [], (kind, count) => draw(kind, count, seed++));
    return g.nodes.slice(before);
  });
  return withGraph(model, { node, initializer: [...graph.initializer, ...g.initializers] });
}

function replaceNode(g: GraphBuilder, proto: NodeProto, dims: readonly number[], draw: (kind: 'normal' | 'uniform', count: number) => Float64Array): void {
  const view = new NodeView(proto);
  const output = proto.output[0]!;
  const normal = proto.opType.startsWith('RandomNormal');
  const [offset, scale] = normal
    ? [view.float('mean', 0), view.float('scale', 1)]
    : [view.float('low', 0), view.float('high', 1) - view.float('low', 0)];
  const numbers = Float32Array.from(draw(normal ? 'normal' : 'uniform', sizeOf(dims)), (value) => offset + scale * value);
  const noise = g.weight(`${output}_fixed`, numbers, dims);
  // What is as large as another value grows with the batch.
  const grown = proto.input.length > 0 && dims.length > 0 ? g.node('Expand', [noise, g.node('Shape', [proto.input[0]!])]) : noise;
  // One by the chance that the input is.
  if (proto.opType === 'Bernoulli') g.emit('Cast', [g.less(grown, proto.input[0]!)], { to: view.int('dtype', DataType.FLOAT) }, [output]);
  else g.emit('Identity', [grown], {}, [output]);
}

/** Switches off every Dropout that a file leaves in training mode. Returns how many there were. */
export function withoutDropout(model: ModelProto): { model: ModelProto; count: number } {
  const graph = graphOf(model);
  const isOn = ({ opType, domain, input }: NodeProto) => {
    const mode = opType === 'Dropout' && isStandard(domain) && input[2] ? constantTensor(graph, input[2]) : undefined;
    return mode !== undefined && wholeNumbersOf(mode)?.[0] === 1;
  };
  const count = graph.node.filter(isOn).length;
  if (count === 0) return { model, count };
  return { count, model: withGraph(model, { node: graph.node.map((node) => (isOn(node) ? create(NodeProtoSchema, { ...node, input: node.input.slice(0, 1) }) : node)) }) };
}
