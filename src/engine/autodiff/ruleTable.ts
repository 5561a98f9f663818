import type { NodeProto } from '../onnx/gen/onnx_pb';
import { isStandard } from '../onnx/graphs';
import type { Rule, RuleTable } from './rule';
import { activationRules } from './rules/activations';
import { arithmeticRules } from './rules/arithmetic';
import { constantRules } from './rules/constants';
import { convolutionRules } from './rules/convolution';
import { indexingRules } from './rules/indexing';
import { matrixRules } from './rules/matrices';
import { normalizationRules } from './rules/normalization';
import { poolingRules } from './rules/pooling';
import { reductionRules } from './rules/reductions';
import { refusals } from './rules/refused';
import { resizingRules } from './rules/resizing';
import { shapeRules } from './rules/shapes';

/** A family of operators as readers know it. */
export interface OperatorFamily {
  readonly title: string;
  readonly rules: RuleTable;
}

/** Every operator that has a rule, by family. */
export const families: readonly OperatorFamily[] = [
  { title: 'Convolutions', rules: convolutionRules },
  { title: 'Matrix products', rules: matrixRules },
  { title: 'Arithmetic', rules: arithmeticRules },
  { title: 'Activations and functions', rules: activationRules },
  { title: 'Normalization', rules: normalizationRules },
  { title: 'Pooling', rules: poolingRules },
  { title: 'Reductions', rules: reductionRules },
  { title: 'Resampling', rules: resizingRules },
  { title: 'Shapes', rules: shapeRules },
  { title: 'Indexing', rules: indexingRules },
  { title: 'Constant, so no tangent', rules: constantRules },
];

const table = new Map(families.flatMap(({ rules }) => Object.entries(rules)));

/** The tangent rule of an operator of the standard ONNX domain. */
export function ruleFor(opType: string, domain: string): Rule | undefined {
  return isStandard(domain) ? table.get(opType) : undefined;
}

/** Why an operator has no rule; undefined where nobody has thought of it. */
export function refusal(opType: string, domain: string): string | undefined {
  if (!isStandard(domain)) return 'it is no standard operator';
  return Object.hasOwn(refusals, opType) ? refusals[opType] : undefined;
}

/** The operators that have a rule, in alphabetical order. */
export function supportedOperators(): string[] {
  return [...table.keys()].sort();
}

/** Whether tangents pass an operator: by a `rule`, not at all since its outputs are `constant` almost everywhere, or `none`, since there is no rule. */
export type Differentiability = 'rule' | 'constant' | 'none';

/** What becomes of tangents at an operator of the given domain; a rule may still refuse a node for its attributes. */
export function differentiability(opType: string, domain: string): Differentiability {
  if (!ruleFor(opType, domain)) return 'none';
  return Object.hasOwn(constantRules, opType) ? 'constant' : 'rule';
}

/** An operator as messages call it, with its domain where that is not the standard one. */
export function operatorName({ domain, opType }: Pick<NodeProto, 'domain' | 'opType'>): string {
  return isStandard(domain) ? opType : `${domain}.${opType}`;
}
