import { create } from '@bufbuild/protobuf';
import { sizeOf } from '../tensor';
import { TensorProtoSchema, TensorProto_DataType as DataType } from './gen/onnx_pb';
import type { TensorProto } from './gen/onnx_pb';

export { DataType };

/** The floating-point types beside float32 that networks compute in. */
export const otherFloats: readonly DataType[] = [DataType.FLOAT16, DataType.BFLOAT16, DataType.DOUBLE];

/** Whether a tensor's element type, which a file may set to any number, is `type`. */
function hasType(proto: TensorProto, type: DataType): boolean {
  return (proto.dataType as DataType) === type;
}

/** A float32 tensor; `data` is kept as a view, not copied. */
export function floatTensor(name: string, data: Float32Array, dims: readonly number[]): TensorProto {
  if (data.length !== sizeOf(dims)) throw new Error(`${name}: ${data.length} numbers for shape [${dims.join(', ')}]`);
  return tensor(name, DataType.FLOAT, dims, data);
}

/** An int64 tensor of small integers, as shapes, axes and indices are written. */
export function intTensor(name: string, values: readonly number[], dims: readonly number[] = [values.length]): TensorProto {
  return tensor(name, DataType.INT64, dims, BigInt64Array.from(values, BigInt));
}

/** A scalar of a floating-point or boolean element type. */
export function scalarTensor(name: string, value: number, elementType: DataType): TensorProto {
  switch (elementType) {
    case DataType.FLOAT: return tensor(name, elementType, [], Float32Array.of(value));
    case DataType.DOUBLE: return tensor(name, elementType, [], Float64Array.of(value));
    case DataType.INT64: return tensor(name, elementType, [], BigInt64Array.of(BigInt(value)));
    case DataType.BOOL: return tensor(name, elementType, [], Uint8Array.of(value ? 1 : 0));
    default: throw new Error(`no scalar of element type ${DataType[elementType]}`);
  }
}

/** Bytes of one element, by the element type as a file has it; types of texts, complex numbers and less than a byte are left out. */
export const elementBytes: Readonly<Partial<Record<number, number>>> = {
  [DataType.FLOAT]: 4, [DataType.DOUBLE]: 8, [DataType.FLOAT16]: 2, [DataType.BFLOAT16]: 2, [DataType.BOOL]: 1, [DataType.UINT8]: 1, [DataType.INT8]: 1,
  [DataType.UINT16]: 2, [DataType.INT16]: 2, [DataType.UINT32]: 4, [DataType.INT32]: 4, [DataType.UINT64]: 8, [DataType.INT64]: 8,
};

/** How one element is written at an offset; the types that a network's input may have. */
const writers: Readonly<Partial<Record<DataType, (view: DataView, offset: number, value: number) => void>>> = {
  [DataType.FLOAT]: (view, offset, value) => { view.setFloat32(offset, value, true); },
  [DataType.DOUBLE]: (view, offset, value) => { view.setFloat64(offset, value, true); },
  [DataType.BOOL]: (view, offset, value) => { view.setUint8(offset, value === 0 ? 0 : 1); },
  [DataType.UINT8]: (view, offset, value) => { view.setUint8(offset, value); },
  [DataType.INT8]: (view, offset, value) => { view.setInt8(offset, value); },
  [DataType.UINT16]: (view, offset, value) => { view.setUint16(offset, value, true); },
  [DataType.INT16]: (view, offset, value) => { view.setInt16(offset, value, true); },
  [DataType.UINT32]: (view, offset, value) => { view.setUint32(offset, value, true); },
  [DataType.INT32]: (view, offset, value) => { view.setInt32(offset, value, true); },
  [DataType.UINT64]: (view, offset, value) => { view.setBigUint64(offset, BigInt(value), true); },
  [DataType.INT64]: (view, offset, value) => { view.setBigInt64(offset, BigInt(value), true); },
};

/** A tensor of any element type that numbers are written in; undefined for others (texts, complex numbers). Integer types take whole numbers. */
export function numberTensor(name: string, values: ArrayLike<number>, dims: readonly number[], elementType: DataType): TensorProto | undefined {
  const [bytes, write] = [elementBytes[elementType], writers[elementType]];
  if (bytes === undefined || !write) return undefined;
  const view = new DataView(new ArrayBuffer(values.length * bytes));
  for (let i = 0; i < values.length; i++) write(view, i * bytes, values[i]!);
  return tensor(name, elementType, dims, view);
}

/** An element type as NumPy calls it. */
export function typeName(elementType: DataType | undefined): string {
  if (elementType === DataType.FLOAT) return 'float32';
  return (elementType === undefined ? undefined : (DataType[elementType] as string | undefined)?.toLowerCase()) ?? 'an unknown type';
}

function tensor(name: string, dataType: DataType, dims: readonly number[], data: ArrayBufferView): TensorProto {
  const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return create(TensorProtoSchema, { name, dataType, dims: dims.map(BigInt), rawData });
}

/** The dimensions of a tensor as numbers. */
export function dimsOf(proto: TensorProto): number[] {
  return proto.dims.map(Number);
}

/** The integers of an int64 or int32 constant; undefined for any other element type. */
export function integersOf(proto: TensorProto): number[] | undefined {
  const raw = proto.rawData;
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  if (hasType(proto, DataType.INT64)) {
    if (raw.length === 0) return proto.int64Data.map(Number);
    return Array.from({ length: raw.length / 8 }, (_, i) => Number(view.getBigInt64(i * 8, true)));
  }
  if (hasType(proto, DataType.INT32)) {
    if (raw.length === 0) return [...proto.int32Data];
    return Array.from({ length: raw.length / 4 }, (_, i) => view.getInt32(i * 4, true));
  }
  return undefined;
}

/** The same, and truth values as 0 and 1. */
export function wholeNumbersOf(proto: TensorProto): number[] | undefined {
  if (!hasType(proto, DataType.BOOL)) return integersOf(proto);
  return Array.from(proto.rawData.length > 0 ? proto.rawData : proto.int32Data, (truth) => Number(truth !== 0));
}

/** The floats of a float32 constant, a view where alignment allows it; undefined for any other element type. */
export function floatsOf(proto: TensorProto): Float32Array | undefined {
  if (!hasType(proto, DataType.FLOAT)) return undefined;
  const raw = proto.rawData;
  if (raw.length === 0) return Float32Array.from(proto.floatData);
  if (raw.byteOffset % 4 === 0) return new Float32Array(raw.buffer, raw.byteOffset, raw.length / 4);
  return new Float32Array(new Uint8Array(raw).buffer);
}
