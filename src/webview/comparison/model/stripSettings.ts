import { Field } from '../../../shared/field';
import { parseAlphas, parseSeeds, psiLimits } from '../../../shared/numberList';
import { mostAlphas, mostSeeds } from '../../../shared/protocol/comparisonProtocol';
import type { PicturesRequest } from '../../../shared/protocol/comparisonProtocol';
import { UserError } from '../../../shared/userError';

/** What the strips are made of, as the user writes it. */
export interface StripSettings {
  readonly seeds: string;
  readonly psi: number;
  /** As parseAlphas reads it; what suits the directions where left out. */
  readonly alphas?: string;
  readonly alignSigns: boolean;
}

export const standardSettings: StripSettings = { seeds: '0-2', psi: 0.7, alignSigns: true };

/** Settings from the state that a page was left with; the standard ones where there are none that can be read. */
export function restoredSettings(left: unknown): StripSettings {
  try {
    const strips = new Field(left, 'state').at('strips');
    const alphas = strips.at('alphas');
    return {
      seeds: formOf(readSeeds, strips.at('seeds').text()),
      psi: strips.at('psi').number(psiLimits),
      ...(alphas.present ? { alphas: formOf(readAlphas, alphas.text()) } : {}),
      alignSigns: strips.at('alignSigns').value !== false,
    };
  } catch (error) {
    if (error instanceof UserError) return standardSettings;
    throw error;
  }
}

/** @throws UserError for what is no list of seeds, or too long a one */
export function readSeeds(text: string): readonly number[] {
  return atMost(mostSeeds, 'seeds', parseSeeds(text, 'Seeds'));
}

/** @throws UserError for what is no range or list of alphas, or too long a one */
export function readAlphas(text: string): readonly number[] {
  return atMost(mostAlphas, 'alphas', parseAlphas(text, 'Alpha'));
}

/** @param suitable the alphas where the user has chosen none */
export function requestOf({ seeds, psi, alphas, alignSigns }: StripSettings, suitable: string): PicturesRequest {
  return { seeds: readSeeds(seeds), psi, alphas: readAlphas(alphas ?? suitable), alignSigns };
}

function atMost(most: number, things: string, list: readonly number[]): readonly number[] {
  if (list.length > most) throw new UserError(`${list.length} ${things} are too many, at most ${most} are shown side by side`);
  return list;
}

/** The text itself, once it has been read. */
function formOf(read: (text: string) => unknown, text: string): string {
  read(text);
  return text;
}
