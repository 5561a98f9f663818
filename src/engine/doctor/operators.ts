import { MissingRuleError } from '../autodiff/rule';
import { differentiability, operatorName } from '../autodiff/ruleTable';
import type { Differentiability } from '../autodiff/ruleTable';
import { tangentRows } from '../factorization/tangentModel';
import { presetSettings, readoutOf } from '../factorization/presets';
import type { Generator } from '../generators/generator';
import type { GraphProto, NodeProto } from '../onnx/gen/onnx_pb';
import { graphOf, valuesRead } from '../onnx/graphs';

/** How often a generator uses an operator, and whether tangents pass through it. */
export interface OperatorUse {
  /** The operator's name, with its domain where that is not ONNX's own. */
  readonly operator: string;
  readonly count: number;
  /** `constant` also where none of its nodes depends on the latent code. */
  readonly differentiability: Differentiability;
}

/** The operators of the synthesis network, the most frequent first. */
export function operatorUses({ synthesis, latentInput }: Generator): OperatorUse[] {
  const graph = graphOf(synthesis);
  const dependent = dependentNodes(graph, latentInput.input);
  const uses = new Map<string, OperatorUse>();
  for (const node of graph.node) {
    const operator = operatorName(node);
    const before = uses.get(operator) ?? { operator, count: 0, differentiability: 'constant' };
    uses.set(operator, { ...before, count: before.count + 1, ...(dependent.has(node) ? { differentiability: differentiability(node.opType, node.domain) } : {}) });
  }
  return [...uses.values()].sort((a, b) => b.count - a.count || a.operator.localeCompare(b.operator));
}

/** The nodes that depend on a value; those of a graph come after what they read. */
function dependentNodes(graph: GraphProto, value: string): ReadonlySet<NodeProto> {
  const reached = new Set([value]);
  return new Set(graph.node.filter((node) => {
    const depends = valuesRead(node).some((name) => reached.has(name));
    if (depends) for (const output of node.output) reached.add(output);
    return depends;
  }));
}

/**
 * What keeps a generator from forward mode: nodes between the latent code and the image that have no tangent rule.
 * Undefined where there is none. Nothing is run.
 */
export function obstacle(generator: Generator): MissingRuleError | undefined {
  const { edit_layers, resolution } = generator.description;
  try {
    tangentRows(generator, edit_layers, readoutOf(presetSettings.standard, resolution));
    return undefined;
  } catch (error) {
    if (error instanceof MissingRuleError) return error;
    throw error;
  }
}
