import { generatorSha256, regionsOf } from '../generators/description';
import type { GeneratorDescription } from '../generators/description';
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

/** Whether the mean of w is known: as a number, or because w is z itself, whose mean is 0. */
export function truncates({ w_avg, sha256 }: Pick<GeneratorDescription, 'w_avg' | 'sha256'>): boolean {
  return w_avg !== undefined || sha256.mapping === undefined;
}
