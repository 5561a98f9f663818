import { describe, expect, it } from 'vitest';
import { readCheckpoint } from '../../src/engine/importers/checkpoint/readCheckpoint';
import type { Piece } from './pickleBuilder';
import { binary, bytesOf, call, dict, named, pickle, text, tuple, uint32, uint64 } from './pickleBuilder';
import { at, elements } from './checkpointValues';

function read(...operations: readonly Piece[]) {
  return readCheckpoint(pickle(...operations), 'x.pkl');
}

describe('the operations', () => {
  it.each<[string, Piece[], unknown]>([
    ['NONE', ['N'], null],
    ['BININT1', ['K\xff'], 255],
    ['BININT2', ['M\x01\x02'], 513],
    ['BININT', ['J\xff\xff\xff\xff'], -1],
    ['INT', ['I-12\n'], -12],
    ['INT for true', ['I01\n'], true],
    ['INT for false', ['I00\n'], false],
    ['INT beyond 32 bits', ['I9007199254740993\n'], 9007199254740993n],
    ['LONG', ['L123L\n'], 123],
    ['LONG1 without bytes', ['\x8a\x00'], 0],
    ['LONG1 below zero', ['\x8a\x02\x00\x80'], -32768],
    ['LONG4', ['\x8b', uint32(9), '\x00'.repeat(8) + '\x01'], 2n ** 64n],
    ['FLOAT', ['F-1.5e3\n'], -1500],
    ['FLOAT for infinity', ['F-inf\n'], -Infinity],
    ['BINFLOAT', ['G\x3f\xf8\x00\x00\x00\x00\x00\x00'], 1.5],
    ['SHORT_BINUNICODE', ['\x8c\x02\xc3\xa4'], 'ä'],
    ['BINUNICODE8', ['\x8d', uint64(2), 'ab'], 'ab'],
    ['BINUNICODE with a byte order mark', ['X', uint32(3), '\xef\xbb\xbf'], '\ufeff'],
    ['UNICODE', ['V\xe4\\u20ac\\U0001f600\n'], 'ä€😀'],
    ['SHORT_BINSTRING', ['U\x02a\xe4'], 'aä'],
    ['BINSTRING', ['T', uint32(2), 'ab'], 'ab'],
    ['STRING', ["S'it\\'s \\x41\\n\\\\'\n"], "it's A\n\\"],
    ['SHORT_BINBYTES', ['C\x01\xff'], new Uint8Array([255])],
    ['BINBYTES8', ['\x8e', uint64(1), 'a'], new Uint8Array([97])],
    ['BYTEARRAY8', ['\x96', uint64(1), 'a'], new Uint8Array([97])],
    ['LIST', ['(K\x01K\x02l'], [1, 2]],
    ['APPEND', [']K\x01a'], [1]],
    ['APPENDS', [']K\x01a(K\x02K\x03e'], [1, 2, 3]],
    ['DICT', ['(K\x01K\x02d'], new Map([[1, 2]])],
    ['SETITEM', ['}K\x01K\x02s'], new Map([[1, 2]])],
    ['SETITEMS', ['}(K\x01K\x02K\x03K\x04u'], new Map([[1, 2], [3, 4]])],
    ['ADDITEMS', ['\x8f(K\x01K\x01\x90'], new Set([1])],
    ['FROZENSET', ['(K\x01\x91'], new Set([1])],
    ['POP', ['K\x01K\x020'], 1],
    ['POP of a mark', ['K\x01(0'], 1],
    ['POP_MARK', ['K\x01(K\x02K\x031'], 1],
    ['DUP', ['K\x012\x86'], [1, 1]],
    ['PUT and GET', ['K\x07p12\n0g12\n'], 7],
    ['BINPUT and BINGET', ['K\x07q\x050h\x05'], 7],
    ['LONG_BINPUT and LONG_BINGET', ['K\x07r', uint32(2 ** 20 - 1), '0j', uint32(2 ** 20 - 1)], 7],
    ['MEMOIZE', ['K\x07\x94K\x08\x9400h\x01'], 8],
    ['FRAME', ['\x95', uint64(3), 'K\x01'], 1],
    ['GLOBAL', ['ctorch\nfloat32\n'], { kind: 'global', moduleName: 'torch', name: 'float32' }],
    ['STACK_GLOBAL', [text('torch'), text('int64'), '\x93'], { kind: 'global', moduleName: 'torch', name: 'int64' }],
    ['REDUCE', [named('torch', 'Size'), tuple(tuple('K\x02', 'K\x03')), 'R'], [2, 3]],
    ['NEWOBJ', [named('dnnlib.util', 'EasyDict'), ')\x81'], new Map()],
    ['NEWOBJ_EX', [named('dnnlib.util', 'EasyDict'), ')}\x92'], new Map()],
    ['OBJ', ['(', named('collections', 'OrderedDict'), 'o'], new Map()],
    ['INST', ['(icollections\nOrderedDict\n'], new Map()],
  ])('%s', (_name, operations, expected) => {
    expect(read(...operations)).toEqual(expected);
  });

  it('keeps a list that contains itself', () => {
    const list = read(']q\x00h\x00a') as unknown[];
    expect(list).toHaveLength(1);
    expect(list[0]).toBe(list);
  });

  it('reads a million nested lists', () => {
    const depth = 1_000_000;
    let inner: unknown = read(']'.repeat(depth), 'a'.repeat(depth - 1));
    let count = 0;
    for (; Array.isArray(inner); [inner] = inner as unknown[]) {
      count += 1;
    }
    expect(count).toBe(depth);
  });

  it('reads a million nested tuples', () => {
    expect(read(')', '\x85'.repeat(1_000_000))).toHaveLength(1);
  });

  it('shares a value that is doubled many times', () => {
    const value = read('K\x01', '2\x86'.repeat(200)) as unknown[];
    expect(value[0]).toBe(value[1]);
  });
});

