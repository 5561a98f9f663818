import { createRegistry, equals } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ModelProtoSchema } from '../../src/engine/onnx/gen/onnx_pb';
import type { ModelProto } from '../../src/engine/onnx/gen/onnx_pb';
import { GraphBuilder } from '../../src/engine/onnx/graphBuilder';
import { graphOf, pruneTo, withGraph } from '../../src/engine/onnx/graphs';
import { modelBytes, modelChunks, readModel } from '../../src/engine/onnx/modelFile';
import { NodeView } from '../../src/engine/onnx/nodeView';
import { dimsOf, floatTensor, floatsOf } from '../../src/engine/onnx/tensors';
import { probeShapes } from '../../src/engine/runtime/probe';
import { Session } from '../../src/engine/runtime/session';
import type { FloatTensor } from '../../src/engine/tensor';
import { UserError } from '../../src/shared/userError';
import { Gaussian } from '../support/gaussian';
import { userErrorOf } from '../support/userErrors';

/** Compares what is not known of the format as well. */
const everything = { registry: createRegistry(ModelProtoSchema), unknown: true };

const fixtures = fileURLToPath(new URL('../fixtures/onnx/', import.meta.url));

/** x A + b, with a weight that is large enough to be told from the rest. */
function smallModel(): ModelProto {
  const g = new GraphBuilder();
  const x = g.input('x', ['N', 3]);
  const weight = g.weight('weight', new Gaussian(1).tensor([3, 40]).data, [3, 40]);
  g.output('y', g.add(g.matmul(x, weight), g.weight('bias', new Float32Array(40).fill(0.5), [40])), ['N', 40]);
  return g.build('small');
}

async function run(model: ModelProto, feeds: Record<string, FloatTensor>, output: string): Promise<number[]> {
  const session = await Session.create(model, 'a model');
  const results = await session.run(feeds);
  await session.release();
  return [...results[output]!.data];
}

const x = { data: Float32Array.of(1, -2, 0.5), dims: [1, 3] };

describe('a model file', () => {
  it.each(readdirSync(fixtures))('of %s means the same after it is read and written', (name) => {
    const bytes = readFileSync(join(fixtures, name, 'generator.onnx'));
    const model = readModel(bytes, name);
    const again = readModel(modelBytes(model), name);
    expect(equals(ModelProtoSchema, again, model, everything)).toBe(true);
    expect(Buffer.compare(modelBytes(again), modelBytes(model))).toBe(0);
  });

  it('is loaded by ONNX Runtime, and computes the same', async () => {
    const model = smallModel();
    const [weight, bias] = graphOf(model).initializer.map((tensor) => floatsOf(tensor)!);
    const expected = Array.from(bias!, (offset, k) => x.data.reduce((sum, value, i) => sum + value * weight![i * 40 + k]!, offset));
    const found = await run(readModel(modelBytes(model), 'small'), { x }, 'y');
    found.forEach((value, k) => expect(value).toBeCloseTo(expected[k]!, 5));
  });

  it('is read without copies of its weights', () => {
    const file = Buffer.from(modelBytes(smallModel()));
    for (const tensor of graphOf(readModel(file, 'small')).initializer) {
      expect(tensor.rawData.buffer).toBe(file.buffer);
      expect(tensor.rawData.length).toBe(4 * dimsOf(tensor).reduce((a, b) => a * b, 1));
    }
  });

  it('is written without copies of its weights', () => {
    const model = smallModel();
    const chunks = modelChunks(model);
    for (const { rawData } of graphOf(model).initializer) {
      expect(chunks.filter((chunk) => chunk.buffer === rawData.buffer && chunk.byteOffset === rawData.byteOffset && chunk.length === rawData.length)).toHaveLength(1);
    }
    expect(Buffer.concat(chunks)).toEqual(modelBytes(model));
  });

  it('cannot exceed 2 GiB', async () => {
    const block = new Float32Array(2 ** 24);
    const tensors = Array.from({ length: 32 }, (_, i) => floatTensor(`weight${i}`, block, [2 ** 24]));
    const model = smallModel();
    expect(await userErrorOf(() => modelChunks(withGraph(model, { initializer: tensors })))).toBe('the model takes 2.00 GiB as an ONNX file, which cannot exceed 2 GiB');
    expect(modelChunks(withGraph(model, { initializer: tensors.slice(1) })).length).toBeGreaterThan(31);
  });

  it('keeps attributes that are zero or empty', async () => {
    const g = new GraphBuilder();
    const z = g.input('x', [2, 3]);
    const summed = g.node('CumSum', [z, g.int(1)], { exclusive: 0, reverse: 0 });
    const leaky = g.node('LeakyRelu', [summed], { alpha: { float: 0 } });
    g.output('y', g.node('Softmax', [leaky], { axis: 0, note: '' }), [2, 3]);
    const model = g.build('zeros');
    const softmax = graphOf(model).node.find(({ opType }) => opType === 'Softmax')!;
    const read = graphOf(readModel(modelBytes(model), 'zeros'));
    const view = (opType: string) => new NodeView(read.node.find((node) => node.opType === opType)!);
    expect(view('Softmax').int('axis', -1)).toBe(0);
    expect(view('LeakyRelu').float('alpha', 0.01)).toBe(0);
    expect(view('CumSum').int('exclusive', 1)).toBe(0);
    expect(view('Softmax').string('note', 'absent')).toBe('');
    // ONNX Runtime knows no attribute of that name, and has other defaults for the others.
    softmax.attribute.pop();
    const found = await run(readModel(modelBytes(model), 'zeros'), { x: { data: Float32Array.of(-1, -2, -3, 1, 2, 3), dims: [2, 3] } }, 'y');
    const columns = [1, 3, 6].map((sum) => Math.exp(sum) / (1 + Math.exp(sum)));
    [...columns.map((value) => 1 - value), ...columns].forEach((value, i) => expect(found[i]).toBeCloseTo(value, 5));
  });
});

