import { quote } from '../quote';
import type { Region } from '../region';
import { UserError } from '../userError';

export const latentSpaces = ['w', 'w+'] as const;
export const presets = ['draft', 'standard', 'exact', 'official'] as const;
export const jacobianChannels = ['rgb', 'sum'] as const;
export const rankings = ['eigenvalue', 'locality'] as const;
export const jacobianMethods = ['forward', 'central'] as const;
export const gramSources = ['pixels', 'tiles'] as const;
export const sourceKinds = ['npy', 'composition'] as const;

/** The newest version of the format. */
export const latestVersion = 2;

/** The latent space of a direction: one vector for all edited layers (w), or one for each of them (w+). */
export type LatentSpace = (typeof latentSpaces)[number];

/** The named settings of a discovery. */
export type Preset = (typeof presets)[number];

/** Whether the Jacobian keeps the three colour channels or sums them. */
export type JacobianChannels = (typeof jacobianChannels)[number];

/** What a set of directions was sorted by when it was saved: the eigenvalue, or the locality measured at finite alpha. */
export type Ranking = (typeof rankings)[number];

/** How the Jacobian was taken: forward-mode tangents or central differences. */
export type JacobianMethod = (typeof jacobianMethods)[number];

/** Whether the Gram matrices are of the region's own pixels, or put together from those of a grid of tiles. */
export type GramSource = (typeof gramSources)[number];

/** The generator that a direction belongs to. */
export interface DirectionGenerator {
  readonly name: string;
  readonly architecture: string;
  /** Image size in pixels. */
  readonly resolution: number;
  /** 64 hexadecimal digits. */
  readonly sha256: string;
}

/** Where in the latent code a direction acts. */
export interface DirectionLatent {
  readonly space: LatentSpace;
  /** The length of one latent vector, 1..65536. */
  readonly dimensions: number;
  /** The edited layers, ascending from 0. */
  readonly layers: readonly number[];
}

/** How a direction was found. */
export interface Discovery {
  /** The samples, "0-19". */
  readonly seeds: string;
  readonly truncation: number;
  readonly preset: Preset;
  /** The image size at which the Jacobian was taken, in pixels. */
  readonly jacobianResolution: number;
  readonly channels: JacobianChannels;
  readonly tau: number;
  /** 1 for the largest eigenvalue, however the directions were sorted. */
  readonly rank: number;
  readonly eigenvalue: number;
  /** The class of the samples, where the generator is conditional. */
  readonly class?: number;
  readonly rankedBy?: Ranking;
  /** Left out of the file when it is "forward". */
  readonly jacobian?: JacobianMethod;
  /** Left out of the file when it is "pixels". */
  readonly grams?: GramSource;
}

/** How far a direction is meant to be followed: [smallest, largest]. */
export interface DirectionEdit {
  readonly alpha: readonly [number, number];
}

/** Locality measured on held-out seeds; errors are mean squares in the -1..1 range. */
export interface DirectionMetrics {
  readonly seeds: string;
  readonly alpha: number;
  readonly insideMse: number;
  readonly outsideMse: number;
}

/** Inside over outside change; larger is more local. */
export function localityRatio({ insideMse, outsideMse }: Omit<DirectionMetrics, 'seeds'>): number {
  return insideMse / Math.max(outsideMse, 1e-12);
}

/** `dimensions` numbers (w), or one such list for each entry of `layers` (w+). Unit norm together. */
export type DirectionVector = readonly number[] | readonly (readonly number[])[];

/** Where a direction comes from that no discovery found: a row of a NumPy array, or other directions with weights. */
export type DirectionSource = ArraySource | CompositionSource;

export interface ArraySource {
  readonly kind: 'npy';
  /** The file's name without its folders. */
  readonly file: string;
  /** Of the file, 64 hexadecimal digits. */
  readonly sha256: string;
  /** Which of the directions in it, from 0. */
  readonly row: number;
}

export interface CompositionSource {
  readonly kind: 'composition';
  /** Whether each term was made orthogonal to those before it (Gram-Schmidt). */
  readonly orthogonal: boolean;
  /** At least one. */
  readonly terms: readonly { readonly name: string; readonly weight: number }[];
}

/**
 * One direction as it stands in a `.resefa.json` file.
 *
 * A discovered one is of version 1. Version 2 is for those that come from elsewhere: they have a source in place of a
 * discovery, and a region only where they are known to be for one.
 */
export interface DirectionFile {
  readonly format: 'resefa-direction';
  readonly version: 1 | 2;
  readonly name: string;
  readonly generator: DirectionGenerator;
  readonly latent: DirectionLatent;
  readonly region?: Region;
  readonly discovery?: Discovery;
  readonly source?: DirectionSource;
  readonly edit: DirectionEdit;
  readonly metrics?: DirectionMetrics;
  readonly vector: DirectionVector;
}

