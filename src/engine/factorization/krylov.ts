import { RandomState } from '../generators/randomState';
import { besideBasis, product, transposedProduct } from '../runtime/linearAlgebra';
import type { DenseMatrix } from '../runtime/linearAlgebra';
import { dot } from './matrixArithmetic';
import { symmetricEigenpairs } from './symmetricEigen';
import type { EigenPairs } from './symmetricEigen';

/** A symmetric operator C, positive semi-definite, and what is wanted of it. */
export interface SymmetricProblem {
  readonly size: number;
  /** How many leading eigenpairs are wanted. */
  readonly count: number;
  /** C x of vectors x, the rows of [k, n]. */
  apply(rows: DenseMatrix): Promise<DenseMatrix>;
  /** Rows near the leading eigenvectors. */
  readonly start?: DenseMatrix | undefined;
}

/** Vectors of a block. More find eigenvalues that occur as often at once, but take a larger space to find the rest. */
const blockVectors = 4;

/** How much is random in a block that begins with given vectors, which may miss what is wanted now altogether. */
const randomShare = 0.01;

/**
 * Residual of an eigenpair that counts as found, as a share of its eigenvalue. Vectors are given where someone waits: a Krylov
 * space forgets its start soon, and most of what they save is in asking for less.
 */
const tolerance = 1e-10;
const warmTolerance = 1e-6;

/** Smaller eigenvalues than this share of the largest are found to the tolerance of this one: rounding allows no more. */
const smallestShare = 1e-3;

/** The basis is looked at when it has this many vectors for each that is wanted, and whenever it has grown by this factor. */
const firstLook = 4;
const growth = 1.25;

/** What is left of a vector beside the basis, as a share of it, is rounding below this .. */
const dryness = 1e-13;

/** .. and has its leading digits alone below this. */
const cancellation = 1e-4;

/**
 * Leading eigenpairs by Rayleigh and Ritz's method in a block Krylov space with full orthogonalisation, which
 * holds X, C X, C^2 X .. (Golub and Van Loan, Matrix Computations, 10.3.6). Where it runs dry, random vectors
 * beside the space carry it on: an eigenvalue may occur more often than a block has vectors. Without a start
 * the same problem gives the same bytes.
 */
export async function leadingEigenpairs(problem: SymmetricProblem): Promise<EigenPairs> {
  const { size, start } = problem;
  const count = Math.min(problem.count, size);
  const random = new RandomState(0);
  const within = start ? warmTolerance : tolerance;
  const space = new KrylovSpace(problem, random);
  await space.extend(firstBlock(size, start, random));
  for (let next = Math.min(size, firstLook * count); ; next = Math.min(size, Math.ceil(space.dimensions * growth))) {
    while (space.dimensions < next) await space.extend(space.lastImages);
    const ritz = await space.ritzPairs(count);
    const scale = ritz.values[0]! * smallestShare;
    const found = ritz.residuals.every((residual, i) => residual <= within * Math.max(ritz.values[i]!, scale));
    if (found || space.dimensions === size) return ritz;
  }
}

/** Random vectors, or random mixtures of those that are given. */
function firstBlock(size: number, start: DenseMatrix | undefined, random: RandomState): DenseMatrix {
  const rows = Math.min(size, blockVectors);
  const block: DenseMatrix = { data: random.randn(rows * size), rows, columns: size };
  if (!start || start.rows === 0) return block;
  const given = Array.from({ length: start.rows }, (_, k) => row(start, k));
  const length = Math.sqrt(given.reduce((sum, vector) => sum + dot(vector, vector), 0) / size);
  for (let i = 0; i < rows; i++) {
    scale(row(block, i), randomShare * length);
    const weights = random.randn(given.length);
    given.forEach((vector, k) => { subtract(row(block, i), vector, weights[k]!); });
  }
  return block;
}

/** An orthonormal basis, its vectors' images under the operator, and what they tell of its eigenpairs. */
class KrylovSpace {
  private readonly size: number;
  private basis: Float64Array;
  private images: Float64Array;
  private lastBlock = 0;
  dimensions = 0;

  constructor(private readonly problem: SymmetricProblem, private readonly random: RandomState) {
    this.size = problem.size;
    this.basis = new Float64Array(64 * this.size);
    this.images = new Float64Array(64 * this.size);
  }

  /** Images of the vectors that came last. */
  get lastImages(): DenseMatrix {
    return this.rowsOf(this.images, this.dimensions - this.lastBlock, this.dimensions);
  }

