import { sizeOf } from '../../src/engine/tensor';

/**
 * What can be pickled. Arrays become lists, maps become dictionaries, whole numbers become integers and others
 * floats; what Python tells apart and JavaScript does not is tagged.
 */
export type PickleValue = null | boolean | number | string | readonly PickleValue[] | ReadonlyMap<string, PickleValue> | TaggedValue;

export type TaggedValue =
  | { readonly python: 'tuple'; readonly items: readonly PickleValue[] }
  /** A float although it is whole. */
  | { readonly python: 'float' | 'numpy.float64'; readonly value: number }
  | { readonly python: 'emptySet' }
  | { readonly python: 'orderedDict'; readonly entries: ReadonlyMap<string, PickleValue> }
  | PersistentValue
  | TensorValue;

/** An object of a class that is decorated with `torch_utils.persistence.persistent_class`. */
export interface PersistentValue {
  readonly python: 'persistent';
  readonly className: string;
  /** The Python source that the object brings with it. */
  readonly source: string;
  readonly state: ReadonlyMap<string, PickleValue>;
}

/** A PyTorch tensor with a storage of its own. */
export interface TensorValue {
  readonly python: 'tensor';
  /** float32 numbers, or the bits of float16 ones, in the order of the storage. */
  readonly data: Float32Array | Uint16Array;
  readonly dims: readonly number[];
  /** In elements; C order where left out. */
  readonly strides?: readonly number[];
  /** Wrapped in `torch.nn.Parameter`. */
  readonly parameter?: boolean;
}

export const tuple = (...items: readonly PickleValue[]): PickleValue => ({ python: 'tuple', items });
export const float = (value: number): PickleValue => ({ python: 'float', value });
export const numpyFloat = (value: number): PickleValue => ({ python: 'numpy.float64', value });
export const emptySet: PickleValue = { python: 'emptySet' };
export const dict = (entries: Readonly<Record<string, PickleValue>>): ReadonlyMap<string, PickleValue> => new Map(Object.entries(entries));
export const orderedDict = (entries: ReadonlyMap<string, PickleValue> = new Map()): PickleValue => ({ python: 'orderedDict', entries });

/**
 * Pickles a value with protocol 4 (PEP 3154), tensors as nested `torch.save` blobs of the legacy container, as
 * `pickle.dump` of PyTorch objects does. The data of tensors is copied once.
 */
