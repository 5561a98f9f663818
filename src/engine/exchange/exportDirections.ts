import type { FloatTensor } from '../tensor';
import { sameGenerator, vectorRows } from '../../shared/direction/directionFile';
import type { DirectionFile } from '../../shared/direction/directionFile';
import { UserError } from '../../shared/userError';

/**
 * Directions of one generator as one array, in their order: [n, d] where all are in w, and else [n, L, d] with a row for each
 * layer of the generator, zeros where nothing is edited.
 *
 * What [n, d] cannot hold are the layers. No array holds names, ranges and regions.
 *
 * @param layerCount the generator's number of layers, which directions in w+ need
 * @throws UserError when there is none, they are of different generators, or one in w+ has layers that the generator has not
 */
export function directionsArray(directions: readonly DirectionFile[], layerCount?: number): FloatTensor {
  const [first] = directions;
  if (!first) throw new UserError('there is nothing to export; choose at least one direction');
  for (const other of directions) requireSameGenerator(first, other);
  const { dimensions } = first.latent;
  if (directions.every(({ latent }) => latent.space === 'w')) {
    return { dims: [directions.length, dimensions], data: Float32Array.from(directions.flatMap((direction) => vectorRows(direction)[0]!)) };
  }
  const layers = layerCount ?? lacking(directions);
  const data = new Float32Array(directions.length * layers * dimensions);
  directions.forEach((direction, n) => {
    const rows = vectorRows(direction);
    direction.latent.layers.forEach((layer, i) => {
      if (layer >= layers) throw new UserError(`${direction.name} edits layer ${layer}; the generator ${first.generator.name} has layers 0 to ${layers - 1}`);
      data.set(rows[i]!, (n * layers + layer) * dimensions);
    });
  });
  return { dims: [directions.length, layers, dimensions], data };
}

function requireSameGenerator(first: DirectionFile, other: DirectionFile): void {
  if (!sameGenerator(first, other)) {
    const [a, b] = [first.generator, other.generator];
    throw new UserError(`${first.name} was made for the generator ${a.name} (sha256 ${a.sha256.slice(0, 12)}), ${other.name} for ${b.name} (sha256 ${b.sha256.slice(0, 12)}): an array is for one generator`);
  }
  if (first.latent.dimensions !== other.latent.dimensions) throw new UserError(`${first.name} has latent vectors of ${first.latent.dimensions}, ${other.name} of ${other.latent.dimensions}: one array cannot hold both`);
}

function lacking(directions: readonly DirectionFile[]): never {
  const { name } = directions.find(({ latent }) => latent.space === 'w+')!;
  throw new UserError(`${name} is in w+: how many layers its generator has must be known`);
}
