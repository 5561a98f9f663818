import { stylegan2Checkpoint } from '../test/support/stylegan2Checkpoint';

/** A generator to measure. */
export interface Subject {
  readonly name: string;
  /** Whether it is left out unless asked for. */
  readonly large: boolean;
  /** Measurements of what takes about as long as a picture, and of what takes about as long as a run of tangents. */
  readonly rounds: { readonly quick: number; readonly slow: number };
  /** Writes the checkpoint that it is imported from; undefined where it is embedded. */
  readonly checkpoint: (() => Uint8Array) | undefined;
}

/** The embedded generator, and StyleGAN2 as NVlabs' configurations have it, with random weights: they take the same time whatever the weights are. */
export const subjects: readonly Subject[] = [
  { name: 'afhq-cat-64', large: false, rounds: { quick: 21, slow: 7 }, checkpoint: undefined },
  { name: 'stylegan2-256', large: false, rounds: { quick: 5, slow: 2 }, checkpoint: () => stylegan2Checkpoint({ resolution: 256 }) },
  { name: 'stylegan2-1024', large: true, rounds: { quick: 5, slow: 2 }, checkpoint: () => stylegan2Checkpoint({ resolution: 1024 }) },
];
