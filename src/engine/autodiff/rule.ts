import type { GraphBuilder, Operand, Value } from '../onnx/graphBuilder';
import type { NodeView } from '../onnx/nodeView';
import type { DataType } from '../onnx/tensors';

/** One summand of a tangent: a tangent `[K, ..]` times a factor without the K axis. */
export interface TangentTerm {
  readonly value: Value;
  /** 1 where there is none. */
  readonly factor: Operand;
  /** The shape of the value, without the K axis and with as many axes as the product. */
  readonly valueDims: readonly number[];
  /** The shape of the factor, or one that it broadcasts to. */
  readonly factorDims: readonly number[];
  /** The shape of the product, without the K axis. */
  readonly dims: readonly number[];
}

/**
 * What a rule sees of one node of the graph.
 *
 * A value `x` of shape `[..]` has the tangent `x_dot` of shape `[K, ..]`: K tangents at once, on a leading
 * axis. An input that does not depend on the latent code has no tangent (`undefined` stands for zero).
 */
export interface RuleContext {
  /** Emits the nodes of the tangent; numbers become float32 constants. */
  readonly g: GraphBuilder;
  readonly node: NodeView;
  /** The operator set that the node is written in, which decides what some attributes mean. */
  readonly opset: number;
  /** Names of the node's inputs (the empty string where an optional input is left out) and outputs. */
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  /** Tangents of the inputs. At least one of them is defined. */
  readonly tangents: readonly (Value | undefined)[];
  /**
   * The summands that the tangent of input `index` was added up from, where nothing else reads that input: a
   * rule that only multiplies the tangent may multiply their factors instead, which have no K axis.
   */
  terms(index: number): readonly TangentTerm[] | undefined;
  /** Tells what an emitted tangent is the sum of. */
  recordTerms(tangent: Value, terms: readonly TangentTerm[]): void;
  /** The shape of a value of the graph, without the tangent axis. */
  shape(value: Value): readonly number[];
  /** The integers of an input that is known beforehand (axes, pads, a shape), truth values as 0 and 1; undefined where it is not. */
  constantInts(value: Value): readonly number[] | undefined;
  /** The element type of a value, where the file tells it without inference. */
  elementType(value: Value): DataType | undefined;
  /** The name of output `index` of the node, which the node is made to compute if the graph leaves it out. */
  output(index: number): Value;
}

/** Emits the tangents of a node's outputs, one per output; `undefined` stands for zero. */
export type Rule = (context: RuleContext) => readonly (Value | undefined)[];

/** The rules of one family of operators, by operator name. */
export type RuleTable = Readonly<Record<string, Rule>>;

/** Raised inside a rule for a node that the rule cannot differentiate (an attribute it does not handle). */
export class UnsupportedNodeError extends Error {
  override readonly name = 'UnsupportedNodeError';
}

/** Some nodes that the outputs depend on have no tangent rule; the generator needs central differences. */
export class MissingRuleError extends Error {
  override readonly name = 'MissingRuleError';

  constructor(
    /** Each node that cannot be differentiated and its operator, with the reason where the operator has a rule. */
    readonly missing: readonly MissingRule[],
  ) {
    super(`no tangent rule for ${grouped(missing).map(described).join(', ')}`);
  }
}

/** A node that cannot be differentiated. */
export interface MissingRule {
  readonly opType: string;
  readonly node: string;
  readonly reason?: string;
}

/** The nodes that share an operator and a reason, in the order of their first ones. */
function grouped(missing: readonly MissingRule[]): readonly (readonly [MissingRule, ...MissingRule[]])[] {
  const groups = new Map<string, [MissingRule, ...MissingRule[]]>();
  for (const each of missing) {
    const key = `${each.opType} ${each.reason ?? ''}`;
    const group = groups.get(key);
    if (group) group.push(each);
    else groups.set(key, [each]);
  }
  return [...groups.values()];
}

function described({ 0: { opType, node, reason }, length }: readonly [MissingRule, ...MissingRule[]]): string {
  const where = length === 1 ? `node ${node}` : `${length} nodes, the first ${node}`;
  return `${opType} (${where}${reason ? `: ${reason}` : ''})`;
}
