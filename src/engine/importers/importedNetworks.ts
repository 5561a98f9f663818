import type { GeneratorDescription } from '../generators/description';
import type { ModelProto } from '../onnx/gen/onnx_pb';

/** The networks of a generator, and what is known of them, before they are written. */
export interface ImportedNetworks {
  /** As `generator.json` has it: `stylegan2`. */
  readonly architecture: string;
  /** As people call it: `StyleGAN2`. */
  readonly family: string;
  readonly synthesis: ModelProto;
  readonly mapping: ModelProto;
  readonly description: Pick<GeneratorDescription, 'resolution' | 'channels' | 'z_dim' | 'c_dim' | 'w_dim' | 'layers' | 'w_avg'>;
}
