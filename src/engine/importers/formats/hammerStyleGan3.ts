import { UserError } from '../../../shared/userError';
import { toFloat32 } from '../checkpoint/tensorViews';
import type { NamedNetwork } from '../namedNetwork';
import { positiveSetting, refuseOtherSettings } from './hammerSettings';
import type { HammerSettings } from './hammerSettings';
import { hasLabels, translateHammerMapping } from './hammerStyleGan2';
import { largestNumber, Translation } from './translation';
import type { StateDict } from './translation';

/** NVlabs' generators have 14 and the one to colours. */
const maximumLayers = 64;

/**
 * A StyleGAN3 generator of Hammer under NVlabs' names, which have each layer's size in them. Hammer's have not, but its
 * input layer keeps a grid of coordinates, and the filters' lengths tell how much each layer up- and down-samples.
 *
 * @throws UserError for settings that are not supported, and where the grid or a filter is missing or does not fit.
 */
export function translateHammerStyleGan3(state: StateDict, settings: HammerSettings): NamedNetwork {
  refuseOtherSettings(settings, hasLabels(state));
  const translation = new Translation(settings.file, state);
  translateHammerMapping(translation, state, settings, state.get('synthesis.early_layer.affine.weight')?.dims[1]);
  const { inputRate, layers } = readLayers(state, settings);
  const setting = (name: string) => `${settings.settingsName}.${name}`;
  if (settings.settings.has('resolution')) translation.set('synthesis.img_resolution', setting('resolution'), positiveSetting(settings, 'resolution', 0));
  translation.set('synthesis.output_scale', setting('output_scale'), positiveSetting(settings, 'output_scale', 0.25));
  translation.set('synthesis.input.bandwidth', setting('first_cutoff'), positiveSetting(settings, 'first_cutoff', 2));
  translation.set('synthesis.input.sampling_rate', gridName, inputRate);
  translateInput(translation);
  const clamp = settings.settings.get('conv_clamp') === null ? null : positiveSetting(settings, 'conv_clamp', 256);
  layers.forEach((layer, i) => {
    translateLayer(translation, layer, `synthesis.layer${i}`);
    translation.set(`synthesis.${layer.name}.conv_clamp`, setting('conv_clamp'), clamp);
  });
  return translation.network('Hammer StyleGAN3 generator');
}

const gridName = 'synthesis.early_layer.grid';

interface Layer {
  /** As NVlabs calls it, with its size in pixels and its channels: `L0_36_512`. */
  readonly name: string;
  readonly upFactor: number;
  readonly downFactor: number;
}

interface Layers {
  /** The sampling rate of the input, in samples to the length of one image side. */
  readonly inputRate: number;
  /** The one to colours last. */
  readonly layers: readonly Layer[];
}

/** All layers have the margin of the input around them, but for the last two, which have the size of the image. */
function readLayers(state: StateDict, settings: HammerSettings): Layers {
  const last = largestNumber(state.keys(), /^synthesis\.layer(\d{1,6})\./);
  if (last < 1 || last >= maximumLayers) throw new UserError(`${settings.file}: its generator has ${last + 1} layers; expected 2 to ${maximumLayers}`);
  const { size, rate: inputRate } = readGrid(state, settings.file);
  let rate = inputRate;
  const sampled = Array.from({ length: last + 1 }, (_, i) => {
    const upFactor = factorOf(state, `synthesis.layer${i}.filter.up_filter`, i === last, settings);
    const downFactor = factorOf(state, `synthesis.layer${i}.filter.down_filter`, i === last, settings);
    rate *= upFactor / downFactor;
    if (!Number.isInteger(rate)) throw new UserError(`${settings.file}: the tensor synthesis.layer${i}.filter.down_filter makes ${rate} samples of the image's side; expected a whole number`);
    const channels = tensorOf(state, `synthesis.layer${i}.conv.weight`, settings.file).dims[0] ?? 0;
    return { upFactor, downFactor, rate, channels };
  });
  const layers = sampled.map((layer, i) => ({ ...layer, name: `L${i}_${i < last - 1 ? layer.rate + size - inputRate : rate}_${layer.channels}` }));
  return { inputRate, layers };
}

/** The coordinates [1, size, size, 2] of the input are 1 / rate apart. */
function readGrid(state: StateDict, file: string): { readonly size: number; readonly rate: number } {
  const grid = tensorOf(state, gridName, file);
  const [first, size = 0, height, pair] = grid.dims;
  if (grid.dims.length !== 4 || first !== 1 || size < 2 || size > 1024 || height !== size || pair !== 2) {
    throw new UserError(`${file}: the tensor ${gridName} has the shape [${grid.dims.join(', ')}]; expected [1, size, size, 2], the size at most 1024`);
  }
  const data = toFloat32(grid);
  const rate = Math.round(1 / (data[2]! - data[0]!));
  if (!(rate >= 1 && rate <= size)) throw new UserError(`${file}: the tensor ${gridName} has coordinates that are not evenly spaced from left to right; expected those of an image of ${size} px or less`);
  return { size, rate };
}

/** How much a filter up- or down-samples: a factor makes it as many times longer. The last layer has none. */
function factorOf(state: StateDict, name: string, isLast: boolean, settings: HammerSettings): number {
  if (isLast && !state.has(name)) return 1;
  const filter = tensorOf(state, name, settings.file);
  const size = positiveSetting(settings, 'filter_size', 6);
  const factor = (filter.dims[0] ?? 0) / size;
  if (![1, 2, 4, 8].includes(factor)) throw new UserError(`${settings.file}: the tensor ${name} has the shape [${filter.dims.join(', ')}]; expected ${size} taps for each step, 1, 2, 4 or 8 steps`);
  return factor;
}

function tensorOf(state: StateDict, name: string, file: string): NonNullable<ReturnType<StateDict['get']>> {
  const tensor = state.get(name);
  if (!tensor) throw new UserError(`${file} has no tensor ${name}: it is not a generator of the kind that its other tensors suggest, or it is incomplete`);
  return tensor;
}

function translateInput(translation: Translation): void {
  const [to, from] = ['synthesis.input', 'synthesis.early_layer'];
  translation.name(to, from);
  translation.take(`${to}.weight`, `${from}.weight`);
  for (const tensor of ['weight', 'bias']) translation.take(`${to}.affine.${tensor}`, `${from}.affine.${tensor}`);
  translation.take(`${to}.freqs`, `${from}.frequency`);
  translation.take(`${to}.phases`, `${from}.phase`);
  translation.take(`${to}.transform`, `${from}.transform`);
}

function translateLayer(translation: Translation, { name, upFactor, downFactor }: Layer, from: string): void {
  const to = `synthesis.${name}`;
  translation.name(to, from);
  translation.take(`${to}.weight`, `${from}.conv.weight`);
  for (const tensor of ['weight', 'bias']) translation.take(`${to}.affine.${tensor}`, `${from}.conv.style.${tensor}`);
  translation.take(`${to}.bias`, `${from}.filter.bias`);
  translation.take(`${to}.magnitude_ema`, `${from}.magnitude_ema`);
  for (const filter of ['up_filter', 'down_filter']) translation.take(`${to}.${filter}`, `${from}.filter.${filter}`);
  translation.set(`${to}.up_factor`, `${from}.filter.up_filter`, upFactor);
  translation.set(`${to}.down_factor`, `${from}.filter.down_filter`, downFactor);
}
