import { UserError } from '../../../shared/userError';
import type { NamedNetwork } from '../namedNetwork';
import { readDense } from './dense';
import type { DenseLayer } from './dense';

/** The mapping network: z (and a label) to w. */
export interface MappingNetwork {
  readonly zDim: number;
  readonly cDim: number;
  readonly wDim: number;
  readonly embed: DenseLayer | undefined;
  readonly layers: readonly DenseLayer[];
}

/** The learning rate of NVlabs' mapping layers; their weights are stored divided by it. */
const mappingLearningRate = 0.01;

/**
 * Reads a mapping network; `zDim` is 0 where only the label is mapped.
 *
 * @throws UserError that names the tensor or setting that is missing or does not fit the others.
 */
export function readMapping(network: NamedNetwork): MappingNetwork {
  const classes = network.number('c_dim') ?? (network.hasPart('embed') ? 'c_dim' : 0);
  const embed = classes === 0 ? undefined : readDense(network.part('embed'), { inputs: classes, outputs: 'features' });
  const embedded = embed?.weight.dims[0] ?? 0;
  const z = network.number('z_dim');
  const depth = mappingDepth(network);
  const layers: DenseLayer[] = [];
  for (let i = 0; i < depth; i++) {
    const inputs = layers.at(-1)?.weight.dims[0] ?? (z === undefined ? 'inputs' : z + embedded);
    layers.push(readDense(network.part(`fc${i}`), { inputs, outputs: 'outputs', activation: 'lrelu', learningRate: mappingLearningRate }));
  }
  const zDim = layers[0]!.weight.dims[1]! - embedded;
  if (zDim < 0) throw new UserError(`${network.file}: the tensor ${network.fullName('fc0.weight')} takes ${zDim + embedded} numbers; expected at least the ${embedded} of the embedded label`);
  return { zDim, cDim: embed?.weight.dims[1] ?? 0, wDim: layers.at(-1)!.weight.dims[0]!, embed, layers };
}

/** NVlabs' networks have two or eight. */
const maximumMappingLayers = 128;

/** As many layers as the settings or the tensors' names tell, at least one. */
function mappingDepth(network: NamedNetwork): number {
  const numbers = [...network.tensors.keys()].flatMap((name) => /^fc(\d{1,4})\./.exec(name)?.[1] ?? []).map(Number);
  const depth = numbers.reduce((most, number) => Math.max(most, number + 1), Math.max(1, network.number('num_layers') ?? 0));
  if (depth > maximumMappingLayers) throw new UserError(`${network.file}: its mapping network has ${depth} layers; expected at most ${maximumMappingLayers}`);
  return depth;
}
