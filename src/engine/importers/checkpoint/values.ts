import type { ElementType } from '../../tensor';

/**
 * What a checkpoint is read into: plain data, nothing of it ever ran.
 *
 * Lists, tuples and `torch.Size` become arrays; dictionaries of every kind (`OrderedDict`, `EasyDict`, ..) become
 * maps in the order of the file; integers beyond 2^53 become bigints; bytes and bytearrays become views of the
 * file. Values that the file shares are shared here too, and a hostile file can hold a list that contains itself:
 * walk no value deeper than the format that you expect.
 */
export type CheckpointValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | CheckpointList
  | CheckpointMap
  | ReadonlySet<CheckpointValue>
  | CheckpointTensor
  | CheckpointStorage
  | PersistentObject
  | PlainObject
  | GlobalName
  | NumpyDtype;

export type CheckpointList = readonly CheckpointValue[];
export type CheckpointMap = ReadonlyMap<CheckpointValue, CheckpointValue>;

/** A PyTorch tensor or a NumPy array: a view of the file's bytes, little endian, whose bounds have been checked. */
export interface CheckpointTensor {
  readonly kind: 'tensor';
  readonly elementType: ElementType;
  readonly dims: readonly number[];
  /** In elements, one for each of `dims`; never negative. */
  readonly strides: readonly number[];
  /** The first element of the view, counted in elements from the start of `storage`. */
  readonly offset: number;
  /** A view of the file, not a copy: it is not aligned, and is not to be written to. */
  readonly storage: Uint8Array;
}

/** The bytes behind one or more PyTorch tensors. */
export interface CheckpointStorage {
  readonly kind: 'storage';
  /** `uint8` where the storage is untyped. */
  readonly elementType: ElementType;
  readonly bytes: Uint8Array;
}

/** An object that NVlabs' `torch_utils.persistence` pickled; the source code that came with it is left out. */
export interface PersistentObject {
  readonly kind: 'persistent';
  readonly className: string;
  /** The object's attributes, as a rule a map. */
  readonly state: CheckpointValue;
}

/** An object of an allowed class, as its name and what the file would have given to it. */
export interface PlainObject {
  readonly kind: 'object';
  readonly moduleName: string;
  readonly className: string;
  /** What the constructor would have got. */
  readonly args: CheckpointList;
  /** The object's attributes, as a rule a map; null where the file gives none. */
  readonly state: CheckpointValue;
}

/** An allowed class, function or constant that the file names as a value, such as `torch.float32`. */
export interface GlobalName {
  readonly kind: 'global';
  readonly moduleName: string;
  readonly name: string;
}

/** A NumPy element type that the file holds as a value. */
export interface NumpyDtype {
  readonly kind: 'dtype';
  /** NumPy's letter and size in bytes, such as `f4`. */
  readonly code: string;
  readonly byteOrder: '<' | '>' | '=' | '|';
}

type Tagged = Extract<CheckpointValue, { readonly kind: string }>;

/** Whether a value is a list, a tuple or a `torch.Size`. */
export function isList(value: CheckpointValue | undefined): value is CheckpointList {
  return Array.isArray(value);
}

/** Whether a value is a dictionary of any kind. */
export function isMap(value: CheckpointValue | undefined): value is CheckpointMap {
  return value instanceof Map;
}

/** Whether a value is a set or a frozenset. */
export function isSet(value: CheckpointValue | undefined): value is ReadonlySet<CheckpointValue> {
  return value instanceof Set;
}

/** Whether a value is a tagged object of the given kind. */
export function isKind<K extends Tagged['kind']>(value: CheckpointValue | undefined, kind: K): value is Extract<Tagged, { readonly kind: K }> {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind;
}
