import { UserError } from '../../../shared/userError';
import { printable } from '../checkpoint/printable';
import { isKind, isMap } from '../checkpoint/values';
import type { CheckpointTensor, CheckpointValue, PersistentObject, PlainObject } from '../checkpoint/values';
import { NamedNetwork } from '../namedNetwork';
import type { CheckpointFormat } from './checkpointFormat';

/** Snapshots of NVlabs' training code, and generators cut out of them. */
export const nvlabs: CheckpointFormat = { name: 'NVlabs', read: nvlabsGenerator };

type Module = PersistentObject | PlainObject;

/** A generator has some hundreds of modules, a dozen levels deep; a file with more is not one. */
const maximumDepth = 32;
const maximumModules = 20_000;
/** Attributes and tensors of all modules; a generator has some thousands. A file can use one large dictionary for many modules. */
const maximumEntries = 2 ** 16;
const maximumPrefix = 1024;

/**
 * The generator of an NVlabs pickle: a snapshot `{G, D, G_ema, ..}` or a generator alone, pickled by
 * torch_utils.persistence as modules with `_parameters`, `_buffers` and `_modules`. The tensors keep the names
 * that they have there; undefined when the file is something else.
 *
 * @throws UserError when it is such a snapshot and its generator cannot be used.
 */
function nvlabsGenerator(checkpoint: CheckpointValue, file: string): NamedNetwork | undefined {
  const root = findGenerator(checkpoint, file);
  if (!root) return undefined;
  const parts = entry(root, '_modules');
  if (!isMap(parts) || !isModule(parts.get('synthesis')) || !isModule(parts.get('mapping'))) {
    throw new UserError(`${file} holds a ${printable(root.className)} without the parts synthesis and mapping; expected a generator, as a snapshot's G_ema is`);
  }
  const found: Found = { tensors: new Map(), settings: new Map(), modules: 0, entries: 0, file };
  collect(root, '', found, 0);
  if (found.tensors.has('mapping.embed_proj.weight')) {
    throw new UserError(`${file} holds a StyleGAN-XL generator, which takes labels through a classifier's embedding (mapping.embed_proj); expected a StyleGAN2 or StyleGAN3 generator of NVlabs' code`);
  }
  return new NamedNetwork(file, found.tensors, found.settings);
}

interface Found {
  readonly tensors: Map<string, CheckpointTensor>;
  readonly settings: Map<string, CheckpointValue>;
  modules: number;
  entries: number;
  readonly file: string;
}

function findGenerator(checkpoint: CheckpointValue, file: string): Module | undefined {
  if (isModule(checkpoint)) return checkpoint;
  if (!isMap(checkpoint)) return undefined;
  const generator = checkpoint.get('G_ema') ?? checkpoint.get('G');
  if (isModule(generator)) return generator;
  // Other formats keep plain state dictionaries under names of their own.
  if ((checkpoint.has('G_ema') && !isMap(generator)) || isModule(checkpoint.get('D'))) {
    throw new UserError(`${file} has no network in G_ema or G; expected a snapshot {G, D, G_ema} as NVlabs' training writes it`);
  }
  return undefined;
}

function isModule(value: CheckpointValue | undefined): value is Module {
  return (isKind(value, 'persistent') || isKind(value, 'object')) && isMap(value.state) && value.state.has('_modules');
}

function collect(module: Module, prefix: string, found: Found, depth: number): void {
  found.modules++;
  const stores = ['_parameters', '_buffers', '_modules'].map((store) => entry(module, store));
  for (const store of [module.state, ...stores]) found.entries += isMap(store) ? store.size : 0;
  if (depth > maximumDepth || found.modules > maximumModules || found.entries > maximumEntries || prefix.length > maximumPrefix) {
    throw new UserError(`${found.file}: its modules are too many, or nested without end; expected a generator network`);
  }
  for (const [key, value] of named(module.state)) {
    if (key.startsWith('_')) continue;
    if (isKind(value, 'tensor')) found.tensors.set(prefix + key, value);
    else found.settings.set(prefix + key, value);
  }
  for (const store of ['_parameters', '_buffers']) {
    for (const [key, value] of named(entry(module, store))) if (isKind(value, 'tensor')) found.tensors.set(prefix + key, value);
  }
  for (const [key, value] of named(entry(module, '_modules'))) if (isModule(value)) collect(value, `${prefix}${key}.`, found, depth + 1);
}

function entry(module: Module, key: string): CheckpointValue {
  return isMap(module.state) ? (module.state.get(key) ?? null) : null;
}

/** The entries of a dictionary whose keys are strings. */
function named(value: CheckpointValue): [string, CheckpointValue][] {
  return isMap(value) ? [...value].filter((pair): pair is [string, CheckpointValue] => typeof pair[0] === 'string') : [];
}
