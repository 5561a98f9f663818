import type { GraphProto, NodeProto, TensorProto } from './gen/onnx_pb';
import type { Value } from './graphBuilder';
import { isStandard, valuesRead } from './graphs';
import { integersOf } from './tensors';

/** Looks up what a graph says of its values: who computes them, who reads them, which are constant. */
export class GraphReader {
  private readonly constants: ReadonlyMap<Value, TensorProto>;
  private readonly producers: ReadonlyMap<Value, NodeProto>;
  private readonly readers = new Map<Value, NodeProto[]>();
  private readonly outputs: ReadonlySet<Value>;

  constructor(graph: GraphProto) {
    // What is an input as well may be given another value.
    const inputs = new Set(graph.input.map(({ name }) => name));
    this.constants = new Map(graph.initializer.filter(({ name }) => !inputs.has(name)).map((tensor) => [tensor.name, tensor]));
    this.producers = new Map(graph.node.flatMap((node) => node.output.map((output) => [output, node] as const)));
    this.outputs = new Set(graph.output.map(({ name }) => name));
    for (const node of graph.node) {
      for (const name of new Set(valuesRead(node))) {
        const known = this.readers.get(name);
        if (known) known.push(node);
        else this.readers.set(name, [node]);
      }
    }
  }

  /** The weight that a name stands for; undefined where it is computed, or fed. */
  constant(value: Value): TensorProto | undefined {
    return this.constants.get(value);
  }

  /** The node that alone reads a value, which is no output of the graph; undefined where there is none, or several. */
  onlyReader(value: Value): NodeProto | undefined {
    const readers = this.readers.get(value);
    return readers?.length === 1 && !this.outputs.has(value) ? readers[0] : undefined;
  }

  /** The shape of a value that comes from a Reshape to constant sizes, as it is written there: -1 and 0 have their meaning of Reshape. */
  reshapedTo(value: Value): readonly number[] | undefined {
    const producer = this.producers.get(value);
    if (!producer || !isReshape(producer)) return undefined;
    const shape = this.constants.get(producer.input[1] ?? '');
    return shape && integersOf(shape);
  }
}

export function isReshape({ opType, domain }: NodeProto): boolean {
  return opType === 'Reshape' && isStandard(domain);
}
