import { quote } from '../shared/quote';
import { UserError } from '../shared/userError';
import { halfToFloat } from './halfFloat';
import { sizeOf } from './tensor';
import type { ElementType, FloatTensor } from './tensor';

/** The element types of a `.npy` file that can be read. */
export type NpyElementType = ElementType | 'uint16' | 'uint32' | 'uint64';

/** An array from a `.npy` file: C order, converted to float32. */
export interface NpyArray extends FloatTensor {
  /** The type of the elements in the file. */
  readonly elementType: NpyElementType;
}

interface ElementFormat {
  readonly elementType: NpyElementType;
  readonly bytes: number;
  readonly read: (view: DataView, offset: number) => number;
}

const formats: Readonly<Record<string, ElementFormat>> = {
  f2: { elementType: 'float16', bytes: 2, read: (view, offset) => halfToFloat(view.getUint16(offset, true)) },
  f4: { elementType: 'float32', bytes: 4, read: (view, offset) => view.getFloat32(offset, true) },
  f8: { elementType: 'float64', bytes: 8, read: (view, offset) => view.getFloat64(offset, true) },
  b1: { elementType: 'bool', bytes: 1, read: (view, offset) => Number(view.getUint8(offset) !== 0) },
  u1: { elementType: 'uint8', bytes: 1, read: (view, offset) => view.getUint8(offset) },
  u2: { elementType: 'uint16', bytes: 2, read: (view, offset) => view.getUint16(offset, true) },
  u4: { elementType: 'uint32', bytes: 4, read: (view, offset) => view.getUint32(offset, true) },
  u8: { elementType: 'uint64', bytes: 8, read: (view, offset) => Number(view.getBigUint64(offset, true)) },
  i1: { elementType: 'int8', bytes: 1, read: (view, offset) => view.getInt8(offset) },
  i2: { elementType: 'int16', bytes: 2, read: (view, offset) => view.getInt16(offset, true) },
  i4: { elementType: 'int32', bytes: 4, read: (view, offset) => view.getInt32(offset, true) },
  i8: { elementType: 'int64', bytes: 8, read: (view, offset) => Number(view.getBigInt64(offset, true)) },
};

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]; // \x93NUMPY
const alignment = 64;
const mostAxes = 32;

/**
 * Reads a NumPy array file, format versions 1 to 3
 * (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
 *
 * Booleans, integers and floats of any size become float32; Fortran order becomes C order. Throws UserError,
 * which begins with `name`, for other files, other element types, big-endian data and missing data.
 */
export function readNpy(bytes: Uint8Array, name: string): NpyArray {
  const { text, dataOffset } = readHeaderText(bytes, name);
  const { descr, fortranOrder, dims } = parseHeader(text, name);
  const format = elementFormat(descr, name);
  const size = requireData(dims, format, bytes.length - dataOffset, name);
  const stored = readElements(bytes.subarray(dataOffset, dataOffset + size * format.bytes), format, size);
  return { dims, data: fortranOrder ? toRowMajor(stored, dims) : stored, elementType: format.elementType };
}

