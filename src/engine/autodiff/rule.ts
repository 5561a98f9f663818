import type { GraphBuilder, Operand, Value } from '../onnx/graphBuilder';
import type { NodeView } from '../onnx/nodeView';

/** One summand of a tangent: a tangent `[K, ..]` times a factor without the K axis. */
export interface TangentTerm {
  readonly value: Value;
  /** 1 where there is none. */
  readonly factor: Operand;
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
  /** The integers of a constant input (axes, pads, a shape); undefined where it is computed at run time. */
  constantInts(value: Value): readonly number[] | undefined;
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
    readonly missing: readonly { readonly opType: string; readonly node: string; readonly reason?: string }[],
  ) {
    super(`no tangent rule for ${missing.map(({ opType, node, reason }) => `${opType} (node ${node}${reason ? `: ${reason}` : ''})`).join(', ')}`);
  }
}