/** A direction that a discovery found. */
export type DiscoveredDirection = DirectionFile & Required<Pick<DirectionFile, 'region' | 'discovery'>>;

/** Whether two directions are for the same weights, whatever they are called. */
export function sameGenerator({ generator: a }: DirectionFile, { generator: b }: DirectionFile): boolean {
  return a.sha256.toLowerCase() === b.sha256.toLowerCase();
}

/** The name of a set of directions: "eyes" of "eyes-3". */
export function stemOf(name: string): string {
  return name.replace(/-\d+$/, '');
}

/** The eigenvalue that a discovery found; 0 for a direction that comes from elsewhere. */
export function eigenvalueOf({ discovery }: DirectionFile): number {
  return discovery?.eigenvalue ?? 0;
}

/** Where a direction comes from, in a few words such as "eyes.npy, row 3" or "eyes-1 + 0.5 mouth-2, orthogonal". */
export function originOf({ source }: DirectionFile): string {
  if (!source) return 'discovered';
  if (source.kind === 'npy') return `${source.file}, row ${source.row}`;
  const terms = source.terms.map(({ name, weight }, i) => `${i === 0 ? (weight < 0 ? '-' : '') : weight < 0 ? ' - ' : ' + '}${Math.abs(weight) === 1 ? '' : `${Math.abs(weight)} `}${name}`);
  return `${terms.join('')}${source.orthogonal ? ', orthogonal' : ''}`;
}

export function isDiscovered(direction: DirectionFile): direction is DiscoveredDirection {
  return direction.region !== undefined && direction.discovery !== undefined;
}

/** What must be known of a generator to tell whether a direction fits it. */
export interface GeneratorIdentity {
  readonly name: string;
  readonly architecture: string;
  readonly sha256: string;
  /** The length of one latent vector. */
  readonly dimensions: number;
  readonly layerCount: number;
}

/**
 * Checks that a direction was made for this generator.
 *
 * Throws UserError that says both values when the generator is another one, or when the direction's
 * dimensions or layers are not the generator's.
 */
export function requireFits(direction: DirectionFile, generator: GeneratorIdentity, where: string): void {
  const { generator: owner, latent } = direction;
  if (owner.sha256.toLowerCase() !== generator.sha256.toLowerCase()) {
    throw new UserError(`${where}: made for generator ${describe(owner)}, this is ${describe(generator)}`);
  }
  if (latent.dimensions !== generator.dimensions) {
    throw new UserError(`${where}: "latent.dimensions" is ${latent.dimensions}, generator ${quote(generator.name)} has ${generator.dimensions}`);
  }
  const layer = latent.layers.find((index) => index >= generator.layerCount);
  if (layer !== undefined) {
    throw new UserError(`${where}: "latent.layers" has layer ${layer}, generator ${quote(generator.name)} has layers 0 to ${generator.layerCount - 1}`);
  }
}

function describe({ name, architecture, sha256 }: Pick<GeneratorIdentity, 'name' | 'architecture' | 'sha256'>): string {
  return `${quote(name)} (${architecture.replace(/\s+/g, ' ')}, sha256 ${sha256.slice(0, 12)})`;
}

/** One row for each entry of `latent.layers`, [layers x dimensions]; in space w they are all the same. */
export function vectorRows({ latent, vector }: DirectionFile): number[][] {
  if (isStacked(vector)) return vector.map((row) => [...row]);
  return latent.layers.map(() => [...vector]);
}

/**
 * The vector or its negative, such that the component of largest magnitude is positive.
 *
 * Magnitudes are compared as the file writes them, to six digits, and the first of equals decides: a vector
 * that is written and read again keeps its sign.
 */
export function canonicalSign<Vector extends DirectionVector>(vector: Vector): Vector {
  if (!pointsBackwards(vector)) return vector;
  const negate = (component: number) => 0 - component;
  return (isStacked(vector) ? vector.map((row) => row.map(negate)) : vector.map(negate)) as unknown as Vector;
}

export function pointsBackwards(vector: DirectionVector): boolean {
  let largest = 0;
  for (const component of isStacked(vector) ? vector.flat() : vector) {
    const rounded = sixDigits(component);
    if (Math.abs(rounded) > Math.abs(largest)) largest = rounded;
  }
  return largest < 0;
}

export function isStacked(vector: DirectionVector): vector is readonly (readonly number[])[] {
  return Array.isArray(vector[0]);
}

/** Six significant digits; the shortest decimal that reads back to the same number, and no -0. */
export function sixDigits(value: number): number {
  return Number(value.toPrecision(6)) + 0;
}
