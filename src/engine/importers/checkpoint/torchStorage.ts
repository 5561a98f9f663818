import type { ElementType } from '../../tensor';
import type { ReadingSession } from './readingSession';
import type { CheckpointStorage, CheckpointTensor } from './values';

/** A tensor whose storage is yet to be found in the file. */
export type OpenTensor = { -readonly [K in keyof CheckpointTensor]: CheckpointTensor[K] };

/** What the storage classes of PyTorch hold; of untyped ones the size is given in bytes. */
export const storageTypes: ReadonlyMap<string, ElementType> = new Map([
  ['torch.FloatStorage', 'float32'],
  ['torch.DoubleStorage', 'float64'],
  ['torch.HalfStorage', 'float16'],
  ['torch.BFloat16Storage', 'bfloat16'],
  ['torch.LongStorage', 'int64'],
  ['torch.IntStorage', 'int32'],
  ['torch.ShortStorage', 'int16'],
  ['torch.CharStorage', 'int8'],
  ['torch.ByteStorage', 'uint8'],
  ['torch.BoolStorage', 'bool'],
  ['torch.UntypedStorage', 'uint8'],
  ['torch.storage.UntypedStorage', 'uint8'],
  ['torch.storage._UntypedStorage', 'uint8'],
  ['torch.storage.TypedStorage', 'uint8'],
  ['torch.storage._TypedStorage', 'uint8'],
]);

/** The storage of a `torch.save` blob. The legacy container gives the bytes only after the tensors that view them. */
export class TorchStorage implements CheckpointStorage {
  readonly kind = 'storage';
  bytes: Uint8Array = new Uint8Array();
  readonly #waiting: OpenTensor[] = [];

  constructor(
    readonly elementType: ElementType,
    readonly byteLength: number,
  ) {}

  /** Sets the bytes, here and in the tensors that view them. */
  bind(bytes: Uint8Array, session: ReadingSession): void {
    if (bytes.length !== this.byteLength) {
      throw session.damaged(`a storage of ${this.byteLength} bytes has ${bytes.length}`);
    }
    this.bytes = bytes;
    for (const tensor of this.#waiting.splice(0)) {
      tensor.storage = bytes;
    }
  }

  /** Gives the tensor this storage's bytes, at once or when they are bound. */
  give(tensor: OpenTensor): void {
    tensor.storage = this.bytes;
    if (this.bytes.length < this.byteLength) {
      this.#waiting.push(tensor);
    }
  }
}
