import type { ImportedNetworks } from '../importedNetworks';
import type { NamedNetwork } from '../namedNetwork';
import { assembled } from '../stylegan/assemble';
import { readSynthesis } from './network';
import { latentLayers, synthesisGraph } from './synthesisGraph';

/** Whether the tensors are those of a StyleGAN3 generator: its input is made of Fourier features. */
export function isStyleGan3(network: NamedNetwork): boolean {
  return network.hasPart('synthesis.input');
}

/**
 * Builds the networks of a StyleGAN3 generator whose tensors have NVlabs' names (`synthesis.input.freqs`,
 * `synthesis.L0_36_512.weight`, `mapping.fc0.weight`, ..).
 *
 * @throws UserError when it is not a StyleGAN3 generator, or an incomplete one.
 */
export function importStyleGan3(network: NamedNetwork): ImportedNetworks {
  const synthesis = readSynthesis(network.part('synthesis'));
  const { resolution, channels, wDim, rotates } = synthesis;
  return assembled(network, {
    architecture: rotates ? 'stylegan3-r' : 'stylegan3-t',
    family: rotates ? 'StyleGAN3-R' : 'StyleGAN3-T',
    graph: synthesisGraph(synthesis),
    layers: latentLayers(synthesis),
    resolution,
    channels,
    wDim,
    wDimTensor: 'synthesis.input.affine.weight',
  });
}
