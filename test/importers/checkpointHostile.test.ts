import { describe, expect, it } from 'vitest';
import { readCheckpoint } from '../../src/engine/importers/checkpoint/readCheckpoint';
import { UserError } from '../../src/shared/userError';
import type { Piece } from './pickleBuilder';
import { binary, bytesOf, call, dict, float32, integer, legacyBlob, named, pickle, storage, tensor, text, tuple, uint32, uint64 } from './pickleBuilder';
import { refusal } from './checkpointValues';
import { torchZip, zip } from './zipBuilder';

const six = float32(0, 1, 2, 3, 4, 5);
const stored = { key: '7', count: 6, bytes: six };
const sixth = storage('FloatStorage', '7', 6);

/** A file of tensors over one storage of six numbers. */
function blobOf(object: Piece): Uint8Array {
  return legacyBlob(object, [stored]);
}

function archiveOf(object: Piece): Uint8Array {
  return torchZip(pickle(object), { 7: six });
}

function nested(blob: Uint8Array): Uint8Array {
  return call('torch.storage', '_load_from_bytes', binary(blob));
}

function repeated(piece: Uint8Array, times: number): Uint8Array {
  return Buffer.concat(new Array<Uint8Array>(times).fill(piece));
}

const float4 = bytesOf(call('numpy', 'dtype', text('f4'), '\x89', '\x88'), tuple('K\x03', text('<'), 'N', 'N', 'N', 'K\x00', 'K\x00', 'K\x00'), 'b');
const emptyArray = call('numpy._core.multiarray', '_reconstruct', named('numpy', 'ndarray'), tuple('K\x00'), binary(bytesOf('b')));

/** Finishes in a moment, whatever the file asks for; a test that takes longer fails. */
const SECONDS = 5;

describe('names that no checkpoint needs', () => {
  it('names what was asked for, where, and what would be right', () => {
    expect(refusal(pickle('K\x01', call('posix', 'system', text('touch x'))))).toBe(
      "x.pkl asks for 'posix.system', which a generator checkpoint does not need: the file is not opened (byte 4); take a checkpoint from the generator's authors, or save its state_dict() alone",
    );
  });

  it.each([
    ['os', 'system'],
    ['nt', 'system'],
    ['builtins', 'eval'],
    ['builtins', 'exec'],
    ['builtins', 'getattr'],
    ['builtins', '__import__'],
    ['__builtin__', 'apply'],
    ['subprocess', 'Popen'],
    ['torch.hub', 'load'],
    ['torch', 'load'],
    ['torch.serialization', 'load'],
    ['torch.nn.modules.module', 'os.system'],
    ['torch.nn.modules.utils', '_pair'],
    ['torch.nn.modules.container.os', 'System'],
    ['torch_utils.persistence', '_src_to_module'],
    ['numpy.core.multiarray', 'fromfile'],
    ['numpy', 'load'],
    ['functools', 'partial'],
    ['collections.OrderedDict', '__reduce__'],
    ['', ''],
    ['constructor', 'prototype'],
    ['__proto__', 'toString'],
  ])('refuses %s.%s by GLOBAL, STACK_GLOBAL and INST', (moduleName, name) => {
    const expected = `asks for '${moduleName}.${name}'`;
    expect(refusal(pickle(named(moduleName, name)))).toContain(expected);
    expect(refusal(pickle(text(moduleName), text(name), '\x93'))).toContain(expected);
    expect(refusal(pickle(`(i${moduleName}\n${name}\n`))).toContain(expected);
  });

  it('refuses them within a nested blob and a zip archive too', () => {
    const evil = named('posix', 'system');
    expect(refusal(pickle(nested(blobOf(evil))))).toContain("asks for 'posix.system'");
    expect(refusal(archiveOf(evil))).toContain("asks for 'posix.system'");
  });

  it('shows a name in one short line', () => {
    const message = refusal(pickle(text('os\n\u001b[31m'), text('x'.repeat(5000)), '\x93'));
    expect(message).toContain("'os??[31m.xxx");
    expect(message.length).toBeLessThan(400);
  });

  it.each([
    ['dnnlib.tflib.network', 'Network'],
    ['tfutil', 'Network'],
  ])('tells how to convert a TensorFlow network (%s.%s)', (moduleName, name) => {
    expect(refusal(pickle(named(moduleName, name)))).toMatch(/TensorFlow era of StyleGAN \(byte 2\); convert it first with legacy\.py of stylegan2-ada-pytorch or stylegan3$/);
  });
});

