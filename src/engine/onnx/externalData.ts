import { create } from '@bufbuild/protobuf';
import { open, realpath } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import { quote } from '../../shared/quote';
import { UserError } from '../../shared/userError';
import { sizeOf } from '../tensor';
import { TensorProtoSchema, TensorProto_DataLocation as DataLocation } from './gen/onnx_pb';
import type { ModelProto, TensorProto } from './gen/onnx_pb';
import { changedGraph, graphOf, tensorsOf, withGraph } from './graphs';
import { maximumModelBytes } from './modelFile';
import { dimsOf, elementBytes, typeName } from './tensors';

/** A model whose weights are all in memory, and the files beside it that some of them came from. */
export interface CompleteModel {
  readonly model: ModelProto;
  /** Names of the files; none where the model's own file holds everything. */
  readonly files: readonly string[];
  /** The bytes that were read, one piece for each tensor. */
  readonly pieces: readonly Uint8Array[];
}

/** Where a tensor's bytes lie. */
interface Place {
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}

/**
 * Reads the weights that an ONNX file keeps in other files beside it (github.com/onnx/onnx, docs/ExternalData.md), as exporters
 * write large models: `model.onnx` with `model.onnx.data`.
 *
 * @param path where the model lies; the others lie in the same folder or below it
 * @throws UserError when a file is missing, too short or outside the folder, or all weights together exceed 2 GiB.
 */
export async function withExternalData(model: ModelProto, path: string): Promise<CompleteModel> {
  const graph = graphOf(model);
  const external = tensorsOf(graph).filter(isExternal);
  if (external.length === 0) return { model, files: [], pieces: [] };
  const places = new Map(external.map((tensor) => [tensor, placeOf(tensor, path)]));
  const total = [...places.values()].reduce((sum, { length }) => sum + length, 0);
  if (total > maximumModelBytes) throw new UserError(`the weights of ${path} take ${(total / 2 ** 30).toFixed(2)} GiB; models up to 2 GiB can be opened`);
  const files = new Map<string, FileHandle>();
  try {
    const loaded = new Map<TensorProto, TensorProto>();
    const pieces: Uint8Array[] = [];
    for (const [tensor, place] of places) {
      const file = files.get(place.location) ?? (await openBeside(path, place.location));
      files.set(place.location, file);
      const rawData = await readPiece(file, place, path, tensor.name);
      pieces.push(rawData);
      loaded.set(tensor, create(TensorProtoSchema, { ...tensor, rawData, dataLocation: DataLocation.DEFAULT, externalData: [] }));
    }
    const complete = changedGraph(graph, { tensor: (tensor) => loaded.get(tensor) ?? tensor });
    return { model: withGraph(model, complete), files: [...files.keys()], pieces };
  } finally {
    for (const file of files.values()) await file.close();
  }
}

function isExternal({ dataLocation }: TensorProto): boolean {
  return dataLocation === DataLocation.EXTERNAL;
}

function placeOf(tensor: TensorProto, path: string): Place {
  const entry = (key: string) => tensor.externalData.find((candidate) => candidate.key === key)?.value;
  const location = entry('location') ?? '';
  const label = `${path}: the weight ${quote(tensor.name)}`;
  const inside = location !== '' && !location.includes('\0') && !isAbsolute(location) && !/^[a-z]:|\\/i.test(location) && !location.split('/').includes('..');
  if (!inside) throw new UserError(`${label} says that it lies in ${quote(location)}; expected a file in the folder of the model`);
  const bytes = elementBytes[tensor.dataType];
  if (bytes === undefined) throw new UserError(`${label} is ${typeName(tensor.dataType)}, which cannot be read from another file`);
  const expected = sizeOf(dimsOf(tensor)) * bytes;
  const offset = Number(entry('offset') ?? 0);
  const length = Number(entry('length') ?? expected);
  if (!Number.isSafeInteger(offset) || offset < 0) throw new UserError(`${label} lies at byte ${quote(entry('offset'))} of ${location}; expected a whole number`);
  if (length !== expected || !Number.isSafeInteger(expected) || expected < 0) {
    throw new UserError(`${label} has ${quote(entry('length') ?? 'no')} bytes in ${location}; its shape [${dimsOf(tensor).join(', ')}] of ${typeName(tensor.dataType)} takes ${expected}`);
  }
  return { location, offset, length };
}

/** Opens a file of the model's folder, which must not be a link to one elsewhere. */
async function openBeside(path: string, location: string): Promise<FileHandle> {
  const folder = dirname(path);
  const wanted = join(folder, location);
  const missing = () => {
    throw new UserError(`${path} keeps its weights in ${quote(location)}, which cannot be read: put that file beside it`);
  };
  const [home, found] = await Promise.all([realpath(folder), realpath(wanted)]).catch(missing);
  const way = relative(home, found);
  if (isAbsolute(way) || way.split(sep)[0] === '..') throw new UserError(`${path} keeps its weights in ${quote(location)}, which is a link to a file outside its folder: put the file itself beside it`);
  const file = await open(found).catch(missing);
  const state = await file.stat();
  if (state.isFile()) return file;
  await file.close();
  return missing();
}

async function readPiece(file: FileHandle, { location, offset, length }: Place, path: string, name: string): Promise<Uint8Array> {
  const { size } = await file.stat();
  if (offset + length > size) {
    throw new UserError(`${path}: the weight ${quote(name)} ends at byte ${offset + length} of ${location}, which has ${size}: the file is cut short, or of another model`);
  }
  const bytes = Buffer.allocUnsafeSlow(length);
  for (let filled = 0; filled < length;) {
    const { bytesRead } = await file.read(bytes, filled, Math.min(length - filled, 2 ** 28), offset + filled);
    if (bytesRead === 0) throw new UserError(`${path}: ${location} ended while it was read`);
    filled += bytesRead;
  }
  return bytes;
}
