import type { CheckpointValue } from '../checkpoint/values';
import type { NamedNetwork } from '../namedNetwork';

/** A way in which people keep generators in files. */
export interface CheckpointFormat {
  /** As people call it, before "StyleGAN2 generator": `NVlabs`. */
  readonly name: string;
  /**
   * The generator of a checkpoint, its tensors under NVlabs' names (`synthesis.b4.const`, `mapping.fc0.weight`);
   * undefined when the checkpoint is something else.
   *
   * @throws UserError when it is of this format and holds no generator that can be used.
   */
  read(checkpoint: CheckpointValue, file: string): NamedNetwork | undefined;
}
