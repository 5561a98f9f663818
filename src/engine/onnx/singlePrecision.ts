import { create } from '@bufbuild/protobuf';
import { halfToFloat } from '../halfFloat';
import { AttributeProtoSchema, AttributeProto_AttributeType as AttributeType, TensorProtoSchema, TypeProtoSchema, TypeProto_TensorSchema, ValueInfoProtoSchema } from './gen/onnx_pb';
import type { AttributeProto, ModelProto, TensorProto, ValueInfoProto } from './gen/onnx_pb';
import { changedGraph, elementTypeOf, graphOf, withGraph } from './graphs';
import { DataType, dimsOf, floatTensor, otherFloats, typeName } from './tensors';

/** Attributes that name the element type of an output. */
const typeAttributes: readonly string[] = ['to', 'dtype', 'output_dtype', 'output_datatype', 'stash_type'];

/** A model that computes in float32, and what it was written in. */
export interface SinglePrecisionModel {
  readonly model: ModelProto;
  /** The other floating-point types of the file, such as float16; none where it is float32 throughout. */
  readonly from: readonly string[];
}

/**
 * Turns a network that computes in half or double precision, in part or as a whole, into one that computes in float32:
 * weights, constants, casts and declared types. A float32 network comes back as it is.
 */
export function inSinglePrecision(model: ModelProto): SinglePrecisionModel {
  const graph = graphOf(model);
  const found = new Set<DataType>();
  const note = (type: DataType | undefined) => {
    if (type !== undefined && otherFloats.includes(type)) found.add(type);
  };
  changedGraph(graph, {
    tensor: (tensor) => (note(tensor.dataType), tensor),
    attribute: (attribute) => (note(typeNamedBy(attribute)), attribute),
    value: (info) => (note(elementTypeOf(info)), info),
  });
  if (found.size === 0) return { model, from: [] };
  return { model: withGraph(model, changedGraph(graph, { tensor: singleTensor, attribute: singleAttribute, value: singleValue })), from: [...found].map(typeName) };
}

function typeNamedBy({ name, type, i }: AttributeProto): DataType | undefined {
  return type === AttributeType.INT && i !== undefined && typeAttributes.includes(name) ? (Number(i)) : undefined;
}

function singleAttribute(attribute: AttributeProto): AttributeProto {
  const type = typeNamedBy(attribute);
  return type !== undefined && otherFloats.includes(type) ? create(AttributeProtoSchema, { ...attribute, i: BigInt(DataType.FLOAT) }) : attribute;
}

function singleValue(info: ValueInfoProto): ValueInfoProto {
  const tensor = info.type?.value.case === 'tensorType' ? info.type.value.value : undefined;
  if (!tensor || !otherFloats.includes(tensor.elemType)) return info;
  const value = create(TypeProto_TensorSchema, { ...tensor, elemType: DataType.FLOAT });
  return create(ValueInfoProtoSchema, { ...info, type: create(TypeProtoSchema, { value: { case: 'tensorType', value } }) });
}

function singleTensor(tensor: TensorProto): TensorProto {
  const values = valuesOf(tensor);
  if (!values) return tensor;
  const { rawData, dataType } = floatTensor(tensor.name, values, [values.length]);
  return create(TensorProtoSchema, { ...tensor, rawData, dataType, dims: dimsOf(tensor).map(BigInt), int32Data: [], doubleData: [] });
}

/** The numbers of a tensor of another floating-point type; a file may keep them in either of two places. */
function valuesOf(tensor: TensorProto): Float32Array | undefined {
  const { rawData: raw, int32Data, doubleData } = tensor;
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const words = (convert: (bits: number) => number) =>
    (raw.length > 0
      ? floats(raw.length >>> 1, (i) => convert(view.getUint16(i * 2, true)))
      : floats(int32Data.length, (i) => convert(int32Data[i]! & 0xffff)));
  switch (tensor.dataType as DataType) {
    case DataType.FLOAT16: return words(halfTable());
    case DataType.BFLOAT16: return words(brainToFloat);
    case DataType.DOUBLE: return raw.length > 0 ? floats(raw.length >>> 3, (i) => view.getFloat64(i * 8, true)) : Float32Array.from(doubleData);
    default: return undefined;
  }
}

function floats(length: number, value: (index: number) => number): Float32Array {
  const data = new Float32Array(length);
  for (let i = 0; i < length; i++) data[i] = value(i);
  return data;
}

let halves: Float32Array | undefined;

/** Half-precision numbers by their bits: looking up is several times as fast as computing. */
function halfTable(): (bits: number) => number {
  const table = (halves ??= Float32Array.from({ length: 2 ** 16 }, (_, bits) => halfToFloat(bits)));
  return (bits) => table[bits]!;
}

const brainBits = new Uint32Array(1);
const brainFloat = new Float32Array(brainBits.buffer);

/** A bfloat16 is the upper half of a float32. */
function brainToFloat(bits: number): number {
  brainBits[0] = bits << 16;
  return brainFloat[0]!;
}
