import { generatorSha256, regionsOf, truncates } from '../generators/description';
import type { Generator } from '../generators/generator';
import { obstacle } from '../doctor/operators';
import type { GeneratorInfo } from '../../shared/protocol/engineProtocol';

/** What the panel shows of a generator. */
export function generatorInfo(generator: Generator): GeneratorInfo {
  const { description, hasLayers } = generator;
  const missing = obstacle(generator);
  const { name, architecture, resolution, w_dim, layers, edit_layers, c_dim, licence } = description;
  return {
    name,
    architecture,
    resolution,
    dimensions: w_dim,
    layers,
    hasLayers,
    editLayers: edit_layers,
    classes: c_dim,
    truncates: truncates(description),
    regions: regionsOf(description),
    ...(licence === undefined ? {} : { licence }),
    ...(missing ? { obstacle: missing.message } : {}),
    sha256: generatorSha256(description),
  };
}
