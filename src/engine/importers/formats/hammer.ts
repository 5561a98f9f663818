import { UserError } from '../../../shared/userError';
import { printable } from '../checkpoint/printable';
import { isMap } from '../checkpoint/values';
import type { CheckpointMap, CheckpointValue } from '../checkpoint/values';
import type { NamedNetwork } from '../namedNetwork';
import type { CheckpointFormat } from './checkpointFormat';
import { translateHammerStyleGan2 } from './hammerStyleGan2';
import { translateHammerStyleGan3 } from './hammerStyleGan3';
import { stateDictOf } from './translation';
import type { StateDict } from './translation';

/** Checkpoints of Hammer's training and converters: what the authors' own ReSeFa code loads. */
export const hammer: CheckpointFormat = { name: 'Hammer', read: (checkpoint, file) => hammerGenerator(checkpoint, file, false) };

/** Checkpoints of GenForce, Hammer's forerunner, with the same names for other conventions. */
export const genforce: CheckpointFormat = { name: 'GenForce', read: (checkpoint, file) => hammerGenerator(checkpoint, file, true) };

const expected = 'expected a StyleGAN2 or StyleGAN3 generator';

/**
 * The generator of a checkpoint `{models: {generator_smooth, ..}, ..}`, of one with `generator_smooth` on top, or of
 * a bare state dictionary; `generator` where there is no `generator_smooth`.
 *
 * @param ofGenforce - Whether GenForce's conventions are looked for, or Hammer's.
 * @throws UserError when it is such a checkpoint, and its generator is of another family or is missing.
 */
function hammerGenerator(checkpoint: CheckpointValue, file: string, ofGenforce: boolean): NamedNetwork | undefined {
  const found = isMap(checkpoint) ? findGenerator(checkpoint, file) : undefined;
  if (!found) return undefined;
  const { state, settings, settingsName } = found;
  refuseOtherFamilies(state, file);
  if (isGenforce(state) !== ofGenforce) return undefined;
  if (isStyleGan3(state)) return translateHammerStyleGan3(state, { file, settings, settingsName });
  return translateHammerStyleGan2(state, { file, settings, settingsName, isGenforce: ofGenforce });
}

interface Found {
  readonly state: StateDict;
  /** What the network was made with, where the file tells. */
  readonly settings: CheckpointMap;
  /** Where the file tells it. */
  readonly settingsName: string;
}

function findGenerator(checkpoint: CheckpointMap, file: string): Found | undefined {
  const inner = checkpoint.get('models');
  const models = isMap(inner) ? inner : checkpoint;
  const key = ['generator_smooth', 'generator'].find((name) => isMap(models.get(name)));
  if (key === undefined) {
    if (isMap(inner) && inner.has('discriminator')) throw new UserError(`${file} holds Hammer's discriminator and no generator; expected models.generator_smooth`);
    if (isMap(checkpoint.get('discriminator'))) throw new UserError(`${file} holds a discriminator and no generator; expected generator_smooth beside it`);
    const state = stateDictOf(checkpoint);
    return isKnown(state) ? { state, settings: new Map(), settingsName: '' } : undefined;
  }
  const state = stateDictOf(models.get(key));
  if (!isKnown(state)) {
    // Many a training script keeps something else as `generator`.
    if (models === checkpoint && key === 'generator') return undefined;
    throw new UserError(`${file} holds in ${key} no generator that is known: its tensors are ${sample(state)}; ${expected} (mapping.dense0.weight, synthesis.layer0.weight, ..)`);
  }
  const all = checkpoint.get('model_kwargs_init');
  const owner = isMap(all) ? ([key, 'generator'].find((name) => isMap(all.get(name))) ?? key) : key;
  const settings = isMap(all) ? all.get(owner) : undefined;
  return { state, settings: isMap(settings) ? settings : new Map(), settingsName: `model_kwargs_init.${owner}` };
}

function sample(state: StateDict): string {
  const names = [...state.keys()].slice(0, 3).map(printable);
  return names.length === 0 ? 'none' : `${names.join(', ')}${state.size > names.length ? ', ..' : ''}`;
}

function isKnown(state: StateDict): boolean {
  return isPggan(state) || [...state.keys()].some((name) => /^(mapping\.dense\d+|synthesis\.(early_layer|layer\d+|output\d+))\./.test(name));
}

function isPggan(state: StateDict): boolean {
  return state.has('lod') && state.has('layer0.weight') && state.has('output0.weight');
}

function isStyleGan3(state: StateDict): boolean {
  return [...state.keys()].some((name) => /^synthesis\.(early_layer\.(frequency|phase|grid|affine\.\w+)|layer\d+\.(magnitude_ema|conv\.\w+))/.test(name));
}

/** By the filters, whose names tell how weights are kept; where a file has none, by its mean of w. */
function isGenforce(state: StateDict): boolean {
  const names = [...state.keys()];
  if (names.some((name) => name === 'synthesis.upsample.kernel' || name.endsWith('.filter.kernel'))) return true;
  return !names.some((name) => name.endsWith('.filter')) && state.has('truncation.w_avg') && !isStyleGan3(state);
}

function refuseOtherFamilies(state: StateDict, file: string): void {
  const names = [...state.keys()];
  if (isPggan(state)) throw new UserError(`${file} holds a PGGAN generator, which has no layers to edit and no w; ${expected}, or this one as an ONNX file`);
  if (state.has('synthesis.lod') || names.some((name) => name.includes('.apply_noise.'))) {
    throw new UserError(`${file} holds a generator of the first StyleGAN, whose layers normalise instead of demodulating; ${expected}`);
  }
  if (state.has('mapping.label_weight')) {
    throw new UserError(`${file} holds a conditional GenForce StyleGAN2 generator (mapping.label_weight), whose label and z are normalised together; expected an unconditional one, or one of StyleGAN2-ADA`);
  }
}
