import { PROTO } from './unpickler';

/** What a file turns out to be: one of the containers that are read, or something else, in words. */
export type Container = { readonly kind: 'zip' | 'pickle' } | { readonly kind: 'other'; readonly is: string; readonly remedy?: string };

/** Above any pickle protocol: what follows a first byte that is PROTO by chance is likely to be more. */
const PROTOCOL_LIMIT = 32;
const EXPECTED = 'choose a generator checkpoint that PyTorch wrote: a .pkl, .pth or .pt file';

type Test = (bytes: Uint8Array, text: string) => boolean;

/** What people choose by mistake, by how it begins. `text` is the beginning of the file, one character a byte. */
const others: readonly [test: Test, is: string, remedy?: string][] = [
  [(bytes) => bytes.length === 0, 'is empty', 'copy or download it again'],
  [startsWith('\x89PNG\r\n'), 'is a PNG image'],
  [startsWith('\xff\xd8\xff'), 'is a JPEG image'],
  [startsWith('GIF8'), 'is a GIF image'],
  [(_, text) => /^RIFF.{4}WEBP/s.test(text), 'is a WebP image'],
  [startsWith('\x93NUMPY'), 'is a NumPy array'],
  [startsWith('\x89HDF\r\n'), 'is an HDF5 file'],
  [startsWith('%PDF-'), 'is a PDF document'],
  [startsWith('\x1f\x8b'), 'is packed with gzip', 'unpack it first'],
  [startsWith("7z\xbc\xaf'\x1c"), 'is packed with 7-Zip', 'unpack it first'],
  [startsWith('Rar!'), 'is packed with RAR', 'unpack it first'],
  [startsWith('PK\x05\x06'), 'is an empty zip archive', 'copy or download it again'],
  [(_, text) => text.slice(257, 262) === 'ustar', 'is a tar archive', 'unpack it first'],
  [isSafetensors, 'is a safetensors file'],
  [isOnnx, 'is an ONNX model', 'open it as a generator, without importing it; its name must end in .onnx'],
  [startsWith('version https://git-lfs'), 'is a git-lfs pointer, not the file itself', 'fetch the file with git lfs pull'],
  [(_, text) => /^\s*(<!doctype html|<html|<head|<\?xml)/i.test(text), 'is a web page, as a failed download leaves', 'download the checkpoint again'],
  [(_, text) => /^(\(?[dl]p\d*\n|c[\w.]+\n\w+\n|[}\])]q)/.test(text), 'is a pickle of protocol 0 or 1', 'save it again with protocol 2 or newer'],
  [(bytes, text) => /^\s*[{[]/.test(text) && isText(bytes), 'is a JSON text'],
  [isText, 'is a text'],
];

/** Recognises a file by its content; its extension plays no part. */
export function recognise(bytes: Uint8Array): Container {
  const text = String.fromCharCode(...bytes.subarray(0, 1024));
  if (bytes[0] === PROTO && (bytes[1] ?? 0) < PROTOCOL_LIMIT && !isSafetensors(bytes, text)) {
    return { kind: 'pickle' };
  }
  if (text.startsWith('PK\x03\x04')) {
    return { kind: 'zip' };
  }
  const found = others.find(([test]) => test(bytes, text));
  return { kind: 'other', is: found?.[1] ?? 'is no checkpoint', remedy: found?.[2] ?? EXPECTED };
}

function startsWith(beginning: string): Test {
  return (_, text) => text.startsWith(beginning);
}

/** A 64-bit length, which is never beyond 2^40, and a JSON object. */
function isSafetensors(bytes: Uint8Array, text: string): boolean {
  return bytes.length > 8 && bytes.subarray(5, 8).every((byte) => byte === 0) && text.startsWith('{"', 8);
}

/** A protocol buffer that begins with `ir_version`, a small number, and goes on with a field of `ModelProto`. */
function isOnnx(bytes: Uint8Array): boolean {
  const [first, version = 0, next = 0] = bytes;
  return first === 0x08 && version > 0 && version < 32 && [0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42].includes(next);
}

function isText(bytes: Uint8Array): boolean {
  try {
    const beginning = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, 1024), { stream: true });
    return /^[^\p{Cc}]+$/u.test(beginning.replace(/[\t\r\n]/g, ' '));
  } catch {
    return false;
  }
}
