import type { Rule, RuleTable } from './rule';
import { activationRules } from './rules/activations';
import { arithmeticRules } from './rules/arithmetic';
import { convolutionRules } from './rules/convolution';
import { matrixRules } from './rules/matrices';
import { normalizationRules } from './rules/normalization';
import { reductionRules } from './rules/reductions';
import { resizingRules } from './rules/resizing';
import { shapeRules } from './rules/shapes';

const families: readonly RuleTable[] = [
  activationRules, arithmeticRules, convolutionRules, matrixRules, normalizationRules, reductionRules, resizingRules, shapeRules,
];

const table = new Map(families.flatMap((family) => Object.entries(family)));

/** The tangent rule of an operator of the standard ONNX domain. */
export function ruleFor(opType: string, domain: string): Rule | undefined {
  return domain === '' || domain === 'ai.onnx' ? table.get(opType) : undefined;
}

/** The operators that have a rule, in alphabetical order. */
export function supportedOperators(): string[] {
  return [...table.keys()].sort();
}