  /** Adds what the rows have beside the basis, or random vectors where they have nothing; never more than there is room for. */
  async extend(rows: DenseMatrix): Promise<void> {
    const count = Math.min(rows.rows, this.size - this.dimensions);
    let block: DenseMatrix = { data: rows.data.slice(0, count * this.size), rows: count, columns: this.size };
    for (let settled = false; !settled; ) {
      const norms = Array.from({ length: count }, (_, i) => norm(row(block, i)));
      if (this.dimensions > 0) block = await besideBasis(block, this.rowsOf(this.basis, 0, this.dimensions));
      settled = this.orthonormalize(block, norms);
    }
    this.makeRoom(this.dimensions + count);
    this.basis.set(block.data, this.dimensions * this.size);
    this.images.set((await this.problem.apply(block)).data, this.dimensions * this.size);
    this.dimensions += count;
    this.lastBlock = count;
  }

  /** The `count` leading eigenpairs as far as the space shows them, and the norms of C x - lambda x. */
  async ritzPairs(count: number): Promise<EigenPairs & { readonly residuals: readonly number[] }> {
    const [basis, images] = [this.rowsOf(this.basis, 0, this.dimensions), this.rowsOf(this.images, 0, this.dimensions)];
    const { values, vectors: weights } = symmetricEigenpairs((await transposedProduct(basis, images)).data, this.dimensions);
    const leading: DenseMatrix = { data: joined(weights.slice(0, count)), rows: count, columns: this.dimensions };
    const [vectors, vectorImages] = [await product(leading, basis), await product(leading, images)];
    const residuals = Array.from({ length: count }, (_, i) => distance(row(vectorImages, i), row(vectors, i), values[i]!));
    return { values: values.slice(0, count), vectors: residuals.map((_, i) => row(vectors, i)), residuals };
  }

  /**
   * Gram and Schmidt's process among the rows, in place. Rows of which nothing is left become random ones. Where much was lost,
   * rounding has brought in something of the basis, and the answer is no.
   */
  private orthonormalize(block: DenseMatrix, norms: readonly number[]): boolean {
    let settled = true;
    for (let i = 0; i < block.rows; i++) {
      const vector = row(block, i);
      const others = Array.from({ length: i }, (_, k) => row(block, k));
      const left = norm(orthogonalize(vector, others)) / norms[i]!;
      settled &&= left > cancellation;
      // Not a number is nothing as well.
      if (!(left > dryness)) {
        vector.set(this.random.randn(this.size));
        orthogonalize(vector, others);
      }
      scale(vector, 1 / norm(vector));
    }
    return settled;
  }

  private makeRoom(dimensions: number): void {
    if (dimensions * this.size <= this.basis.length) return;
    const length = Math.min(this.size, Math.max(dimensions, 2 * (this.basis.length / this.size))) * this.size;
    [this.basis, this.images] = [this.basis, this.images].map((values) => {
      const larger = new Float64Array(length);
      larger.set(values.subarray(0, this.dimensions * this.size));
      return larger;
    }) as [Float64Array, Float64Array];
  }

  private rowsOf(values: Float64Array, from: number, to: number): DenseMatrix {
    return { data: values.subarray(from * this.size, to * this.size), rows: to - from, columns: this.size };
  }
}

function row({ data, columns }: DenseMatrix, i: number): Float64Array {
  return data.subarray(i * columns, (i + 1) * columns);
}

function joined(vectors: readonly Float64Array[]): Float64Array {
  const data = new Float64Array(vectors.length * vectors[0]!.length);
  vectors.forEach((vector, i) => { data.set(vector, i * vector.length); });
  return data;
}

function norm(x: Float64Array): number {
  return Math.sqrt(dot(x, x));
}

/** |y - factor x|. */
function distance(y: Float64Array, x: Float64Array, factor: number): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (y[i]! - factor * x[i]!) ** 2;
  return Math.sqrt(sum);
}

/** Takes the components along orthonormal vectors out of x, in place; twice, for rounding. */
function orthogonalize(x: Float64Array, others: readonly Float64Array[]): Float64Array {
  for (let pass = 0; pass < 2; pass++) for (const other of others) subtract(x, other, dot(x, other));
  return x;
}

/** x -= factor y, in place. */
function subtract(x: Float64Array, y: Float64Array, factor: number): void {
  for (let i = 0; i < x.length; i++) x[i]! -= factor * y[i]!;
}

/** x *= factor, in place. */
function scale(x: Float64Array, factor: number): void {
  for (let i = 0; i < x.length; i++) x[i]! *= factor;
}