describe('broken and greedy pickles', () => {
  it.each<[string, Uint8Array, string]>([
    ['a protocol of the future', bytesOf('\x80\x06N.'), 'pickle of protocol 6'],
    ['a nested pickle without PROTO', bytesOf('N.'), 'is a text'],
    ['an unknown operation', pickle('\xff'), '0xff is no pickle operation'],
    ['no STOP', bytesOf('\x80\x02N'), '1 bytes are announced where 0 are left'],
    ['nothing to return', pickle(), 'too few values'],
    ['POP of nothing', pickle('0'), 'too few values'],
    ['TUPLE without a mark', pickle('Nt'), 'no mark'],
    ['a value from below the mark', pickle('N(\x85'), 'too few values'],
    ['a tuple of too few', pickle('N\x87'), 'too few values'],
    ['DUP of nothing', pickle('2'), 'too few values'],
    ['MEMOIZE of nothing', pickle('\x94'), 'too few values'],
    ['an unset memo entry', pickle('h\x09'), 'memo entry 9 is used before it is set'],
    ['a memo entry without a number', pickle('Np-1\n'), 'a memo entry has no number'],
    ['APPEND to a number', pickle('K\x01K\x02a'), 'no list'],
    ['APPENDS to a dictionary', pickle('}(K\x02e'), 'no list'],
    ['ADDITEMS to a list', pickle('](K\x02\x90'), 'no set'],
    ['SETITEM in a list', pickle(']K\x01K\x02s'), 'no dictionary'],
    ['a key without a value', pickle('}(K\x01u'), 'key without a value'],
    ['REDUCE of a number', pickle('K\x01)R'), 'no class with a tuple of arguments'],
    ['REDUCE without a tuple', pickle(named('torch', 'Size'), 'K\x01R'), 'no class with a tuple of arguments'],
    ['REDUCE of a text that is a name', pickle(text('torch.Size'), ')R'), 'no class with a tuple of arguments'],
    ['a call of a value', pickle(named('torch', 'float32'), ')R'), "'torch.float32' is called"],
    ['OBJ of nothing', pickle('(o'), 'no class'],
    ['keyword arguments', pickle(named('torch', 'device'), ')}', '(', text('a'), 'K\x01u\x92'), 'keyword arguments'],
    ['a name that is no text', pickle('K\x01K\x02\x93'), 'not named by two texts'],
    ['a state for a number', pickle('K\x01}b'), 'takes none'],
    ['a state for a persistent object', pickle(call('torch_utils.persistence', '_reconstruct_persistent_obj', dict({ type: text('class'), class_name: text('G') })), '}b'), 'takes none'],
    ['a persistent id in a plain pickle', pickle(text('0'), 'Q'), 'outside of a torch.save blob'],
    ['a persistent id as a line', pickle('P0\n'), 'outside of a torch.save blob'],
    ['out-of-band buffers', pickle('\x97'), 'buffers outside of the file'],
    ['a read-only buffer', pickle('N\x98'), 'buffers outside of the file'],
    ['the extension registry', pickle('\x82\x01'), 'extension registry'],
    ['bytes of 2^60', pickle('\x8e', uint64(2n ** 60n)), 'are announced where'],
    ['a text of 2^63', pickle('\x8d', uint64(2n ** 63n)), 'are announced where'],
    ['a bytearray of 2^40', pickle('\x96', uint64(2n ** 40n)), 'are announced where'],
    ['a frame beyond the file', pickle('\x95', uint64(1000)), 'a frame of 1000 bytes'],
    ['an integer of megabytes', pickle('\x8b', uint32(2 ** 21), new Uint8Array(2 ** 21)), 'an integer of 2097152 bytes'],
    ['an integer of negative length', pickle('\x8b\xff\xff\xff\xff'), 'an integer of 4294967295 bytes'],
    ['an integer of many digits', pickle(`I${'9'.repeat(60000)}\n`), 'not written as Python writes it'],
    ['an integer that is none', pickle('I0x10\n'), 'not written as Python writes it'],
    ['a float that is none', pickle('Fconstructor\n'), 'not written as Python writes it'],
    ['a text without quotes', pickle('Sabc\n'), 'not written as Python writes it'],
    ['a line without an end', pickle('I', '1'.repeat(100_000)), 'a line has no end'],
    ['a text that is not UTF-8', pickle('\x8c\x01\xff'), 'not UTF-8'],
    ['a bytearray of a given length', pickle(call('builtins', 'bytearray', integer(2n ** 40n))), 'written in an unknown way'],
    ['bytes in a codec', pickle(call('_codecs', 'encode', text('x'), text('zip'))), 'written in an unknown way'],
    ['bytes that are none', pickle(call('_codecs', 'encode', text('€'), text('latin1'))), 'characters that are none'],
    ['a set of a number', pickle(call('builtins', 'set', 'K\x01')), 'made of what is none'],
    ['a dictionary of numbers', pickle(call('builtins', 'dict', '](K\x01K\x02e')), 'no pairs'],
    ['a persistent object without a name', pickle(call('torch_utils.persistence', '_reconstruct_persistent_obj', '}')), 'no class name'],
    ['_reconstructor of itself', pickle(call('copyreg', '_reconstructor', named('copyreg', '_reconstructor'), named('builtins', 'object'), 'N')), 'not rebuilt'],
  ])('%s', (_name, file, expected) => {
    expect(refusal(file)).toContain(expected);
  });

  it.each<[string, Uint8Array]>([
    ['millions of dictionaries', pickle('}'.repeat(3_000_000))],
    ['millions of lists', pickle(']'.repeat(3_000_000))],
    ['millions of views', pickle('C\x00'.repeat(3_000_000))],
    ['millions of objects', pickle(named('argparse', 'Namespace'), 'q\x00)q\x010', 'h\x00h\x01R'.repeat(2_000_000))],
    ['tens of millions of operations', pickle('N0'.repeat(12_000_000), 'N')],
    ['copies of a long list', pickle('(', 'N'.repeat(100_000), 'lq\x000', repeated(bytesOf(named('builtins', 'list'), 'h\x00\x85R0'), 100_000), 'N')],
    ['copies of a long text', pickle(text('x'.repeat(1_000_000)), 'q\x000', repeated(bytesOf(named('_codecs', 'encode'), 'h\x00\x85R0'), 100_000), 'N')],
  ])('%s', (_name, file) => {
    expect(refusal(file)).toMatch(/asks for more than .*no generator checkpoint needs that$/);
  }, SECONDS * 1000);

  it.each<[string, Uint8Array, string]>([
    ['millions of values that are remembered', pickle('N\x94'.repeat(8 * 2 ** 20)), 'asks for more than 2097152 pickle operations'],
    ['a memo entry of a high number', pickle('Nr', uint32(2 ** 20)), 'asks for more than 1048576 memo entries'],
    ['a memo entry of a high number as a line', pickle('Np9999999999\n'), 'asks for more than 1048576 memo entries'],
    ['a name of megabytes', pickle(text('torch.nn.modules.linear'), text('A'.repeat(2 ** 22)), '\x93'), "asks for 'torch.nn.modules.linear.AAA"],
    ['a number of very many digits that is none', pickle(`F${'1'.repeat(65_000)}x\n`), 'not written as Python writes it'],
    ['the metadata of many tensors', blobOf(bytesOf(
      '}(', Array.from({ length: 200_000 }, (_, i) => `U\x06${100_000 + i}N`).join(''), 'uq\x000',
      tuple(sixth, 'K\x00', ')', ')', '\x89', '}', 'h\x00'), 'q\x010', named('torch._utils', '_rebuild_tensor_v2'), 'q\x020', 'h\x02h\x01R0'.repeat(200_000), '\xff',
    )), '0xff is no pickle operation'],
  ])('%s', (_name, file, expected) => {
    expect(refusal(file)).toContain(expected);
  }, SECONDS * 1000);

  it('reads the same nested blob once, however often it is loaded', () => {
    const blob = blobOf(bytesOf('N0'.repeat(100_000), sixth));
    const again = bytesOf(named('torch.storage', '_load_from_bytes'), 'h\x00\x85R0');
    const file = pickle(binary(blob), 'q\x000', repeated(again, 50_000), 'N');
    expect(readCheckpoint(file, 'x.pkl')).toBeNull();
  }, SECONDS * 1000);

  it('refuses blobs within blobs within blobs', () => {
    const nest = (depth: number): Uint8Array => (depth === 0 ? bytesOf('N') : nested(legacyBlob(nest(depth - 1), [])));
    expect(readCheckpoint(pickle(nest(4)), 'x.pkl')).toBeNull();
    expect(refusal(pickle(nest(5)))).toContain('nests torch.save blobs more than 4 deep');
  });
});