function readHeaderText(bytes: Uint8Array, name: string): { text: string; dataOffset: number } {
  if (magic.some((byte, index) => bytes[index] !== byte)) throw new UserError(`${name}: not a NumPy array file (.npy)`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = bytes[6] ?? 0;
  if (version < 1 || version > 3) throw new UserError(`${name}: .npy format version ${version} is unknown, versions 1 to 3 can be read`);
  const start = version === 1 ? 10 : 12;
  if (bytes.length < start) throw new UserError(`${name}: cut short, the header ends after ${bytes.length} bytes`);
  const dataOffset = start + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (bytes.length < dataOffset) throw new UserError(`${name}: cut short, the header needs ${dataOffset} bytes and the file has ${bytes.length}`);
  return { text: new TextDecoder().decode(bytes.subarray(start, dataOffset)), dataOffset };
}

interface Header {
  readonly descr: string;
  readonly fortranOrder: boolean;
  readonly dims: readonly number[];
}

/** The header is a Python dictionary with three known keys; nothing else of Python is understood. */
function parseHeader(text: string, name: string): Header {
  if (/['"]descr['"]\s*:\s*\[/.test(text)) throw new UserError(`${name}: holds records with fields, an array of plain numbers is needed`);
  const descr = /['"]descr['"]\s*:\s*['"]([^'"]*)['"]/.exec(text)?.[1];
  const order = /['"]fortran_order['"]\s*:\s*(True|False)/.exec(text)?.[1];
  const shape = /['"]shape['"]\s*:\s*\(([\d\s,L]*)\)/.exec(text)?.[1];
  if (descr === undefined || order === undefined || shape === undefined) throw new UserError(`${name}: its .npy header cannot be read: ${quote(text.trim())}`);
  const dims = [...shape.matchAll(/\d+/g)].map(Number);
  if (dims.length > mostAxes) throw new UserError(`${name}: has ${dims.length} axes, at most ${mostAxes} are possible`);
  return { descr, fortranOrder: order === 'True', dims };
}

function elementFormat(descr: string, name: string): ElementFormat {
  const kind = descr.slice(1);
  if (kind.startsWith('O')) throw new UserError(`${name}: holds Python objects, an array of numbers is needed`);
  if (kind.startsWith('V')) throw new UserError(`${name}: holds records, an array of plain numbers is needed`);
  const format = Object.hasOwn(formats, kind) ? formats[kind] : undefined;
  if (!format) throw new UserError(`${name}: element type ${quote(descr)} cannot be read, save it as float32: array.astype('<f4')`);
  if (descr.startsWith('>') && format.bytes > 1) throw new UserError(`${name}: is big-endian (${quote(descr)}), save it as little-endian: array.astype('<${kind}')`);
  return format;
}

/** The number of elements, once it is sure that the file holds them all. */
function requireData(dims: readonly number[], format: ElementFormat, available: number, name: string): number {
  const size = sizeOf(dims);
  const needed = size * format.bytes;
  const shape = `shape ${shapeText(dims)} of ${format.elementType}`;
  if (!Number.isSafeInteger(needed) || dims.some((dim) => !Number.isSafeInteger(dim))) throw new UserError(`${name}: ${shape} is too large`);
  if (needed > available) throw new UserError(`${name}: cut short, ${shape} needs ${needed} bytes of data and the file has ${available}`);
  return size;
}

function readElements(bytes: Uint8Array, { elementType, bytes: step, read }: ElementFormat, size: number): Float32Array {
  const data = new Float32Array(size);
  if (elementType === 'float32') {
    // The common case in one copy: every platform that VS Code runs on is little-endian.
    new Uint8Array(data.buffer).set(bytes);
    return data;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let index = 0; index < size; index++) data[index] = read(view, index * step);
  return data;
}

/** Reorders elements whose first axis runs fastest such that the last one does. */
function toRowMajor(stored: Float32Array, dims: readonly number[]): Float32Array {
  const data = new Float32Array(stored.length);
  const strides = dims.map((_, axis) => sizeOf(dims.slice(0, axis)));
  const index = dims.map(() => 0);
  let source = 0;
  for (let target = 0; target < data.length; target++) {
    data[target] = stored[source]!;
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      source += strides[axis]!;
      if (++index[axis]! < dims[axis]!) break;
      source -= strides[axis]! * dims[axis]!;
      index[axis] = 0;
    }
  }
  return data;
}

/**
 * The bytes of a `.npy` file, format version 1.0: float32, C order, the data aligned to 64 bytes.
 *
 * `data` has as many elements as `dims` says.
 */
export function writeNpy(dims: readonly number[], data: Float32Array): Uint8Array {
  if (data.length !== sizeOf(dims)) throw new RangeError(`${data.length} numbers do not have the shape ${shapeText(dims)}`);
  const dictionary = `{'descr': '<f4', 'fortran_order': False, 'shape': ${shapeText(dims)}, }`;
  const start = magic.length + 4;
  const dataOffset = Math.ceil((start + dictionary.length + 1) / alignment) * alignment;
  const file = new Uint8Array(dataOffset + data.byteLength);
  file.set([...magic, 1, 0]);
  new DataView(file.buffer).setUint16(8, dataOffset - start, true);
  file.set(new TextEncoder().encode(`${dictionary.padEnd(dataOffset - start - 1)}\n`), start);
  file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), dataOffset);
  return file;
}

function shapeText(dims: readonly number[]): string {
  return dims.length === 1 ? `(${dims[0]},)` : `(${dims.join(', ')})`;
}
