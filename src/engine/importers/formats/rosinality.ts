import { UserError } from '../../../shared/userError';
import { printable } from '../checkpoint/printable';
import { isKind, isMap } from '../checkpoint/values';
import type { CheckpointMap, CheckpointValue } from '../checkpoint/values';
import type { NamedNetwork } from '../namedNetwork';
import type { CheckpointFormat } from './checkpointFormat';
import { largestNumber, meanOfW, multiplied, scalar, squeezed, stateDictOf, Translation } from './translation';
import type { StateDict } from './translation';

/** Checkpoints of rosinality's stylegan2-pytorch, and of the many projects that took its networks over. */
export const rosinality: CheckpointFormat = { name: 'rosinality', read: rosinalityGenerator };

/** 4 px to 16,384 px. */
const maximumBlocks = 13;

/**
 * The generator of a checkpoint `{g_ema, latent_avg, ..}`, of one with `g` alone, or of a bare state dictionary.
 * `latent_avg` is the mean of w; projects that train on may leave it out, and so does a network without it.
 *
 * @throws UserError when its generator is of another architecture than StyleGAN2, or it holds the discriminator alone.
 */
function rosinalityGenerator(checkpoint: CheckpointValue, file: string): NamedNetwork | undefined {
  if (!isMap(checkpoint)) return undefined;
  const state = [checkpoint.get('g_ema'), checkpoint.get('g'), checkpoint].map(stateDictOf).find(isGenerator);
  if (!state) {
    if (!checkpoint.has('g_ema') && !checkpoint.has('g') && isDiscriminator(stateDictOf(checkpoint.get('d') ?? checkpoint))) {
      throw new UserError(`${file} holds a rosinality discriminator and no generator; expected a checkpoint with g_ema`);
    }
    return undefined;
  }
  refuseWavelets(state, file);
  const translation = new Translation(file, state);
  translateMapping(translation, state);
  translateSynthesis(translation, blockCount(state, file), hasNoise(state));
  takeMean(translation, checkpoint, state, file);
  return translation.network('rosinality StyleGAN2 generator');
}

function isGenerator(state: StateDict): boolean {
  return [...state.keys()].some((name) => /^(input\.input$|(conv1|to_rgb1|convs\.\d+|to_rgbs\.\d+)\.conv\.modulation\.)/.test(name));
}

function isDiscriminator(state: StateDict): boolean {
  return [...state.keys()].some((name) => /^(final_conv|final_linear)\.\d+\./.test(name));
}

function refuseWavelets(state: StateDict, file: string): void {
  const wavelet = [...state.keys()].find((name) => /(^|\.)iwt\./.test(name));
  if (wavelet !== undefined) throw new UserError(`${file} holds a SWAGAN generator (${printable(wavelet)}), which makes wavelets and not pixels; expected a StyleGAN2 generator`);
}

/** One block for 4 px, and one for each pair of `convs`. */
function blockCount(state: StateDict, file: string): number {
  const convolutions = largestNumber(state.keys(), /^convs\.(\d{1,6})\./);
  const colours = largestNumber(state.keys(), /^to_rgbs\.(\d{1,6})\./);
  const blocks = Math.max(Math.floor(convolutions / 2), colours) + 2;
  if (blocks > maximumBlocks) throw new UserError(`${file}: its generator has ${blocks} blocks; expected at most ${maximumBlocks}, which make ${2 << maximumBlocks} px`);
  return blocks;
}

/** Oldest checkpoints have no noise of their own, which was drawn anew for each image: the mean of those images has none. */
function hasNoise(state: StateDict): boolean {
  return [...state.keys()].some((name) => name.startsWith('noises.'));
}

function translateMapping(translation: Translation, state: StateDict): void {
  // style.0 is the normalisation of z.
  const layers = largestNumber(state.keys(), /^style\.(\d{1,4})\./);
  for (let i = 0; i < Math.max(1, layers); i++) {
    for (const tensor of ['weight', 'bias']) translation.take(`mapping.fc${i}.${tensor}`, `style.${i + 1}.${tensor}`);
  }
}

function translateSynthesis(translation: Translation, blocks: number, noise: boolean): void {
  translation.take('synthesis.b4.const', 'input.input', squeezed(0));
  translateLayer(translation, 'synthesis.b4.conv1', 'conv1', noise ? 0 : undefined);
  translateToRgb(translation, 'synthesis.b4', 'to_rgb1');
  for (let i = 1; i < blocks; i++) {
    const block = `synthesis.b${4 << i}`;
    translation.name(block, `convs.${2 * i - 2}`);
    for (const n of [0, 1]) translateLayer(translation, `${block}.conv${n}`, `convs.${2 * i - 2 + n}`, noise ? 2 * i - 1 + n : undefined);
    translateToRgb(translation, block, `to_rgbs.${i - 1}`);
  }
}

function translateLayer(translation: Translation, to: string, from: string, noise: number | undefined): void {
  translateConvolution(translation, to, from);
  translation.take(`${to}.bias`, `${from}.activate.bias`);
  translation.take(`${to}.resample_filter`, `${from}.conv.blur.kernel`, normalized);
  translation.take(`${to}.noise_strength`, `${from}.noise.weight`, scalar);
  if (noise === undefined) translation.set(`${to}.use_noise`, `${from}.noise`, false);
  else translation.take(`${to}.noise_const`, `noises.noise_${noise}`, squeezed(0, 1));
}

function translateToRgb(translation: Translation, block: string, from: string): void {
  translateConvolution(translation, `${block}.torgb`, from);
  translation.take(`${block}.torgb.bias`, `${from}.bias`, squeezed(0, 2, 3));
  translation.take(`${block}.resample_filter`, `${from}.upsample.kernel`, normalized);
}

function translateConvolution(translation: Translation, to: string, from: string): void {
  translation.take(`${to}.weight`, `${from}.conv.weight`, squeezed(0));
  for (const tensor of ['weight', 'bias']) translation.take(`${to}.affine.${tensor}`, `${from}.conv.modulation.${tensor}`);
}

/** The filters have the gain of up-sampling multiplied in. */
const normalized = multiplied(1 / 4);

function takeMean(translation: Translation, checkpoint: CheckpointMap, state: StateDict, file: string): void {
  const mean = checkpoint.get('latent_avg') ?? state.get('latent_avg') ?? null;
  if (mean === null) return;
  if (!isKind(mean, 'tensor')) throw new UserError(`${file}: latent_avg is no tensor; expected the mean of w`);
  const wDim = state.get('conv1.conv.modulation.weight')?.dims[1];
  translation.put('mapping.w_avg', 'latent_avg', wDim === undefined ? mean : meanOfW(mean, wDim, 'latent_avg', file));
}