describe('keys that fall together in a hash table', () => {
  const keys = doublesOfOneHash(100_000).map((key) => bytesOf('G', key));
  const few = keys.slice(0, 9000);
  const manyKeys = 'asks for more than 10000 dictionary keys and set members that are no texts';
  const all = (items: readonly Uint8Array[], end = ''): Uint8Array => Buffer.concat(items.flatMap((item) => [item, bytesOf(end)]));
  const pairs = (items: readonly Uint8Array[]): Uint8Array => all(items, 'N');
  const integers = Array.from({ length: 20_000 }, (_, i) => integer(i * 2 ** 32));

  it.each<[string, Uint8Array]>([
    ['SETITEMS', pickle('}(', pairs(keys), 'u')],
    ['SETITEM', pickle('}', all(keys, 'Ns'))],
    ['DICT', pickle('(', pairs(keys), 'd')],
    ['an ordered dictionary', pickle(call('collections', 'OrderedDict'), '(', pairs(keys), 'u')],
    ['a dictionary of pairs', pickle(call('collections', 'OrderedDict', bytesOf('](', all(keys, 'N\x86'), 'e')))],
    ['copies of a dictionary', pickle('}(', pairs(few), 'uq\x000', repeated(bytesOf(named('builtins', 'dict'), 'h\x00\x85R0'), 200), 'N')],
    ['ADDITEMS', pickle('\x8f(', all(keys), '\x90')],
    ['FROZENSET', pickle('(', all(keys), '\x91')],
    ['a set of a list', pickle(call('builtins', 'set', bytesOf('](', all(keys), 'e')))],
    ['copies of a set', pickle('(', all(few), '\x91q\x000', repeated(bytesOf(named('builtins', 'frozenset'), 'h\x00\x85R0'), 200), 'N')],
    ['integers', pickle('}(', pairs(integers), 'u')],
    ['large integers', pickle('\x8f(', all(integers.map((_, i) => integer(2n ** 60n + BigInt(i)))), '\x90')],
    ['tuples', pickle('\x8f(', ')'.repeat(20_000), '\x90')],
    ['a state', pickle(named('argparse', 'Namespace'), ')R}(', pairs(keys), 'ub')],
    ['nested blobs', pickle(nested(legacyBlob(bytesOf('}(', pairs(few), 'u'), [])), nested(legacyBlob(bytesOf('}(', pairs(few), 'u'), [])))],
  ])('are few (%s)', (_name, file) => {
    expect(refusal(file)).toContain(manyKeys);
  }, SECONDS * 1000);

  it('are read where they are few', () => {
    // Some of them are the same key, not a number.
    expect((readCheckpoint(pickle('}(', pairs(few), 'u'), 'x.pkl') as ReadonlyMap<unknown, unknown>).size).toBeGreaterThan(8900);
  }, SECONDS * 1000);

  it('are not texts, as long as they are short', () => {
    const texts = Array.from({ length: 200_000 }, (_, i) => text(String(i)));
    expect((readCheckpoint(pickle('}(', pairs(texts), 'u'), 'x.pkl') as ReadonlyMap<unknown, unknown>).size).toBe(texts.length);
  }, SECONDS * 1000);

  const long = text('x'.repeat(1025));
  it.each<[string, Uint8Array]>([
    ['a dictionary', pickle('}', long, 'Ns')],
    ['a copy of a dictionary', pickle(call('builtins', 'dict', bytesOf(']', long, 'N\x86a')))],
    ['a set', pickle('\x8f(', long, '\x90')],
    ['a set of a list', pickle(call('builtins', 'set', bytesOf(']', long, 'a')))],
    ['storages', legacyBlob(storage('FloatStorage', 'x'.repeat(1025), 6), [])],
    ['parts of storages', blobOf(storage('FloatStorage', '7', 6, tuple(text('x'.repeat(1025)), integer(0), integer(1))))],
    ['an archive', zip([{ name: 'x'.repeat(1025), data: 'x' }])],
  ])('are no long texts in %s', (_name, file) => {
    expect(refusal(file)).toContain('has a key or name of 1025 characters');
  });

  it('are no texts of 1025 characters, but of 1024', () => {
    expect(readCheckpoint(pickle('}', text('x'.repeat(1024)), 'Ns'), 'x.pkl')).toEqual(new Map([['x'.repeat(1024), null]]));
  });
});

