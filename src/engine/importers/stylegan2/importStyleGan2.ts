import { UserError } from '../../../shared/userError';
import type { ImportedNetworks } from '../importedNetworks';
import type { NamedNetwork } from '../namedNetwork';
import { mappingGraph } from './mappingGraph';
import { readMapping, readSynthesis } from './network';
import { latentLayers, synthesisGraph } from './synthesisGraph';

/**
 * Builds the networks of a StyleGAN2 generator whose tensors have NVlabs' names (`synthesis.b4.const`,
 * `mapping.fc0.weight`, ..).
 *
 * @throws UserError when it is not a StyleGAN2 generator, or an incomplete one.
 */
export function importStyleGan2(network: NamedNetwork): ImportedNetworks {
  const synthesis = readSynthesis(network.part('synthesis'));
  const mapping = readMapping(network.part('mapping'));
  if (mapping.wDim !== synthesis.wDim) {
    throw new UserError(`${network.file}: its mapping network gives w of ${mapping.wDim} (mapping.fc${mapping.layers.length - 1}.weight), but its synthesis network takes w of ${synthesis.wDim} (synthesis.b4.conv1.affine.weight)`);
  }
  const layers = latentLayers(synthesis);
  const mean = network.optionalWeight('mapping.w_avg', [synthesis.wDim])?.data;
  if (mean?.every(Number.isFinite) === false) throw new UserError(`${network.file}: the tensor mapping.w_avg has numbers that are not finite: the training that saved it failed`);
  return {
    architecture: 'stylegan2',
    synthesis: synthesisGraph(synthesis),
    mapping: mappingGraph(mapping),
    description: {
      resolution: synthesis.resolution,
      channels: synthesis.channels,
      z_dim: mapping.zDim,
      c_dim: mapping.cDim,
      w_dim: synthesis.wDim,
      layers,
      ...(mean ? { w_avg: Array.from(mean) } : {}),
    },
  };
}
