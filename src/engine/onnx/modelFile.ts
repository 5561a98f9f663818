import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { UserError } from '../../shared/userError';
import { GraphProtoSchema, ModelProtoSchema, TensorProtoSchema } from './gen/onnx_pb';
import type { GraphProto, ModelProto, TensorProto } from './gen/onnx_pb';

/** ONNX files are protobuf messages, and a protobuf message cannot exceed 2 GiB. */
export const maximumModelBytes = 2 ** 31 - 1;

/**
 * Reads an ONNX model. Weights stay views of `bytes`; fields that this project does not know are kept.
 *
 * @throws UserError when the bytes are not an ONNX model.
 */
export function readModel(bytes: Uint8Array, name: string): ModelProto {
  const model = decode(bytes, name);
  if (!model.graph || model.graph.node.length === 0 || model.opsetImport.length === 0) {
    throw new UserError(`${name} is not an ONNX model: it holds no graph; expected a file written by an ONNX exporter`);
  }
  return model;
}

function decode(bytes: Uint8Array, name: string): ModelProto {
  try {
    return fromBinary(ModelProtoSchema, bytes);
  } catch (error) {
    const reason = error instanceof RangeError && error.message.includes('call stack') ? 'nested too deeply' : (error as Error).message;
    throw new UserError(`${name} is not a readable ONNX model (${reason}); it may be truncated or of another format`);
  }
}

/**
 * The bytes of a model as a list of chunks to be written one after the other. Large weights are not copied:
 * each is a chunk of its own.
 *
 * @throws UserError when the model exceeds the 2 GiB that an ONNX file can hold.
 */
export function modelChunks(model: ModelProto): Uint8Array[] {
  if (!model.graph) return [toBinary(ModelProtoSchema, model)];
  const graph = graphChunks(model.graph);
  const envelope = toBinary(ModelProtoSchema, shallow(ModelProtoSchema, model, 'graph'));
  const chunks = [envelope, fieldHeader(fieldNumber(ModelProtoSchema, 'graph'), lengthOf(graph)), ...graph];
  const total = lengthOf(chunks);
  if (total > maximumModelBytes) {
    throw new UserError(`the model takes ${(total / 2 ** 30).toFixed(2)} GiB as an ONNX file, which cannot exceed 2 GiB`);
  }
  return chunks;
}

/** The bytes of a model as one array (one copy of the weights). */
export function modelBytes(model: ModelProto): Uint8Array {
  return Buffer.concat(modelChunks(model));
}

function graphChunks(graph: GraphProto): Uint8Array[] {
  const number = fieldNumber(GraphProtoSchema, 'initializer');
  const rest = { ...graph, initializer: [] };
  const chunks: Uint8Array[] = [toBinary(GraphProtoSchema, rest)];
  for (const tensor of graph.initializer) {
    const body = tensorChunks(tensor);
    chunks.push(fieldHeader(number, lengthOf(body)), ...body);
  }
  return chunks;
}

function tensorChunks(tensor: TensorProto): Uint8Array[] {
  const empty = new Uint8Array(0);
  const head = toBinary(TensorProtoSchema, { ...tensor, rawData: empty });
  if (tensor.rawData.length === 0) return [head];
  return [head, fieldHeader(fieldNumber(TensorProtoSchema, 'rawData'), tensor.rawData.length), tensor.rawData];
}

function shallow(schema: typeof ModelProtoSchema, model: ModelProto, without: 'graph'): ModelProto {
  const copy = create(schema, { ...model });
  copy[without] = undefined;
  if (model.$unknown) copy.$unknown = model.$unknown;
  return copy;
}

function fieldNumber(schema: { fields: readonly { localName: string; number: number }[] }, localName: string): number {
  const field = schema.fields.find((candidate) => candidate.localName === localName);
  if (!field) throw new Error(`no field ${localName}`);
  return field.number;
}

/** Tag and length of a length-delimited field (wire type 2). */
function fieldHeader(number: number, length: number): Uint8Array {
  return Uint8Array.from([...varint(number * 8 + 2), ...varint(length)]);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
  return [...bytes, value];
}

function lengthOf(chunks: readonly Uint8Array[]): number {
  return chunks.reduce((total, chunk) => total + chunk.length, 0);
}