/** Doubles, big endian, that all have one hash in V8: what its `ComputeLongHash` does to their bits, undone step by step. */
function doublesOfOneHash(count: number): Uint8Array[] {
  const wrap = (value: bigint): bigint => BigInt.asUintN(64, value);
  const inverse = (odd: bigint): bigint => Array.from({ length: 6 }).reduce<bigint>((x) => wrap(x * (2n - odd * x)), odd);
  const unshifted = (value: bigint, bits: bigint): bigint => {
    let result = value;
    for (let shift = bits; shift < 64n; shift += bits) result = value ^ (result >> bits);
    return result;
  };
  const [by65, by21, by18] = [inverse(65n), inverse(21n), inverse(2n ** 18n - 1n)];
  return Array.from({ length: count }, (_, i) => {
    const sum = unshifted(wrap((BigInt(i) << 32n) + 12345n), 22n);
    const product = unshifted(wrap(sum * by65), 11n);
    const shifted = unshifted(wrap(product * by21), 31n);
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64BE(wrap((shifted + 1n) * by18));
    return new Uint8Array(bytes);
  });
}

describe('broken and greedy tensors', () => {
  const view = (offset: number | bigint, dims: (number | bigint)[], strides: (number | bigint)[]): Uint8Array => tensor(sixth, offset, dims, strides);

  it.each<[string, Piece, string]>([
    ['one element too many', view(0, [7], [1]), 'a tensor [7] reaches beyond its storage of 24 bytes'],
    ['an offset too far', view(3, [4], [1]), 'reaches beyond'],
    ['a stride too wide', view(0, [2, 2], [5, 1]), 'reaches beyond'],
    ['a number beyond the end', view(6, [], []), 'reaches beyond'],
    ['nothing beyond the end', view(2n ** 40n, [0], [1]), 'reaches beyond'],
    ['a negative stride', view(5, [6], [-1]), 'no whole number from 0'],
    ['a negative offset', view(-1, [1], [1]), 'no whole number from 0'],
    ['a negative size', view(0, [-1], [1]), 'no whole number from 0'],
    ['a size beyond 2^53', view(0, [2n ** 60n], [0]), 'no whole number from 0'],
    ['a stride beyond 2^53', view(0, [2], [2n ** 62n]), 'no whole number from 0'],
    ['sizes whose product overflows', view(0, [2n ** 40n, 2n ** 40n], [0, 0]), 'more elements than can be counted'],
    ['sizes whose product overflows and returns', view(0, [2n ** 32n, 2n ** 32n, 2n ** 32n], [0, 0, 0]), 'more elements than can be counted'],
    ['strides that overflow', view(0, [2n ** 30n, 2], [2n ** 52n, 1]), 'reaches beyond'],
    ['more strides than sizes', view(0, [1], [1, 1]), '1 dimensions and 2 strides'],
    ['65 dimensions', view(0, new Array<number>(65).fill(1), new Array<number>(65).fill(1)), '65 dimensions'],
    ['a million dimensions', call('torch._utils', '_rebuild_tensor', sixth, 'K\x00', tuple('K\x01'.repeat(1_000_000)), tuple('K\x01'.repeat(1_000_000))), 'dimensions'],
    ['sizes that are texts', call('torch._utils', '_rebuild_tensor', sixth, 'K\x00', tuple(text('6')), tuple(text('1'))), 'no whole number from 0'],
    ['a size that is no tuple', call('torch._utils', '_rebuild_tensor', sixth, 'K\x00', 'K\x06', 'K\x01'), 'no offset, size and stride'],
    ['an offset that is none', call('torch._utils', '_rebuild_tensor', sixth, 'N', tuple('K\x06'), tuple('K\x01')), 'no offset, size and stride'],
    ['a fraction', call('torch._utils', '_rebuild_tensor', sixth, 'G?\xe0\x00\x00\x00\x00\x00\x00', tuple('K\x01'), tuple('K\x01')), 'no whole number from 0'],
    ['no storage', call('torch._utils', '_rebuild_tensor_v2', 'N', 'K\x00', ')', ')', '\x89', '}'), 'no storage'],
    ['no arguments', call('torch._utils', '_rebuild_tensor_v2'), 'no storage'],
    ['a parameter of a number', call('torch._utils', '_rebuild_parameter', 'K\x01', '\x89', '}'), 'a parameter has no tensor'],
    ['a tensor rebuilt by a list', call('torch._tensor', '_rebuild_from_type_v2', named('builtins', 'list'), named('torch', 'Tensor'), ')', 'N'), 'rebuilt in an unknown way'],
    ['a negated tensor', call('torch._utils', '_rebuild_tensor_v2', sixth, 'K\x00', ')', ')', '\x89', '}', dict({ neg: '\x88' })), 'negated'],
    ['a complex dtype', call('torch._utils', '_rebuild_tensor_v3', sixth, 'K\x00', ')', ')', '\x89', '}', named('torch', 'complex64')), "element type 'torch.complex64'"],
    ['a dtype that is none', call('torch._utils', '_rebuild_tensor_v3', sixth, 'K\x00', ')', ')', '\x89', '}', text('float32')), "element type 'none'"],
    ['a state for a tensor', bytesOf(view(0, [6], [1]), tuple('K\x01', tuple('K\x01'), float4, '\x89', binary(six)), 'b'), 'a content that does not fit'],
    ['a storage of 2^62', storage('FloatStorage', '7', 2n ** 62n), 'no whole number from 0 to 2^53'],
    ['a storage of negative size', storage('FloatStorage', '7', -6), 'no whole number from 0 to 2^53'],
    ['a storage of two sizes', bytesOf(sixth, storage('FloatStorage', '7', 5), '\x86'), 'described in two ways'],
    ['a storage of two types', bytesOf(sixth, storage('IntStorage', '7', 6), '\x86'), 'described in two ways'],
    ['a storage without a key', bytesOf(tuple(text('storage'), named('torch', 'FloatStorage'), 'N', 'N', 'K\x06'), 'Q'), 'names no storage'],
    ['a storage of no type', bytesOf(tuple(text('storage'), text('FloatStorage'), text('7'), 'N', 'K\x06'), 'Q'), 'names no storage'],
    ['an unknown persistent id', bytesOf(tuple(text('file'), text('/etc/passwd')), 'Q'), 'names no storage'],
    ['a persistent id that is a text', bytesOf(text('storage'), 'Q'), 'no tuple'],
  ])('%s', (_name, object, expected) => {
    expect(refusal(blobOf(object))).toContain(expected);
    expect(refusal(archiveOf(object))).toContain(expected);
  });
});

