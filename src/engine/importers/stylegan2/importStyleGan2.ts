import type { ImportedNetworks } from '../importedNetworks';
import type { NamedNetwork } from '../namedNetwork';
import { assembled } from '../stylegan/assemble';
import { readSynthesis } from './network';
import { latentLayers, synthesisGraph } from './synthesisGraph';

/**
 * Builds the networks of a StyleGAN2 generator whose tensors have NVlabs' names (`synthesis.b4.const`,
 * `mapping.fc0.weight`, ..).
 *
 * @throws UserError when it is not a StyleGAN2 generator, or an incomplete one.
 */
export function importStyleGan2(network: NamedNetwork): ImportedNetworks {
  const synthesis = readSynthesis(network.part('synthesis'));
  const { resolution, channels, wDim } = synthesis;
  return assembled(network, {
    architecture: 'stylegan2',
    family: 'StyleGAN2',
    graph: synthesisGraph(synthesis),
    layers: latentLayers(synthesis),
    resolution,
    channels,
    wDim,
    wDimTensor: 'synthesis.b4.conv1.affine.weight',
  });
}
