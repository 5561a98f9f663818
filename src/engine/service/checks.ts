import type { Edit } from '../editing/applyDirection';
import type { Generator } from '../generators/generator';
import { Field } from '../../shared/field';
import { largestSeed, psiLimits } from '../../shared/numberList';
import type { EditTerm, Sample } from '../../shared/protocol/engineProtocol';
import { UserError } from '../../shared/userError';

/** @throws UserError when the seed or psi is out of range; the generator itself looks at the label */
export function checkSample(sample: Sample): Sample {
  new Field(sample.seed, 'the seed').integer({ min: 0, max: largestSeed });
  new Field(sample.psi, 'the truncation psi').number(psiLimits);
  return sample;
}

/**
 * The edits that have an effect.
 *
 * @throws UserError when one of them does not fit the generator or is not finite
 */
export function checkEdits(generator: Generator, edits: readonly EditTerm[]): Edit[] {
  for (const edit of edits) checkEdit(generator, edit);
  return edits.filter(({ alpha }) => alpha !== 0);
}

function checkEdit({ description: { name }, layerCount, dimensions }: Generator, { layers, rows, alpha }: EditTerm): void {
  if (!Number.isFinite(alpha)) throw new UserError(`an edit has the alpha ${alpha}; expected a finite number`);
  if (rows.length !== layers.length) throw new UserError(`an edit has ${rows.length} vectors for ${layers.length} layers; expected one for each`);
  const missing = layers.find((layer) => !Number.isInteger(layer) || layer < 0 || layer >= layerCount);
  if (missing !== undefined) throw new UserError(`an edit is for layer ${missing}; the generator ${name} has layers 0 to ${layerCount - 1}`);
  // In space w all layers share one vector.
  for (const row of new Set(rows)) {
    if (row.length !== dimensions) throw new UserError(`an edit has vectors of ${row.length} numbers; the generator ${name} takes ${dimensions}`);
    if (!row.every(Number.isFinite)) throw new UserError('an edit has numbers that are not finite; expected a direction without NaN and infinities');
  }
}

/**
 * The layers that directions are to edit, ascending.
 *
 * @throws UserError when there are none, or one that the generator does not have
 */
export function checkLayers({ description: { name }, layerCount }: Generator, layers: readonly number[]): number[] {
  if (layers.length === 0) throw new UserError('no layer is to be edited; choose at least one');
  const missing = layers.find((layer) => !Number.isInteger(layer) || layer < 0 || layer >= layerCount);
  if (missing !== undefined) throw new UserError(`layer ${missing} is to be edited; the generator ${name} has layers 0 to ${layerCount - 1}`);
  return [...new Set(layers)].sort((a, b) => a - b);
}
