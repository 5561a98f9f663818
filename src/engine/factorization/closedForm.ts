import type { Generator } from '../generators/generator';
import { graphOf } from '../onnx/graphs';
import { dimsOf, floatsOf } from '../onnx/tensors';
import { UserError } from '../../shared/userError';
import { symmetricEigenpairs } from './symmetricEigen';

/*
 * Directions that need no region, to compare with: they move whole pictures.
 */

/**
 * SeFa: eigenvectors of A^T A, A the affine layers' weights stacked over the edited layers (Shen and Zhou,
 * "Closed-Form Factorization of Latent Semantics in GANs", CVPR 2021). Unit vectors [d], the strongest first.
 *
 * @throws UserError for a generator without named affine layers.
 */
export function sefaDirections(generator: Generator, layers: readonly number[], count: number): Float64Array[] {
  const weights = new Map(graphOf(generator.synthesis).initializer.map((tensor) => [tensor.name, tensor]));
  const size = generator.dimensions;
  const gram = new Float64Array(size * size);
  for (const layer of layers) {
    const tensor = weights.get(`${generator.description.layers[layer]!.name}.affine.weight`);
    const rows = tensor && floatsOf(tensor);
    if (!tensor || !rows || dimsOf(tensor)[1] !== size) throw new UserError(`layer ${layer} of ${generator.description.name} has no affine weight that SeFa could factorise`);
    addGram(gram, rows, size);
  }
  return symmetricEigenpairs(gram, size).vectors.slice(0, count);
}

/**
 * GANSpace: principal components of w over many samples (Härkönen et al., "GANSpace: Discovering Interpretable
 * GAN Controls", NeurIPS 2020). Unit vectors [d], the strongest first.
 */
export async function ganspaceDirections(generator: Generator, seeds: readonly number[], count: number): Promise<Float64Array[]> {
  const size = generator.dimensions;
  const samples = seeds.length;
  const { data } = await generator.sample(seeds);
  const stride = generator.layerCount * size;
  const mean = new Float64Array(size);
  for (let n = 0; n < samples; n++) for (let k = 0; k < size; k++) mean[k]! += data[n * stride + k]! / samples;
  const centred = new Float32Array(samples * size);
  for (let n = 0; n < samples; n++) for (let k = 0; k < size; k++) centred[n * size + k] = data[n * stride + k]! - mean[k]!;
  const gram = new Float64Array(size * size);
  addGram(gram, centred, size);
  return symmetricEigenpairs(gram, size).vectors.slice(0, count);
}

/** gram += rows^T rows, rows [n, size]. */
function addGram(gram: Float64Array, rows: Float32Array, size: number): void {
  for (let start = 0; start < rows.length; start += size) {
    for (let i = 0; i < size; i++) {
      const value = rows[start + i]!;
      for (let k = 0; k < size; k++) gram[i * size + k]! += value * rows[start + k]!;
    }
  }
}
