import { encodePng } from '../editing/pictures';
import { headline, sweepStrip } from '../editing/sweep';
import type { Sweep } from '../editing/sweep';
import { concatenated } from '../tensor';
import type { FloatTensor } from '../tensor';
import { requireFits, vectorRows } from '../../shared/direction/directionFile';
import type { PictureRequest, StripRequest } from '../../shared/protocol/engineProtocol';
import { spread } from '../../shared/numberList';
import { UserError } from '../../shared/userError';
import { checkEdits } from './checks';
import type { OpenGenerator } from './openGenerators';
import { fullPicture } from './rendering';

const columns = 7;
const mostSamples = 100;

type Swept = StripRequest['directions'][number];

/**
 * An alpha sweep as a PNG file: a row for each sample, seven columns from -1 to 1 times the alphas of the directions, or
 * over a direction's own range where its alpha is 0.
 *
 * @throws UserError when there is nothing to sweep, or a direction does not fit the generator; CancelledError where
 *   `signal` says so
 */
export async function exportStrip(opened: OpenGenerator, { directions: swept, samples }: StripRequest, signal: AbortSignal): Promise<Uint8Array> {
  const [first] = samples;
  if (swept.length === 0 || !first) throw new UserError('there is nothing to sweep; choose at least one direction and one sample');
  if (samples.length > mostSamples) throw new UserError(`${samples.length} samples are too many for a strip; choose at most ${mostSamples}`);
  for (const each of swept) checkFits(opened, each);
  const codes: FloatTensor[] = [];
  for (const sample of samples) codes.push(await opened.samples.code(sample));
  const sweep = { ...sweepOf(swept, first.psi), seeds: samples.map(({ seed }) => seed), ws: concatenated(codes) };
  return sweepStrip(opened.generator, sweep, signal);
}

/**
 * The whole picture as a PNG file.
 *
 * @throws UserError when the sample is none, or an edit does not fit the generator
 */
export async function exportPicture(opened: OpenGenerator, request: PictureRequest): Promise<Uint8Array> {
  return encodePng(await fullPicture(opened, request));
}

function checkFits({ generator }: OpenGenerator, { direction, alpha }: Swept): void {
  requireFits(direction, generator.identity, direction.name);
  checkEdits(generator, [{ layers: direction.latent.layers, rows: vectorRows(direction).map((row) => Float32Array.from(row)), alpha }]);
}

/** The columns of one direction are its alphas; of several, that have an alpha each, the shares of them. */
function sweepOf(swept: readonly Swept[], psi: number): Omit<Sweep, 'seeds' | 'ws'> {
  const directions = swept.map(({ direction }) => direction);
  const alphas = swept.map(({ direction, alpha }) => (alpha === 0 ? spread(...direction.edit.alpha, columns) : spread(-alpha, alpha, columns)));
  const { title, subtitle } = headline(directions, psi, true);
  if (alphas.length === 1) return { title, subtitle, rows: [{ directions }], alphas: alphas[0]! };
  const ends = directions.map(({ name }, i) => `${Number(alphas[i]!.at(-1)!.toPrecision(3))} of ${name}`);
  return { title, subtitle: `1 is alpha ${ends.join(', ')}   ${subtitle}`, rows: [{ directions, alphas }], alphas: spread(-1, 1, columns) };
}
