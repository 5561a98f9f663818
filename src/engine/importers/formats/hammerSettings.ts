import { quote } from '../../../shared/quote';
import { UserError } from '../../../shared/userError';
import type { CheckpointMap, CheckpointValue } from '../checkpoint/values';

/** What a Hammer network was made with: the keyword arguments of its class, as far as the file tells them. */
export interface HammerSettings {
  readonly file: string;
  readonly settings: CheckpointMap;
  /** Where the file has them, for messages. */
  readonly settingsName: string;
}

/** Choices that Hammer's networks offer and that are supported in one way only, which is Hammer's default. */
const fixed: Readonly<Record<string, boolean | number>> = {
  repeat_w: true,
  normalize_z: true,
  mapping_use_wscale: true,
  mapping_wscale_gain: 1,
  final_tanh: false,
  const_input: true,
  demodulate: true,
  use_wscale: true,
  wscale_gain: 1,
  lr_mul: 1,
  init_res: 4,
  act_upsampling: 2,
  eps: 1e-8,
};

const fixedWithLabels: typeof fixed = {
  embedding_bias: true,
  embedding_use_wscale: true,
  embedding_wscale_gian: 1,
  embedding_lr_mul: 1,
  normalize_embedding: true,
  normalize_embedding_latent: false,
};

/** @throws UserError that names the first setting that is not supported. */
export function refuseOtherSettings({ file, settings, settingsName }: HammerSettings, hasLabels: boolean): void {
  for (const [name, value] of Object.entries({ ...fixed, ...(hasLabels ? fixedWithLabels : {}) })) {
    const given = settings.get(name);
    if (given === undefined || given === value) continue;
    throw new UserError(`${file}: the setting ${settingsName}.${name} is ${shown(given)}; expected ${quote(value)}, with which alone generators can be imported`);
  }
}

/**
 * A positive number among the settings.
 *
 * @throws UserError where it is something else.
 */
export function positiveSetting({ file, settings, settingsName }: HammerSettings, name: string, fallback: number): number {
  const value = settings.get(name) ?? fallback;
  if (typeof value !== 'number' || !(value > 0 && value < Infinity)) throw new UserError(`${file}: the setting ${settingsName}.${name} is ${shown(value)}; expected a positive number`);
  return value;
}

function shown(value: CheckpointValue): string {
  return value === null || ['boolean', 'number', 'string'].includes(typeof value) ? quote(value) : 'of another kind';
}