describe('broken legacy containers', () => {
  it.each<[string, Uint8Array, string]>([
    ['another protocol', legacyBlob('N', [], { protocol: 'M\xea\x03' }), 'not of protocol 1001'],
    ['big-endian numbers', legacyBlob('N', [], { machine: dict({ little_endian: '\x89' }) }), 'little-endian'],
    ['no word about the machine', legacyBlob('N', [], { machine: 'N' }), 'little-endian'],
    ['no list of keys', legacyBlob(sixth, [stored], { keys: 'N' }), 'does not list its storages'],
    ['a storage left out', legacyBlob(sixth, [stored], { keys: ']' }), 'leaves out a storage'],
    ['a storage listed twice', legacyBlob(sixth, [stored, stored]), 'that nothing uses'],
    ['a storage that nothing uses', legacyBlob('N', [stored]), 'that nothing uses'],
    ['another number of elements', legacyBlob(sixth, [{ ...stored, count: 7 }]), 'a storage of 6 elements has 7'],
    ['a storage that is cut', legacyBlob(sixth, [{ ...stored, bytes: six.subarray(0, 20) }]), '24 bytes are announced where 20 are left'],
    ['a part beyond its storage', blobOf(storage('FloatStorage', '7', 6, tuple(text('8'), integer(4), integer(3)))), 'reaches beyond it'],
    ['a nested plain pickle', pickle(nested(pickle('N'))), 'not what torch.save writes'],
    ['a nested text', pickle(nested(bytesOf('hello'))), 'pickle of protocol 2 to 5 should begin here'],
    ['a nested number', pickle(call('torch.storage', '_load_from_bytes', 'K\x01')), 'not given as bytes'],
  ])('%s', (_name, file, expected) => {
    expect(refusal(file)).toContain(expected);
  });
});