describe('the objects', () => {
  it('keeps an EasyDict, with its empty state, as a map', () => {
    expect(read(named('dnnlib.util', 'EasyDict'), ')\x81', bytesOf('(', text('a'), 'K\x01u'), '}b')).toEqual(new Map([['a', 1]]));
  });

  it('reads an OrderedDict as Python 2 wrote it, from pairs', () => {
    expect(read(call('collections', 'OrderedDict', bytesOf('](](U\x01aK\x01ee')))).toEqual(new Map([['a', 1]]));
  });

  it('reads a plain object of an allowed class as Python 2 wrote it', () => {
    const object = call('copy_reg', '_reconstructor', named('argparse', 'Namespace'), named('__builtin__', 'object'), 'N');
    expect(read(object, dict({ lr: 'K\x01' }), 'b')).toMatchObject({ className: 'Namespace', state: new Map([['lr', 1]]) });
  });

  it('leaves the source code of a persistent object out', () => {
    const meta = dict({ type: text('class'), version: 'K\x06', module_src: text('import os'), class_name: text('Generator'), state: dict({ z_dim: 'K\x20' }) });
    expect(read(call('torch_utils.persistence', '_reconstruct_persistent_obj', meta))).toEqual({ kind: 'persistent', className: 'Generator', state: new Map([['z_dim', 32]]) });
  });

  it('keeps the layers of PyTorch as plain objects', () => {
    const layer = read(named('torch.nn.modules.container', 'ModuleList'), ')\x81', dict({ training: '\x89' }), 'b');
    expect(layer).toEqual({ kind: 'object', moduleName: 'torch.nn.modules.container', className: 'ModuleList', args: [], state: new Map([['training', false]]) });
  });

  it('reads bytes that Python wrote as an encoded text', () => {
    expect(read(call('_codecs', 'encode', text('\u00e9\u00ff'), text('latin1')))).toEqual(new Uint8Array([0xe9, 0xff]));
  });

  it('reads a torch.device', () => {
    expect(read(call('torch', 'device', text('cuda'), 'K\x00'))).toMatchObject({ kind: 'object', className: 'device', args: ['cuda', 0] });
  });

  it('reads an array whose bytes Python 2 wrote as a text', () => {
    const dtype = bytesOf(call('numpy', 'dtype', 'U\x02f4', 'K\x00', 'K\x01'), tuple('K\x03', 'U\x01<', 'N', 'N', 'N', 'J\xff\xff\xff\xff', 'J\xff\xff\xff\xff', 'K\x00'), 'b');
    const empty = call('numpy.core.multiarray', '_reconstruct', named('numpy', 'ndarray'), tuple('K\x00'), 'U\x01b');
    const array = read(dict({ array: bytesOf(empty, tuple('K\x01', tuple('K\x02'), dtype, '\x89', 'U\x08\x00\x00\x80\x3f\x00\x00\x00\xc0'), 'b') }));
    expect(elements(at(array, 'array'))).toEqual([1, -2]);
  });

  it('reads the bytes of a bytearray', () => {
    expect(read(call('__builtin__', 'bytearray', binary(new Uint8Array([1]))))).toEqual(new Uint8Array([1]));
  });
});