describe('parts of the format that are not known here', () => {
  /** A field of a length-delimited kind. */
  const field = (number: number, bytes: Uint8Array) => new BinaryWriter().tag(number, WireType.LengthDelimited).bytes(bytes).finish();
  const text = (number: number, value: string) => field(number, Buffer.from(value));

  it('are kept, wherever they are', () => {
    const model = smallModel();
    const graph = graphOf(model);
    const targets = [model, graph, graph.node[0]!, graph.initializer[0]!, graph.input[0]!];
    targets.forEach((target, i) => {
      target.$unknown = [{ no: 90, wireType: WireType.LengthDelimited, data: Uint8Array.of(3, 7, 7, i) }, { no: 91, wireType: WireType.Varint, data: Uint8Array.of(0x80 + i, 1) }];
    });
    const again = readModel(modelBytes(readModel(modelBytes(model), 'small')), 'small');
    expect(equals(ModelProtoSchema, again, model, everything)).toBe(true);
    expect(graphOf(again).initializer[0]!.$unknown?.map(({ no, data }) => [no, [...data]])).toEqual([[90, [3, 7, 7, 3]], [91, [0x83, 1]]]);
  });

  it('work on: a function of the model is still there when its graph is changed', async () => {
    const g = new GraphBuilder();
    g.emit('Double', [g.input('x', ['N', 3])], {}, ['doubled']);
    g.nodes[0]!.domain = 'local';
    g.output('y', 'doubled', ['N', 3]);
    g.output('z', g.neg('doubled'), ['N', 3]);
    const opset = Buffer.concat([text(1, ''), new BinaryWriter().tag(2, WireType.Varint).int64(17).finish()]);
    const node = Buffer.concat([text(1, 'a'), text(1, 'a'), text(2, 'b'), text(4, 'Add')]);
    const definition = Buffer.concat([text(1, 'Double'), text(4, 'a'), text(5, 'b'), field(7, node), field(9, opset), text(10, 'local')]);
    const imports = Buffer.concat([text(1, 'local'), new BinaryWriter().tag(2, WireType.Varint).int64(1).finish()]);
    const model = readModel(Buffer.concat([modelBytes(g.build('functions')), field(8, imports), field(25, definition)]), 'functions');
    const pruned = pruneTo(model, [graphOf(model).output.find(({ name }) => name === 'z')!]);
    expect(await run(pruned, { x }, 'z')).toEqual([-2, 4, -1]);
    expect((await probeShapes(model, { x }, 'functions')).get('doubled')).toEqual([1, 3]);
  });
});

describe('bytes that are no model', () => {
  it('are refused wherever a file breaks off', () => {
    const bytes = modelBytes(smallModel());
    for (let length = 0; length < bytes.length; length++) expect(() => readModel(bytes.subarray(0, length), 'cut.onnx')).toThrow(UserError);
  });

  it('are read or refused, whatever is wrong with them', () => {
    const bytes = modelBytes(smallModel());
    for (let at = 0; at < bytes.length; at++) {
      for (const value of [0x00, 0x7f, 0x80, 0xff]) {
        const broken = Uint8Array.from(bytes);
        broken[at] = value;
        const error = errorOf(() => readModel(broken, 'broken.onnx'));
        if (error !== undefined) expect(error).toBeInstanceOf(UserError);
      }
    }
  });

  it.each([
    ['nothing', new Uint8Array(0)],
    ['text', Buffer.from('<!DOCTYPE html><html><body>Not found</body></html>')],
    ['a picture', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')],
    ['a pickle', Buffer.from('80049516000000000000007d948c0147944e732e', 'hex')],
    ['zeros', new Uint8Array(1000)],
  ])('are refused in one line: %s', async (_, bytes) => {
    expect(await userErrorOf(() => readModel(bytes, 'odd.onnx'))).toMatch(/^odd.onnx is not (an ONNX model: it holds no graph; expected|a readable ONNX model \(.+\); it may be truncated)/);
  });

  it('are refused where they hold a graph without nodes, or no operator set', async () => {
    const model = smallModel();
    expect(await userErrorOf(() => readModel(modelBytes(withGraph(model, { node: [] })), 'empty.onnx'))).toMatch(/^empty.onnx is not an ONNX model: it holds no graph/);
    model.opsetImport = [];
    expect(await userErrorOf(() => readModel(modelBytes(model), 'empty.onnx'))).toMatch(/^empty.onnx is not an ONNX model/);
  });

  it('are refused where graphs lie in graphs without end', async () => {
    // Graph { node { attribute { g: Graph { .. } } } }
    const numbers = [1, 5, 6];
    const headers: Uint8Array[] = [];
    let length = 0;
    for (let level = 0; level < 60_000; level++) {
      const header = new BinaryWriter().tag(numbers[2 - (level % 3)]!, WireType.LengthDelimited).uint32(length).finish();
      headers.push(header);
      length += header.length;
    }
    const bytes = Buffer.concat([new BinaryWriter().tag(7, WireType.LengthDelimited).uint32(length).finish(), ...headers.reverse()]);
    expect(await userErrorOf(() => readModel(bytes, 'deep.onnx'))).toMatch(/^deep.onnx is not a readable ONNX model \(.*\); it may be truncated or of another format$/);
  });
});

function errorOf(step: () => unknown): unknown {
  try {
    step();
    return undefined;
  } catch (error) {
    return error;
  }
}
