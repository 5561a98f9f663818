import { create } from '@bufbuild/protobuf';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Generator } from '../../src/engine/generators/generator';
import { withExternalData } from '../../src/engine/onnx/externalData';
import { AttributeProto_AttributeType as AttributeType, NodeProtoSchema } from '../../src/engine/onnx/gen/onnx_pb';
import type { ModelProto } from '../../src/engine/onnx/gen/onnx_pb';
import { constantTensor, graphOf } from '../../src/engine/onnx/graphs';
import { modelBytes } from '../../src/engine/onnx/modelFile';
import { floatsOf } from '../../src/engine/onnx/tensors';
import { differenceOf } from '../support/differences';
import { Gaussian } from '../support/gaussian';
import { linearNetwork } from '../support/generators';
import { userErrorOf } from '../support/userErrors';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'resefa-external-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

const weight = new Gaussian(1).tensor([4, 12], 0.3).data;
const bytes = Buffer.from(weight.buffer);

/** A network whose weight lies in another file, as its entries say. */
function network(entries: Readonly<Record<string, string>>): ModelProto {
  const model = linearNetwork({ input: ['N', 4], resolution: 2 }, weight);
  const tensor = graphOf(model).initializer.find(({ name }) => name === 'weight')!;
  tensor.rawData = new Uint8Array(0);
  tensor.dataLocation = 1;
  tensor.externalData = Object.entries(entries).map(([key, value]) => ({ $typeName: 'onnx.StringStringEntryProto', key, value }));
  return model;
}

/** Opens the network beside a file of weights that begins with 64 other bytes. */
async function open(entries: Readonly<Record<string, string>>, data: Uint8Array = Buffer.concat([Buffer.alloc(64, 7), bytes]), name = 'toy.onnx.data'): Promise<Generator> {
  await writeFile(join(folder, name), data);
  await writeFile(join(folder, 'toy.onnx'), modelBytes(network(entries)));
  return Generator.open(join(folder, 'toy.onnx'), folder);
}

const right = { location: 'toy.onnx.data', offset: '64', length: String(bytes.length) };

describe('weights in another file', () => {
  it.each([right, { location: 'toy.onnx.data', offset: '64' }, { ...right, location: './toy.onnx.data', checksum: 'abc' }])('are read where %j says', async (entries) => {
    const generator = await open(entries);
    const ws = new Gaussian(2).tensor([3, 1, 4]);
    const expected = Array.from({ length: 36 }, (_, i) => ws.data.subarray(4 * Math.floor(i / 12), 4 * Math.floor(i / 12) + 4).reduce((sum, value, j) => sum + value * weight[j * 12 + (i % 12)]!, 0));
    expect(differenceOf((await generator.synthesize(ws)).data, expected).relative).toBeLessThan(1e-5);
    expect(generator.notes).toContain(`weights in ${entries.location}`);
    await generator.release();
  });

  it('are part of what directions are checked against', async () => {
    const first = await open(right);
    const other = Buffer.concat([Buffer.alloc(64), Buffer.from(weight.map((value) => value * 2).buffer)]);
    const second = await open(right, other);
    expect(second.identity.sha256).not.toBe(first.identity.sha256);
    expect((await open(right)).identity.sha256).toBe(first.identity.sha256);
  });

  it('may be those of a constant inside the network, or of a folder below', async () => {
    await mkdir(join(folder, 'weights'));
    await writeFile(join(folder, 'weights', 'a.bin'), bytes);
    const model = network({ location: 'weights/a.bin' });
    const moved = graphOf(model).initializer.find(({ name }) => name === 'weight')!;
    graphOf(model).initializer = graphOf(model).initializer.filter((tensor) => tensor !== moved);
    graphOf(model).node.unshift(create(NodeProtoSchema, { opType: 'Constant', output: ['weight'], attribute: [{ name: 'value', type: AttributeType.TENSOR, t: moved }] }));
    const { model: complete, files } = await withExternalData(model, join(folder, 'toy.onnx'));
    expect(files).toEqual(['weights/a.bin']);
    expect(floatsOf(constantTensor(graphOf(complete), 'weight')!)).toEqual(weight);
    // The model that was read stays as it was.
    expect(moved.rawData).toHaveLength(0);
  });

  it.each([
    ['are nowhere', { offset: '0' }, /toy\.onnx: the weight "weight" says that it lies in ""; expected a file in the folder of the model/],
    ['lie outside', { location: '../toy.onnx.data' }, /says that it lies in "\.\.\/toy\.onnx\.data"; expected a file in the folder/],
    ['lie outside by a detour', { location: 'a/../../toy.onnx.data' }, /expected a file in the folder/],
    ['lie at an absolute place', { location: '/etc/passwd' }, /says that it lies in "\/etc\/passwd"; expected a file in the folder/],
    ['lie on a drive', { location: 'C:\\data' }, /expected a file in the folder/],
    ['are missing', { location: 'gone.data' }, /keeps its weights in "gone\.data", which cannot be read: put that file beside it/],
    ['are a folder', { location: '.' }, /keeps its weights in "\.", which cannot be read/],
    ['begin nowhere', { ...right, offset: '-1' }, /lies at byte "-1" of toy\.onnx\.data; expected a whole number/],
    ['begin at no number', { ...right, offset: 'x' }, /lies at byte "x"/],
    ['are of another size', { ...right, length: '4' }, /has "4" bytes in toy\.onnx\.data; its shape \[4, 12\] of float32 takes 192/],
    ['end beyond the file', { ...right, offset: '100' }, /ends at byte 292 of toy\.onnx\.data, which has 256: the file is cut short/],
  ])('that %s are refused', async (_, entries, message) => {
    expect(await userErrorOf(() => open(entries))).toMatch(message);
  });

  it('behind a link that leaves the folder are refused', async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), 'resefa-elsewhere-'));
    await writeFile(join(elsewhere, 'secret'), Buffer.alloc(1024));
    await symlink(join(elsewhere, 'secret'), join(folder, 'link.data'));
    expect(await userErrorOf(() => open({ location: 'link.data' }))).toMatch(/keeps its weights in "link\.data", which is a link to a file outside its folder/);
    await rm(elsewhere, { recursive: true });
  });

  it('of more than 2 GiB are refused before they are read', async () => {
    const model = network(right);
    graphOf(model).initializer.find(({ name }) => name === 'weight')!.dims = [2n ** 30n, 1n];
    graphOf(model).initializer.find(({ name }) => name === 'weight')!.externalData.pop();
    expect(await userErrorOf(() => withExternalData(model, join(folder, 'toy.onnx')))).toMatch(/the weights of .*toy\.onnx take 4\.00 GiB; models up to 2 GiB can be opened/);
  });
});
