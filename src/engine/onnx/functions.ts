import { create } from '@bufbuild/protobuf';
import { AttributeProtoSchema, GraphProtoSchema, ModelProtoSchema, NodeProtoSchema } from './gen/onnx_pb';
import type { AttributeProto, FunctionProto, GraphProto, ModelProto, NodeProto } from './gen/onnx_pb';
import { GraphBuilder } from './graphBuilder';
import { graphOf, innerGraphs, isStandard, opsetOf, valueNames } from './graphs';

/** What nodes of a function's body are rewritten with at one place where it is used. */
interface Call {
  readonly rename: (value: string) => string;
  /** The attributes that the function is used with. */
  readonly given: readonly AttributeProto[];
}

/**
 * Writes out the functions that a file brings along (exporters make one of each module): every node that stands for one is
 * replaced by the nodes of the function, under fresh names, and theirs likewise. Functions written for another version of an
 * operator set than the model's, and those called like ONNX Runtime's own operators, stay as they are.
 *
 * @param model a model that passed `checkModel`: no function uses itself, and written out it has not too many nodes
 */
export function withoutFunctions(model: ModelProto): ModelProto {
  const [alike, others] = [true, false].map((wanted) => model.functions.filter((definition) => isWrittenAlike(definition, model) === wanted)) as [FunctionProto[], FunctionProto[]];
  if (alike.length === 0) return model;
  const definitions: Definitions = new Map(alike.map((definition) => [functionKey(definition.domain, definition.name, definition.overload), definition]));
  const graph = graphOf(model);
  const g = new GraphBuilder(valueNames(graph), opsetOf(model));
  return create(ModelProtoSchema, { ...model, graph: writtenOut(graph, definitions, g), functions: others });
}

type Definitions = ReadonlyMap<string, FunctionProto>;

/** What a function and the nodes that stand for it have in common. */
export function functionKey(domain: string, name: string, overload: string): string {
  return `${isStandard(domain) ? '' : domain} ${name} ${overload}`;
}

/** Domains whose operators ONNX Runtime knows itself, whatever a file says of them. */
const builtIn = /^(ai\.onnx|com\.microsoft|com\.ms|$)/;

function isWrittenAlike({ domain: own, opsetImport }: FunctionProto, model: ModelProto): boolean {
  return !builtIn.test(own) && opsetImport.every(({ domain, version }) => !isStandard(domain) || Number(version) === opsetOf(model));
}

function writtenOut(graph: GraphProto, definitions: Definitions, g: GraphBuilder): GraphProto {
  const node = graph.node.flatMap((old) => {
    const definition = definitions.get(functionKey(old.domain, old.opType, old.overload));
    return definition ? bodyOf(definition, old, definitions, g) : [withInnerGraphs(old, (inner) => writtenOut(inner, definitions, g))];
  });
  return create(GraphProtoSchema, { ...graph, node });
}

/** The nodes that one use of a function stands for. */
function bodyOf({ node: body, input, output, attributeProto: defaults }: FunctionProto, use: NodeProto, definitions: Definitions, g: GraphBuilder): NodeProto[] {
  const names = new Map([...input.map((name, i) => [name, use.input[i] ?? ''] as const), ...output.flatMap((name, i) => (use.output[i] ? [[name, use.output[i]] as const] : []))]);
  // A function may hand on what it is given.
  const passedOn = output.flatMap((name, i) => {
    const from = input.indexOf(name);
    return from >= 0 && use.output[i] ? [create(NodeProtoSchema, { opType: 'Identity', input: [use.input[from] ?? ''], output: [use.output[i]] })] : [];
  });
  const rename = (value: string) => {
    if (value === '') return '';
    const known = names.get(value);
    if (known !== undefined) return known;
    const fresh = g.freshName(value);
    names.set(value, fresh);
    return fresh;
  };
  const given = [...use.attribute, ...defaults.filter(({ name }) => use.attribute.every((attribute) => attribute.name !== name))];
  const nodes = body.map((node) => rewritten(node, { rename, given }, g));
  return [...writtenOut(create(GraphProtoSchema, { node: nodes }), definitions, g).node, ...passedOn];
}

/** A node of a function's body with the names and the attributes of one use. */
function rewritten(node: NodeProto, call: Call, g: GraphBuilder): NodeProto {
  const attribute = node.attribute.flatMap((old) => {
    if (old.refAttrName === '') return [old];
    const value = call.given.find(({ name }) => name === old.refAttrName);
    return value ? [create(AttributeProtoSchema, { ...value, name: old.name })] : [];
  });
  const renamed = create(NodeProtoSchema, { ...node, name: g.freshName(`/${node.name || (node.output[0] ?? node.opType)}`), input: node.input.map(call.rename), output: node.output.map(call.rename), attribute });
  return withInnerGraphs(renamed, (inner) => create(GraphProtoSchema, {
    ...inner,
    node: inner.node.map((each) => rewritten(each, call, g)),
    initializer: inner.initializer.map((tensor) => ({ ...tensor, name: call.rename(tensor.name) })),
    input: inner.input.map((info) => ({ ...info, name: call.rename(info.name) })),
    output: inner.output.map((info) => ({ ...info, name: call.rename(info.name) })),
    valueInfo: [],
  }));
}

function withInnerGraphs(node: NodeProto, change: (graph: GraphProto) => GraphProto): NodeProto {
  if (innerGraphs(node).length === 0) return node;
  const attribute = node.attribute.map((old) => create(AttributeProtoSchema, { ...old, ...(old.g ? { g: change(old.g) } : {}), graphs: old.graphs.map(change) }));
  return create(NodeProtoSchema, { ...node, attribute });
}
