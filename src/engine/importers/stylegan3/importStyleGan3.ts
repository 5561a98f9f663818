import { UserError } from '../../../shared/userError';
import type { ImportedNetworks } from '../importedNetworks';
import type { NamedNetwork } from '../namedNetwork';

/** Whether the tensors are those of a StyleGAN3 generator: its input is made of Fourier features. */
export function isStyleGan3(network: NamedNetwork): boolean {
  return network.hasPart('synthesis.input');
}

export function importStyleGan3(network: NamedNetwork): ImportedNetworks {
  throw new UserError(`${network.file} is a StyleGAN3 generator, which cannot be imported yet`);
}
