import { create } from '@bufbuild/protobuf';
import { inferredElementTypes } from './elementTypes';
import { TypeProtoSchema, TypeProto_TensorSchema, ValueInfoProtoSchema } from './gen/onnx_pb';
import type { GraphProto, ModelProto, NodeProto, ValueInfoProto } from './gen/onnx_pb';
import type { Value } from './graphBuilder';
import { fedInputs, graphOf, pruneTo, valuesRead, withGraph } from './graphs';
import { DataType } from './tensors';

/** A model in two parts: what does not follow one of its inputs, to be run once, and the rest, to be run for each value of that input. */
export interface SplitModel {
  /** Computes the carried values from the other inputs. */
  readonly fixed: ModelProto;
  /** Takes the carried values as inputs, beside the input that it follows and, where it reads them itself, the others. */
  readonly varying: ModelProto;
  /** Float32 values that the first part hands to the second. */
  readonly carried: readonly Value[];
}

/**
 * Splits a model into what does not depend on `input` and what does. Only float32 values are handed over: what computes others,
 * and constants, stands in both parts.
 *
 * @returns undefined where nothing would be handed over
 */
export function splitModel(model: ModelProto, input: Value): SplitModel | undefined {
  const graph = graphOf(model);
  const follows = reached(graph, [input]);
  const isFixed = reached(graph, fedInputs(graph).map(({ name }) => name).filter((name) => name !== input));
  const types = inferredElementTypes(graph);
  const needed = new Set(graph.output.map(({ name }) => name));
  const carried = new Set<Value>();
  const varying: NodeProto[] = [];
  const isCarried = (name: Value) => isFixed.has(name) && !follows.has(name) && types.get(name) === DataType.FLOAT;
  for (const node of [...graph.node].reverse()) {
    const wanted = node.output.filter((name) => needed.has(name));
    if (wanted.length === 0) continue;
    if (wanted.every(isCarried)) {
      for (const name of wanted) carried.add(name);
    } else {
      varying.push(node);
      for (const name of valuesRead(node)) needed.add(name);
    }
  }
  const fed = [...carried].reverse().map(floatOfAnyShape);
  if (fed.length === 0 || graph.output.some(({ name }) => carried.has(name))) return undefined;
  return {
    fixed: pruneTo(model, fed),
    varying: pruneTo(withGraph(model, { node: varying.reverse(), input: [...graph.input, ...fed] }), graph.output),
    carried: fed.map(({ name }) => name),
  };
}

function floatOfAnyShape(name: Value): ValueInfoProto {
  return create(ValueInfoProtoSchema, { name, type: create(TypeProtoSchema, { value: { case: 'tensorType', value: create(TypeProto_TensorSchema, { elemType: DataType.FLOAT }) } }) });
}

/** All values that some of them lead to, also by their shapes. */
function reached(graph: GraphProto, values: readonly Value[]): ReadonlySet<Value> {
  const found = new Set(values);
  for (const node of graph.node) {
    if (valuesRead(node).some((name) => found.has(name))) for (const output of node.output) found.add(output);
  }
  return found;
}
