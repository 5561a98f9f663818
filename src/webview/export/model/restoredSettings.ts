import { Field } from '../../../shared/field';
import { frameRates } from '../../../shared/frameOrder';
import { alphaLimits, largestSeed, mostSeeds, psiLimits } from '../../../shared/numberList';
import { loopLimits, pictureSizes, stepLimits } from '../../../shared/protocol/exportProtocol';
import type { ExportStart } from '../../../shared/protocol/exportProtocol';
import { listOf, optional, truth } from '../../../shared/protocol/pageChecks';
import { UserError } from '../../../shared/userError';
import { formatsOf, repeatLimits, startSettings } from './exportPlan';
import type { DirectionSetting, ExportSettings, FigureKind } from './exportPlan';

/** The settings that a page was left with before a reload; those to begin with where it left none, or some for other directions. */
export function restoredSettings(left: unknown, start: ExportStart): ExportSettings {
  try {
    return checkedSettings(new Field(left, 'state of the page').at('settings'), start);
  } catch (error) {
    if (error instanceof UserError) return startSettings(start);
    throw error;
  }
}

function checkedSettings(field: Field, { directions, generator }: ExportStart): ExportSettings {
  const kind = field.at('kind').oneOf(Object.keys(formatsOf) as FigureKind[]);
  const used = listOf(field.at('directions'), { min: directions.length, max: directions.length }, directionSetting);
  if (used.some(({ name }, i) => name !== directions[i]!.name)) field.at('directions').refuse('the directions of this page');
  return {
    kind,
    format: field.at('format').oneOf(formatsOf[kind]),
    directions: used,
    together: truth(field.at('together')),
    bothSigns: truth(field.at('bothSigns')),
    seeds: listOf(field.at('seeds'), { min: 1, max: mostSeeds }, (seed) => seed.integer({ min: 0, max: largestSeed })),
    psi: field.at('psi').number(psiLimits),
    ...optional(field, 'label', (label) => label.integer({ min: 0, max: Math.max(0, generator.classes - 1) })),
    frames: field.at('frames').integer(stepLimits),
    columns: field.at('columns').integer(stepLimits),
    ...optional(field, 'size', (size) => size.integer(pictureSizes)),
    frameRate: field.at('frameRate').number(frameRates),
    pingPong: truth(field.at('pingPong')),
    loop: field.at('loop').integer(loopLimits),
    repeats: field.at('repeats').integer(repeatLimits),
  };
}

function directionSetting(field: Field): DirectionSetting {
  const alpha = (key: string) => field.at(key).number(alphaLimits);
  return { name: field.at('name').text(), used: truth(field.at('used')), from: alpha('from'), to: alpha('to'), alpha: alpha('alpha') };
}