describe('broken zip containers', () => {
  const object = pickle(tensor(sixth, 0, [6], [1]));
  const data = { name: 'archive/data/7', data: six };

  it.each<[string, Uint8Array, string]>([
    ['a compressed entry', zip([{ name: 'archive/data.pkl', data: object, method: 8 }]), "entry 'archive/data.pkl' is compressed"],
    ['an encrypted entry', zip([{ name: 'archive/data.pkl', data: object, flags: 1 }]), 'compressed or encrypted'],
    ['no data.pkl', zip([{ name: 'word/document.xml', data: 'x' }]), 'a zip archive without the one data.pkl'],
    ['two data.pkl', zip([{ name: 'a/data.pkl', data: object }, { name: 'b/data.pkl', data: object }]), 'without the one data.pkl'],
    ['a TorchScript program', zip([{ name: 'a/data.pkl', data: object }, { name: 'a/constants.pkl', data: object }]), 'TorchScript'],
    ['a missing storage', torchZip(object, {}), "storage '7' is not in the archive"],
    ['a storage that is too small', torchZip(object, { 7: six.subarray(0, 20) }), 'a storage of 24 bytes has 20'],
    ['big-endian numbers', zip([{ name: 'a/data.pkl', data: object }, { name: 'a/byteorder', data: 'big' }, { name: 'a/data/7', data: six }]), 'little-endian'],
    ['a part of a storage', torchZip(pickle(storage('FloatStorage', '7', 6, tuple(text('8'), integer(0), integer(1)))), { 7: six }), 'described in two ways'],
    ['a key that climbs out', torchZip(pickle(storage('FloatStorage', '../data.pkl', 1)), { 7: six }), 'is not in the archive'],
    ['one name for two entries', torchZip(object, { 7: six }, [data]), 'two entries of the archive have one name'],
    ['two names for one entry', torchZip(object, {}, [{ ...data, localName: 'archive/data/8' }]), 'has two names'],
    ['an entry on top of another', torchZip(object, { 7: six }, [{ name: 'archive/data.pkl', data: '', headerStart: 0 }]), 'overlap'],
    ['an entry that swallows the next', torchZip(object, { 6: six, 7: six }, [{ name: 'archive/data/8', data: six, claimed: 25 }]), 'are announced where'],
    ['an entry of 2^52', torchZip(object, {}, [{ ...data, claimed: 2 ** 52 }], { zip64: true }), 'are announced where'],
    ['an entry beyond the file', torchZip(object, {}, [{ ...data, headerStart: 2 ** 31 }]), 'are announced where'],
    ['a header that is none', torchZip(object, {}, [{ ...data, headerStart: 1 }]), "entry 'archive/data/7' of the archive is missing"],
    ['more entries than there are', bytesOf(torchZip(object, { 7: six }).slice(0, -14), '\x04\x00\x04\x00', torchZip(object, { 7: six }).slice(-10)), 'are announced where'],
    ['more than one part', bytesOf(torchZip(object, { 7: six }).slice(0, -12), '\x04\x00', torchZip(object, { 7: six }).slice(-10)), 'spread over several files'],
  ])('%s', (_name, file, expected) => {
    expect(refusal(file)).toContain(expected);
  });
});