export function pickled(value: PickleValue): Uint8Array {
  const writer = new PickleWriter();
  writer.write(value);
  const bytes = Buffer.concat([latin1('\x80\x04'), ...writer.chunks, latin1('.')]);
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

class PickleWriter {
  readonly chunks: Uint8Array[] = [];
  /** The memo index of texts, globals and NumPy's element type, which are written once. */
  private readonly memo = new Map<string, number>();
  private storages = 0;

  write(value: PickleValue): void {
    if (value === null) this.op('N');
    else if (typeof value === 'boolean') this.op(value ? '\x88' : '\x89');
    else if (typeof value === 'number') this.chunks.push(numberOperation(value));
    else if (typeof value === 'string') this.text(value);
    else if (value instanceof Map) this.dictionary(value as ReadonlyMap<string, PickleValue>);
    else if (Array.isArray(value)) this.list(value as readonly PickleValue[]);
    else this.tagged(value as TaggedValue);
  }

  private op(operations: string): void {
    this.chunks.push(latin1(operations));
  }

  private text(value: string): void {
    this.once(`text ${value}`, () => {
      const utf8 = Buffer.from(value);
      this.chunks.push(utf8.length < 256 ? latin1(`\x8c${String.fromCharCode(utf8.length)}`) : Buffer.concat([latin1('X'), uint32(utf8.length)]), utf8);
    });
  }

  /** Writes what comes again as a reference to its first place. */
  private once(key: string, write: () => void): void {
    const known = this.memo.get(key);
    if (known !== undefined) {
      this.chunks.push(known < 256 ? latin1(`h${String.fromCharCode(known)}`) : Buffer.concat([latin1('j'), uint32(known)]));
      return;
    }
    write();
    this.op('\x94');
    this.memo.set(key, this.memo.size);
  }

  private global(moduleName: string, name: string): void {
    this.once(`global ${moduleName}.${name}`, () => {
      this.text(moduleName);
      this.text(name);
      this.op('\x93');
    });
  }

  private dictionary(entries: ReadonlyMap<string, PickleValue>): void {
    this.op('}');
    this.items(entries);
  }

  private items(entries: ReadonlyMap<string, PickleValue>): void {
    if (entries.size === 0) return;
    this.op('(');
    for (const [key, value] of entries) {
      this.text(key);
      this.write(value);
    }
    this.op('u');
  }

  private list(items: readonly PickleValue[]): void {
    this.op(']');
    if (items.length === 0) return;
    this.op('(');
    for (const item of items) this.write(item);
    this.op('e');
  }

  private tagged(value: TaggedValue): void {
    switch (value.python) {
      case 'tuple':
        return this.tuple(value.items);
      case 'float':
        return void this.chunks.push(floatOperation(value.value));
      case 'numpy.float64':
        return this.numpyFloat(value.value);
      case 'emptySet':
        return this.op('\x8f');
      case 'orderedDict':
        this.global('collections', 'OrderedDict');
        this.op(')R');
        return this.items(value.entries);
      case 'persistent':
        return this.persistent(value);
      case 'tensor':
        return value.parameter ? this.parameter(value) : this.tensor(value);
    }
  }

  private tuple(items: readonly PickleValue[]): void {
    if (items.length === 0) return this.op(')');
    this.op('(');
    for (const item of items) this.write(item);
    this.op('t');
  }

  /** `numpy.core.multiarray.scalar(dtype('<f8'), bytes)`. */
  private numpyFloat(value: number): void {
    this.global('numpy.core.multiarray', 'scalar');
    this.once('float64', () => {
      this.global('numpy', 'dtype');
      this.tuple(['f8', false, true]);
      this.op('R');
      this.tuple([3, '<', null, null, null, -1, -1, 0]);
      this.op('b');
    });
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(value);
    this.chunks.push(latin1('C\x08'), bytes);
    this.op('\x86R');
  }

  private persistent({ className, source, state }: PersistentValue): void {
    this.global('torch_utils.persistence', '_reconstruct_persistent_obj');
    this.dictionary(new Map<string, PickleValue>([['type', 'class'], ['version', 6], ['module_src', source], ['class_name', className], ['state', state]]));
    this.op('\x85R');
  }

  private parameter(value: TensorValue): void {
    this.global('torch._utils', '_rebuild_parameter');
    this.tensor(value);
    this.write(false);
    this.write(orderedDict());
    this.op('\x87R');
  }

  /** `_rebuild_tensor_v2(storage, offset, size, stride, requires_grad, backward_hooks)`. */
  private tensor({ data, dims, strides = contiguousStrides(dims) }: TensorValue): void {
    if (data.length !== sizeOf(dims)) throw new RangeError(`${data.length} numbers do not have the shape [${dims.join(', ')}]`);
    this.global('torch._utils', '_rebuild_tensor_v2');
    this.op('(');
    this.global('torch.storage', '_load_from_bytes');
    const blob = torchSaveBlob(data, String(94_000_000 + this.storages++));
    this.chunks.push(latin1('B'), uint32(blob.reduce((total, { length }) => total + length, 0)), ...blob);
    this.op('\x85R');
    this.write(0);
    this.tuple(dims);
    this.tuple(strides);
    this.write(false);
    this.write(orderedDict());
    this.op('tR');
  }
}

/** The strides of a dense tensor in C order. */
export function contiguousStrides(dims: readonly number[]): number[] {
  return dims.map((_, axis) => sizeOf(dims.slice(axis + 1)));
}

/** One storage in the legacy container of `torch.save`: four small pickles, then the count and the raw bytes. */
function torchSaveBlob(data: Float32Array | Uint16Array, key: string): Uint8Array[] {
  const type = data instanceof Float32Array ? 'FloatStorage' : 'HalfStorage';
  const header = [
    latin1('\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.'),
    latin1('\x80\x02M\xe9\x03.'),
    latin1('\x80\x02}('), longText('protocol_version'), latin1('M\xe9\x03'), longText('little_endian'), latin1('\x88'),
    longText('type_sizes'), latin1('}('), longText('short'), latin1('K\x02'), longText('int'), latin1('K\x04'), longText('long'), latin1('K\x04uu.'),
    latin1('\x80\x02('), longText('storage'), latin1(`ctorch\n${type}\n`), longText(key), longText('cpu'), numberOperation(data.length), latin1('NtQ.'),
    latin1('\x80\x02]'), longText(key), latin1('a.'),
  ];
  const count = Buffer.alloc(8);
  count.writeBigUInt64LE(BigInt(data.length));
  return [Buffer.concat([...header, count]), new Uint8Array(data.buffer, data.byteOffset, data.byteLength)];
}

function numberOperation(value: number): Uint8Array {
  if (!Number.isInteger(value)) return floatOperation(value);
  if (value >= 0 && value < 256) return latin1(`K${String.fromCharCode(value)}`);
  const bytes = Buffer.alloc(5);
  bytes.write('J');
  bytes.writeInt32LE(value, 1);
  return bytes;
}

function floatOperation(value: number): Uint8Array {
  const bytes = Buffer.alloc(9);
  bytes.write('G');
  bytes.writeDoubleBE(value, 1);
  return bytes;
}

/** A text as protocol 2 writes it. */
function longText(value: string): Uint8Array {
  const utf8 = Buffer.from(value);
  return Buffer.concat([latin1('X'), uint32(utf8.length), utf8]);
}

function latin1(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
