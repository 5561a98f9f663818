import { UserError } from '../../../shared/userError';
import type { LayerDescription } from '../../generators/description';
import type { ModelProto } from '../../onnx/gen/onnx_pb';
import type { ImportedNetworks } from '../importedNetworks';
import type { NamedNetwork } from '../namedNetwork';
import { readMapping } from './mapping';
import { mappingGraph } from './mappingGraph';

/** The synthesis network of one of the StyleGAN families, and what is known of it. */
export interface ImportedSynthesis {
  /** As `generator.json` has it: `stylegan2`. */
  readonly architecture: string;
  /** As people call it: `StyleGAN2`. */
  readonly family: string;
  readonly graph: ModelProto;
  readonly layers: readonly LayerDescription[];
  readonly resolution: number;
  readonly channels: number;
  readonly wDim: number;
  /** The tensor that `wDim` was read from, for messages. */
  readonly wDimTensor: string;
}

/**
 * Joins a synthesis network with the mapping network that all StyleGANs share (`mapping.fc0.weight`, ..,
 * `mapping.w_avg`).
 *
 * @throws UserError where the mapping network is incomplete, or does not fit.
 */
export function assembled(network: NamedNetwork, synthesis: ImportedSynthesis): ImportedNetworks {
  const { architecture, family, graph, layers, resolution, channels, wDim, wDimTensor } = synthesis;
  const mapping = readMapping(network.part('mapping'));
  if (mapping.wDim !== wDim) {
    throw new UserError(`${network.file}: its mapping network gives w of ${mapping.wDim} (${network.fullName(`mapping.fc${mapping.layers.length - 1}.weight`)}), but its synthesis network takes w of ${wDim} (${network.fullName(wDimTensor)})`);
  }
  const mean = network.optionalWeight('mapping.w_avg', [wDim])?.data;
  if (mean?.every(Number.isFinite) === false) throw new UserError(`${network.file}: the tensor ${network.fullName('mapping.w_avg')} has numbers that are not finite: the training that saved it failed`);
  return {
    architecture,
    family,
    synthesis: graph,
    mapping: mappingGraph(mapping),
    description: { resolution, channels, z_dim: mapping.zDim, c_dim: mapping.cDim, w_dim: wDim, layers, ...(mean ? { w_avg: Array.from(mean) } : {}) },
  };
}