describe('broken NumPy values', () => {
  const big = bytesOf(call('numpy', 'dtype', text('f4'), '\x89', '\x88'), tuple('K\x03', text('>'), 'N', 'N', 'N', 'K\x00', 'K\x00', 'K\x00'), 'b');
  const fill = (dims: Piece, dtype: Piece, content: Piece): Uint8Array => pickle(emptyArray, tuple('K\x01', dims, dtype, '\x89', content), 'b');

  it.each<[string, Uint8Array, string]>([
    ['an array of objects', fill(tuple('K\x01'), call('numpy', 'dtype', text('O8')), ']'), "of the type 'O8'"],
    ['an array of unsigned integers', fill(tuple('K\x01'), call('numpy', 'dtype', text('u4')), binary(six)), "array of the type 'u4'"],
    ['big-endian numbers', fill(tuple('K\x06'), big, binary(six)), 'big-endian'],
    ['a structured array', pickle(call('numpy', 'dtype', text('V8')), tuple('K\x03', text('|'), 'N', tuple(text('a')), '}'), 'b'), 'structured'],
    ['too few bytes', fill(tuple('K\x07'), float4, binary(six)), 'reaches beyond its storage'],
    ['sizes beyond memory', fill(tuple(integer(2n ** 62n)), float4, binary(six)), 'no whole number from 0'],
    ['an empty array of a negative size', fill(tuple('K\x00', integer(-1)), float4, binary(six)), 'no whole number from 0'],
    ['no bytes', fill(tuple('K\x06'), float4, 'N'), 'has no bytes'],
    ['no shape', fill('N', float4, binary(six)), 'has no shape'],
    ['no dtype', fill(tuple('K\x06'), text('f4'), binary(six)), 'has no element type'],
    ['content twice', pickle(emptyArray, ...[1, 2].flatMap(() => [tuple('K\x01', tuple('K\x06'), float4, '\x89', binary(six)), 'b'])), 'does not fit'],
    ['a number of too many bytes', pickle(call('numpy._core.multiarray', 'scalar', float4, binary(six))), 'a NumPy number of 4 bytes has 24'],
    ['a number that is an object', pickle(call('numpy._core.multiarray', 'scalar', call('numpy', 'dtype', text('O8')), ']')), "of the type 'O8'"],
    ['an array of another class', pickle(call('numpy._core.multiarray', '_reconstruct', named('builtins', 'list'), tuple('K\x00'), binary(bytesOf('b')))), 'unknown class'],
  ])('%s', (_name, file, expected) => {
    expect(refusal(file)).toContain(expected);
  });
});

