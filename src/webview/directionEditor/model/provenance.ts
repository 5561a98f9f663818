import { localityRatio } from '../../../shared/direction/directionFile';
import type { CompositionSource, DirectionFile, DirectionMetrics, Discovery } from '../../../shared/direction/directionFile';
import { formatRanges, parseSeeds } from '../../../shared/numberList';
import { formatRegion } from '../../../shared/region';
import { counted, formatRatio } from '../../model/wording';

export interface Fact {
  readonly label: string;
  readonly value: string;
  /** What the label means, where that is not plain. */
  readonly meaning?: string;
  /** Whether the value is a hash, of which the beginning says enough. */
  readonly hash?: true;
}

export interface FactGroup {
  readonly title: string;
  readonly facts: readonly Fact[];
}

/** What a direction file says beside its name, its range and its numbers, in the order in which people ask. */
export function provenance(direction: DirectionFile): FactGroup[] {
  const { discovery, source, metrics } = direction;
  return [
    { title: 'Direction', facts: directionFacts(direction) },
    ...(metrics ? [{ title: 'Measured on held-out samples', facts: metricFacts(metrics) }] : []),
    ...(discovery ? [{ title: 'Discovery', facts: discoveryFacts(discovery) }] : []),
    ...(source ? [{ title: 'Source', facts: source.kind === 'npy' ? [{ label: 'NumPy file', value: source.file }, { label: 'Row', value: `${source.row}` }, { label: 'SHA-256', value: source.sha256, hash: true as const }] : compositionFacts(source) }] : []),
    { title: 'Generator', facts: generatorFacts(direction) },
  ];
}

function directionFacts({ latent, region }: DirectionFile): Fact[] {
  return [
    { label: 'Space', value: latent.space === 'w' ? 'w, one vector for all edited layers' : 'w+, one vector for each edited layer' },
    { label: 'Layers', value: `${formatRanges(latent.layers)} (${counted(latent.layers.length, 'layer')})` },
    { label: 'Dimensions', value: `${latent.dimensions}` },
    { label: 'Region', value: region ? formatRegion(region) : 'none' },
  ];
}

function metricFacts(metrics: DirectionMetrics): Fact[] {
  const { seeds, alpha, insideMse, outsideMse } = metrics;
  return [
    { label: 'Locality', value: `${formatRatio(localityRatio(metrics))} times as much change inside as outside`, meaning: 'Mean squared change inside of the region over that outside' },
    { label: 'Inside MSE', value: `${insideMse}`, meaning: 'Mean squared change inside of the region, in the -1..1 range' },
    { label: 'Outside MSE', value: `${outsideMse}`, meaning: 'Mean squared change outside of the region, in the -1..1 range' },
    { label: 'At alpha', value: `±${Math.abs(alpha)}` },
    { label: 'Held-out seeds', value: seedsText(seeds), meaning: 'Samples that took no part in the discovery' },
  ];
}

function discoveryFacts(discovery: Discovery): Fact[] {
  const { seeds, truncation, preset, jacobianResolution, channels, jacobian = 'forward', grams = 'pixels', tau, rank, rankedBy, eigenvalue, class: label } = discovery;
  return [
    { label: 'Preset', value: preset },
    { label: 'Seeds', value: seedsText(seeds) },
    { label: 'Truncation psi', value: `${truncation}` },
    ...(label === undefined ? [] : [{ label: 'Class', value: `${label}` }]),
    { label: 'Rank', value: rankedBy ? `${rank}, ranked by ${rankedBy}` : `${rank}`, meaning: '1 for the largest eigenvalue' },
    { label: 'Eigenvalue', value: `${eigenvalue}`, meaning: 'How much more the direction changes the inside than the outside, to first order' },
    { label: 'Tau', value: `${tau}`, meaning: 'Regularization of the background' },
    { label: 'Jacobian', value: `${jacobianResolution} px, ${channels === 'rgb' ? 'colour channels apart' : 'colour channels summed'}, ${jacobian === 'forward' ? 'forward mode' : 'central differences'}` },
    ...(grams === 'tiles' ? [{ label: 'Region from', value: 'tiles of the picture', meaning: 'Approximated; it was not solved exactly' }] : []),
  ];
}

function compositionFacts({ terms, orthogonal }: CompositionSource): Fact[] {
  return [
    ...terms.map(({ name, weight }): Fact => ({ label: `${weight} ×`, value: name })),
    { label: 'Orthogonal', value: orthogonal ? 'yes, each to those before it' : 'no' },
  ];
}

function generatorFacts({ generator: { name, architecture, resolution, sha256 } }: DirectionFile): Fact[] {
  return [
    { label: 'Name', value: name },
    { label: 'Architecture', value: `${architecture}, ${resolution} px` },
    { label: 'SHA-256', value: sha256, hash: true },
  ];
}

function seedsText(seeds: string): string {
  const count = parseSeeds(seeds).length;
  return count === 1 ? seeds : `${seeds} (${count})`;
}
