import { UserError } from '../../../shared/userError';
import type { NamedNetwork } from '../namedNetwork';
import { positiveSetting, refuseOtherSettings } from './hammerSettings';
import type { HammerSettings } from './hammerSettings';
import { both, increased, largestNumber, meanOfW, multiplied, scalar, squeezed, Translation, turned, unchanged } from './translation';
import type { Change, StateDict } from './translation';

/** 4 px to 16,384 px. */
const maximumBlocks = 13;

interface StyleGan2Settings extends HammerSettings {
  /** GenForce keeps the kernels of layers that up-sample turned round, and styles less 1. */
  readonly isGenforce: boolean;
}

/**
 * A StyleGAN2 generator of Hammer or GenForce under NVlabs' names. `layer0` belongs to 4 px, `layer1` (which
 * up-samples) and `layer2` to 8 px, and so on; `outputN` and `residualN` to the block N.
 *
 * @throws UserError for settings that are not supported, and for a mean of w that is not one for all layers.
 */
export function translateHammerStyleGan2(state: StateDict, settings: StyleGan2Settings): NamedNetwork {
  refuseOtherSettings(settings, hasLabels(state));
  const translation = new Translation(settings.file, state);
  translateHammerMapping(translation, state, settings, state.get('synthesis.layer0.style.weight')?.dims[1]);
  const conventions = settings.isGenforce ? genforceConventions : hammerConventions;
  const blocks = blockCount(state, settings.file);
  const clamp = settings.settings.get('conv_clamp') ?? undefined;
  translation.take('synthesis.b4.const', 'synthesis.early_layer.const', squeezed(0));
  translation.take('synthesis.b4.resample_filter', settings.isGenforce ? 'synthesis.upsample.kernel' : 'synthesis.filter', conventions.filter);
  for (let block = 0; block < blocks; block++) {
    const to = `synthesis.b${4 << block}`;
    const first = `synthesis.layer${Math.max(0, 2 * block - 1)}`;
    translation.name(to, first);
    const layers: [string, string][] = block === 0 ? [[`${to}.conv1`, first]] : [[`${to}.conv0`, first], [`${to}.conv1`, `synthesis.layer${2 * block}`]];
    for (const [layer, from] of layers) translateLayer(translation, layer, from, conventions);
    translateConvolution(translation, `${to}.torgb`, `synthesis.output${block}`, { ...conventions, kernel: unchanged });
    translation.take(`${to}.skip.weight`, `synthesis.residual${block}.weight`);
    translation.take(`${to}.skip.resample_filter`, `synthesis.residual${block}.filter`);
    if (clamp === undefined) continue;
    const limit = positiveSetting(settings, 'conv_clamp', Infinity);
    for (const layer of ['conv0', 'conv1', 'torgb']) translation.set(`${to}.${layer}.conv_clamp`, `${settings.settingsName}.conv_clamp`, limit);
  }
  if (settings.settings.has('resolution')) {
    translation.set('synthesis.img_resolution', `${settings.settingsName}.resolution`, positiveSetting(settings, 'resolution', 4));
  }
  return translation.network(`${settings.isGenforce ? 'GenForce' : 'Hammer'} StyleGAN2 generator`);
}

/**
 * The mapping network of Hammer's StyleGAN2 and StyleGAN3.
 *
 * @param wDim - The length of w that the synthesis network takes; undefined where it is incomplete.
 */
export function translateHammerMapping(translation: Translation, state: StateDict, settings: HammerSettings, wDim: number | undefined): void {
  const layers = largestNumber(state.keys(), /^mapping\.dense(\d{1,4})\./) + 1;
  const learningRate = positiveSetting(settings, 'mapping_lr_mul', 0.01);
  for (let i = 0; i < Math.max(1, layers); i++) {
    for (const tensor of ['weight', 'bias']) translation.take(`mapping.fc${i}.${tensor}`, `mapping.dense${i}.${tensor}`);
    translation.set(`mapping.fc${i}.bias_gain`, `${settings.settingsName}.mapping_lr_mul`, learningRate);
  }
  for (const tensor of ['weight', 'bias']) translation.take(`mapping.embed.${tensor}`, `${embeddingOf(state)}.${tensor}`);
  const name = state.has('truncation.w_avg') ? 'truncation.w_avg' : 'w_avg';
  const mean = state.get(name);
  if (mean) translation.put('mapping.w_avg', name, wDim === undefined ? mean : meanOfW(mean, wDim, name, settings.file));
}

/** Whether the generator is conditional. */
export function hasLabels(state: StateDict): boolean {
  return [...state.keys()].some((name) => name.startsWith(`${embeddingOf(state)}.`));
}

/** GenForce's StyleGAN2-ADA calls it by its TensorFlow name. */
function embeddingOf(state: StateDict): string {
  return state.has('mapping.LabelEmbed.weight') ? 'mapping.LabelEmbed' : 'mapping.embedding';
}

interface Conventions {
  /** Of layers that up-sample. */
  readonly kernel: Change;
  readonly styleBias: Change;
  readonly filter: Change;
  /** The filter of a layer, below the layer's name. */
  readonly filterName: string;
}

const hammerConventions: Conventions = { kernel: unchanged, styleBias: unchanged, filter: unchanged, filterName: 'filter' };

/** Its filters are [1, 1, taps, taps] with the gain of up-sampling, and correlate. */
const genforceConventions: Conventions = { kernel: turned, styleBias: increased(1), filter: both(squeezed(0, 1), both(turned, multiplied(1 / 4))), filterName: 'filter.kernel' };

function translateLayer(translation: Translation, to: string, from: string, conventions: Conventions): void {
  const upsamples = to.endsWith('conv0');
  translateConvolution(translation, to, from, upsamples ? conventions : { ...conventions, kernel: unchanged });
  translation.take(`${to}.noise_strength`, `${from}.noise_strength`, scalar);
  translation.take(`${to}.noise_const`, `${from}.noise`, squeezed(0, 1));
  translation.take(`${to}.resample_filter`, `${from}.${conventions.filterName}`, conventions.filter);
}

function translateConvolution(translation: Translation, to: string, from: string, { kernel, styleBias }: Conventions): void {
  translation.take(`${to}.weight`, `${from}.weight`, kernel);
  translation.take(`${to}.bias`, `${from}.bias`);
  translation.take(`${to}.affine.weight`, `${from}.style.weight`);
  translation.take(`${to}.affine.bias`, `${from}.style.bias`, styleBias);
}

function blockCount(state: StateDict, file: string): number {
  const layers = largestNumber(state.keys(), /^synthesis\.layer(\d{1,6})\./);
  const outputs = largestNumber(state.keys(), /^synthesis\.output(\d{1,6})\./);
  const blocks = Math.max(0, Math.ceil(layers / 2), outputs) + 1;
  if (blocks > maximumBlocks) throw new UserError(`${file}: its generator has ${blocks} blocks; expected at most ${maximumBlocks}, which make ${2 << maximumBlocks} px`);
  return blocks;
}