describe('files of another kind', () => {
  const expected = 'choose a generator checkpoint that PyTorch wrote: a .pkl, .pth or .pt file';

  it.each<[Uint8Array, string]>([
    [bytesOf(), 'x.pkl is empty: copy or download it again'],
    [bytesOf('\x89PNG\r\n\x1a\n\x00\x00'), `x.pkl is a PNG image: ${expected}`],
    [bytesOf('\xff\xd8\xff\xe0'), `x.pkl is a JPEG image: ${expected}`],
    [bytesOf('\x93NUMPY\x01\x00'), `x.pkl is a NumPy array: ${expected}`],
    [bytesOf('\n<!DOCTYPE html><html>'), 'x.pkl is a web page, as a failed download leaves: download the checkpoint again'],
    [bytesOf('version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n'), 'x.pkl is a git-lfs pointer, not the file itself: fetch the file with git lfs pull'],
    [bytesOf('\x08\x08\x12\x07pytorch'), 'x.pkl is an ONNX model: open it as a generator, without importing it; its name must end in .onnx'],
    [bytesOf(uint64(0x280), '{"weight":{}}'), `x.pkl is a safetensors file: ${expected}`],
    [bytesOf('\x1f\x8b\x08'), 'x.pkl is packed with gzip: unpack it first'],
    [bytesOf('PK\x05\x06', new Uint8Array(18)), 'x.pkl is an empty zip archive: copy or download it again'],
    [bytesOf('cposix\nsystem\n(Vtouch x\ntR.'), 'x.pkl is a pickle of protocol 0 or 1: save it again with protocol 2 or newer'],
    [bytesOf('{"message": "not found"}'), `x.pkl is a JSON text: ${expected}`],
    [bytesOf('Not found'), `x.pkl is a text: ${expected}`],
    [bytesOf('\x00\x01\x02'), `x.pkl is no checkpoint: ${expected}`],
    [bytesOf('\x80\xd5\xff'), `x.pkl is no checkpoint: ${expected}`],
  ])('%#: %s', (file, message) => {
    expect(refusal(file)).toBe(message);
  });
});

describe('small files, damaged', () => {
  const object = tensor(storage('FloatStorage', '7', 6), 0, [2, 3], [3, 1]);
  const files: [string, Uint8Array][] = [
    ['a legacy blob', legacyBlob(object, [stored])],
    ['a nested blob', pickle(tensor(nested(blobOf(sixth)), 0, [6], [1]))],
    ['a zip archive', torchZip(pickle(object), { 7: six })],
    ['a zip64 archive', torchZip(pickle(object), { 7: six }, [], { zip64: true })],
    ['an array', pickle(emptyArray, tuple('K\x01', tuple('K\x06'), float4, '\x89', binary(six)), 'b')],
  ];

  it.each(files)('%s is refused wherever it is cut', (_name, file) => {
    expect(() => readCheckpoint(file, 'x.pkl')).not.toThrow();
    for (let end = 0; end < file.length; end += 1) {
      expect(refusal(file.slice(0, end))).toMatch(/damaged or incomplete|is empty|is no checkpoint|is a text/);
    }
  });

  it.each(files)('%s is read or refused, whatever byte is changed', (_name, file) => {
    for (let place = 0; place < file.length; place += 1) {
      for (const mask of [0x01, 0x08, 0x80, 0xff, file[place] ?? 0]) {
        const changed = file.slice();
        changed[place] = (changed[place] ?? 0) ^ mask;
        try {
          readCheckpoint(changed, 'x.pkl');
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
        }
      }
    }
  });
});
