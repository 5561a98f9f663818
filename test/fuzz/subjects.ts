import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDescription } from '../../src/engine/generators/description';
import { sha256Of } from '../../src/engine/files';
import { importCheckpoint } from '../../src/engine/importers/importCheckpoint';
import { formatDirection } from '../../src/shared/direction/formatDirection';
import { legacyBlob } from '../importers/pickleBuilder';
import { stylegan2Checkpoint } from '../support/stylegan2Checkpoint';
import type { Dice } from './dice';
import { mutateBytes } from './mutateBytes';
import { mutateJson } from './mutateJson';
import { mutateOnnx } from './mutateOnnx';
import { mutatePickle } from './mutatePickle';
import { mutateZip, zipEntries } from './mutateZip';

/** Something that a user brings. */
export type SubjectKind = 'checkpoint' | 'model' | 'folder' | 'array' | 'direction';

export interface Subject {
  readonly name: string;
  readonly kind: SubjectKind;
  /** Contents by file name; one file but for folders. */
  readonly files: Readonly<Record<string, Uint8Array>>;
}

/** Valid inputs of every kind: all generators below `fixtures`, and some that are made here. */
export async function subjects(root: string): Promise<Subject[]> {
  const fixtures = join(root, 'test', 'fixtures');
  const paths = readdirSync(fixtures, { recursive: true, encoding: 'utf8' }).sort().filter((path) => /generator\.(pkl|pth|pt|onnx)$/.test(path));
  const found = paths.map((path) => oneFile(path, path.endsWith('.onnx') ? 'model' : 'checkpoint', readFileSync(join(fixtures, path))));
  const small = { resolution: 16, zDim: 8, wDim: 8, mappingLayers: 2, channelBase: 128, channelMax: 16 } as const;
  const imported = await importCheckpoint(join(fixtures, 'stylegan2-nvlabs', 'generator.pkl'));
  return [
    ...found,
    ...found.filter(({ files }) => zipEntries(contents(files)).length > 0).map((subject) => oneFile(`legacy ${subject.name}`, 'checkpoint', legacyOf(contents(subject.files)))),
    oneFile('small.pkl', 'checkpoint', stylegan2Checkpoint(small)),
    oneFile('conditional.pkl', 'checkpoint', stylegan2Checkpoint({ ...small, cDim: 3, architecture: 'resnet', snapshot: 'training', halfPrecisionWeights: true, channelsLast: true })),
    { name: 'folder', kind: 'folder', files: Object.fromEntries(Object.entries(imported.files).map(([name, data]) => [name, typeof data === 'string' ? Buffer.from(data) : Buffer.concat(data)])) },
    oneFile('array.npy', 'array', readFileSync(join(fixtures, 'official-directions', 'eyes.npy'))),
    oneFile('direction.resefa.json', 'direction', Buffer.from(direction())),
  ];
}

/** A subject with one of its files changed. In a folder, `generator.json` knows of a changed network. */
export function mutated({ kind, files }: Subject, dice: Dice, other: Uint8Array): Readonly<Record<string, Uint8Array>> {
  const name = dice.pick(Object.keys(files));
  const file = files[name]!;
  const mutant = dice.chance(name.endsWith('.onnx') ? 0.1 : 0.25) ? mutateBytes(file, dice, other) : structured(name, file, dice);
  const changed = { ...files, [name]: mutant };
  return kind === 'folder' && name.endsWith('.onnx') ? { ...changed, 'generator.json': withHash(files['generator.json']!, name, mutant) } : changed;
}

function structured(name: string, file: Uint8Array, dice: Dice): Uint8Array {
  if (name.endsWith('.onnx')) return mutateOnnx(file, dice);
  if (name.endsWith('.json')) return mutateJson(file, dice);
  if (name.endsWith('.npy')) return mutateBytes(file, dice, file);
  return zipEntries(file).length > 0 ? mutateZip(file, dice) : mutatePickle(file, dice);
}

function withHash(json: Uint8Array, name: string, network: Uint8Array): Uint8Array {
  const text = Buffer.from(json).toString('utf8');
  const { sha256 } = parseDescription(text, 'generator.json');
  return Buffer.from(text.replace(name === 'mapping.onnx' ? sha256.mapping! : sha256.synthesis, sha256Of(network)));
}

/** What `torch.save` of older versions writes of the same tensors, all of them float32. */
function legacyOf(archive: Uint8Array): Uint8Array {
  const entries = new Map(zipEntries(archive).map(({ name, data }) => [name.replace(/^[^/]*\//, ''), data as Uint8Array]));
  const storages = [...entries].filter(([name]) => name.startsWith('data/')).map(([name, bytes]) => ({ key: name.slice('data/'.length), count: bytes.length / 4, bytes }));
  return legacyBlob(entries.get('data.pkl')!.subarray(2, -1), storages);
}

function direction(): string {
  return formatDirection({
    format: 'resefa-direction', version: 1, name: 'eyes-1',
    generator: { name: 'cat', architecture: 'stylegan2', resolution: 64, sha256: '0'.repeat(64) },
    latent: { space: 'w', dimensions: 16, layers: [2, 3, 4] },
    region: { shape: 'polygon', points: [[0.1, 0.2], [0.5, 0.25], [0.3, 0.6]] },
    discovery: { seeds: '0-19', truncation: 1, preset: 'standard', jacobianResolution: 64, channels: 'rgb', tau: 0.001, rank: 1, eigenvalue: 12.5 },
    edit: { alpha: [-6, 6] },
    vector: Array.from({ length: 16 }, () => 0.25),
  });
}

function oneFile(name: string, kind: SubjectKind, bytes: Uint8Array): Subject {
  return { name, kind, files: { [name.slice(name.lastIndexOf('/') + 1)]: bytes } };
}

function contents(files: Subject['files']): Uint8Array {
  return Object.values(files)[0]!;
}
