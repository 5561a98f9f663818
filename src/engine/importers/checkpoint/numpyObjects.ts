import { halfToFloat } from '../../halfFloat';
import type { ElementType } from '../../tensor';
import { exactInteger } from './pickleLiterals';
import { printable } from './printable';
import { latin1Bytes } from './pythonObjects';
import type { ReadingSession } from './readingSession';
import { denseStrides, viewProblem } from './tensorViews';
import { numbers } from './torchObjects';
import type { OpenTensor } from './torchStorage';
import type { CheckpointList, CheckpointTensor, CheckpointValue, NumpyDtype } from './values';
import { isKind, isList } from './values';

type OpenDtype = { -readonly [K in keyof NumpyDtype]: NumpyDtype[K] };

interface NumpyType {
  /** Null where arrays of it are not taken. */
  readonly elementType: ElementType | null;
  readonly readScalar: (view: DataView) => CheckpointValue;
}

/** NumPy's letter and size in bytes. */
const numpyTypes: ReadonlyMap<string, NumpyType> = new Map<string, NumpyType>([
  ['f2', { elementType: 'float16', readScalar: (view) => halfToFloat(view.getUint16(0, true)) }],
  ['f4', { elementType: 'float32', readScalar: (view) => view.getFloat32(0, true) }],
  ['f8', { elementType: 'float64', readScalar: (view) => view.getFloat64(0, true) }],
  ['i1', { elementType: 'int8', readScalar: (view) => view.getInt8(0) }],
  ['i2', { elementType: 'int16', readScalar: (view) => view.getInt16(0, true) }],
  ['i4', { elementType: 'int32', readScalar: (view) => view.getInt32(0, true) }],
  ['i8', { elementType: 'int64', readScalar: (view) => exactInteger(view.getBigInt64(0, true)) }],
  ['u1', { elementType: 'uint8', readScalar: (view) => view.getUint8(0) }],
  ['u2', { elementType: null, readScalar: (view) => view.getUint16(0, true) }],
  ['u4', { elementType: null, readScalar: (view) => view.getUint32(0, true) }],
  ['u8', { elementType: null, readScalar: (view) => exactInteger(view.getBigUint64(0, true)) }],
  ['b1', { elementType: 'bool', readScalar: (view) => view.getUint8(0) !== 0 }],
]);

/** Arrays that `_reconstruct` made and whose content is to follow. */
const emptyArrays = new WeakSet<CheckpointTensor>();

/** `numpy.dtype(code, align, copy)`; its byte order follows as state. */
export function dtype(args: CheckpointList, session: ReadingSession): CheckpointValue {
  const [code] = args;
  if (typeof code !== 'string') {
    throw session.damaged('a NumPy element type has no name');
  }
  return { kind: 'dtype', code, byteOrder: '=' } satisfies NumpyDtype;
}

/** The state of a dtype: `(version, byte order, sub-array, names, fields, ..)`. */
export function setDtypeState(target: NumpyDtype, state: CheckpointValue, session: ReadingSession): void {
  const [, order, ...structure] = isList(state) ? state.slice(0, 5) : [];
  if (order !== '<' && order !== '>' && order !== '=' && order !== '|') {
    throw session.damaged('a NumPy element type has no byte order');
  }
  if (structure.some((part) => part !== null)) {
    throw session.refused('holds a structured NumPy array', 'generators are made of plain arrays');
  }
  (target as OpenDtype).byteOrder = order;
}

/** `multiarray.scalar(dtype, bytes)`: a number or boolean. */
export function scalar(args: CheckpointList, session: ReadingSession): CheckpointValue {
  const { type, size } = numpyType(args[0], session);
  const bytes = bytesFrom(args[1], session);
  if (bytes.length !== size) {
    throw session.damaged(`a NumPy number of ${size} bytes has ${bytes.length}`);
  }
  return type.readScalar(new DataView(bytes.buffer, bytes.byteOffset, size));
}

/** `multiarray._reconstruct(ndarray, (0,), b'b')`: an empty array, whose content follows as state. */
export function emptyArray(args: CheckpointList, session: ReadingSession): CheckpointValue {
  const [type] = args;
  if (!isKind(type, 'global') || type.name !== 'ndarray') {
    throw session.damaged('a NumPy array is of an unknown class');
  }
  const array: CheckpointTensor = { kind: 'tensor', elementType: 'uint8', dims: [0], strides: [1], offset: 0, storage: new Uint8Array() };
  emptyArrays.add(array);
  return array;
}

/** The state of an array: `(version, shape, dtype, is_fortran, bytes)`. */
export function setArrayState(target: CheckpointTensor, state: CheckpointValue, session: ReadingSession): void {
  if (!isList(state) || state.length !== 5 || !emptyArrays.delete(target)) {
    throw session.damaged('an array gets a content that does not fit');
  }
  const [, dims, type, isFortran, data] = state;
  const filled: OpenTensor = array(data, type, dims, isFortran === true || isFortran === 1, session);
  Object.assign(target, filled);
}

/** `numeric._frombuffer(bytes, dtype, shape, order)`, as protocol 5 writes arrays. */
export function arrayFromBuffer(args: CheckpointList, session: ReadingSession): CheckpointValue {
  const [data, type, dims, order] = args;
  return array(data, type, dims, order === 'F', session);
}

function array(
  data: CheckpointValue | undefined,
  type: CheckpointValue | undefined,
  dims: CheckpointValue | undefined,
  isFortran: boolean,
  session: ReadingSession,
): CheckpointTensor {
  const { type: { elementType }, code } = numpyType(type, session);
  if (elementType === null) {
    throw session.refused(`holds a NumPy array of the type '${code}'`, 'generators are made of floats, signed integers and booleans');
  }
  if (!isList(dims)) {
    throw session.damaged('a NumPy array has no shape');
  }
  const storage = bytesFrom(data, session);
  const sizes = numbers(dims);
  const strides = isFortran ? denseStrides(sizes.toReversed()).reverse() : denseStrides(sizes);
  const problem = viewProblem({ elementType, dims: sizes, strides: sizes.includes(0) ? sizes.map(() => 0) : strides, offset: 0 }, storage.length);
  if (problem !== undefined) {
    throw session.damaged(problem);
  }
  return { kind: 'tensor', elementType, dims: sizes, strides, offset: 0, storage };
}

function numpyType(value: CheckpointValue | undefined, session: ReadingSession): { type: NumpyType; code: string; size: number } {
  if (!isKind(value, 'dtype')) {
    throw session.damaged('a NumPy value has no element type');
  }
  const type = numpyTypes.get(value.code);
  if (type === undefined) {
    throw session.refused(`holds a NumPy value of the type '${printable(value.code)}'`, 'generators are made of numbers and booleans, never of objects');
  }
  const size = Number(value.code.slice(1));
  if (value.byteOrder === '>' && size > 1) {
    throw session.refused('holds a NumPy value with its bytes in big-endian order', 'save it on a little-endian machine, which nearly all are');
  }
  return { type, code: value.code, size };
}

function bytesFrom(value: CheckpointValue | undefined, session: ReadingSession): Uint8Array {
  if (value instanceof Uint8Array) {
    return value;
  }
  if (typeof value === 'string') {
    return latin1Bytes(value, session);
  }
  throw session.damaged('a NumPy value has no bytes');
}
