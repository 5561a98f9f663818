import { flat } from '../combinators';
import type { Rule, RuleTable } from '../rule';
import { UnsupportedNodeError } from '../rule';

const operators = [
  'Sign', 'Floor', 'Ceil', 'Round', 'Hardmax',
  'IsNaN', 'IsInf', 'Less', 'LessOrEqual', 'Greater', 'GreaterOrEqual', 'Equal', 'Not', 'And', 'Or', 'Xor',
  'BitShift', 'BitwiseAnd', 'BitwiseOr', 'BitwiseXor', 'BitwiseNot',
  'ConstantOfShape', 'EyeLike', 'Shape', 'Size', 'NonZero', 'ArgMax', 'ArgMin', 'NonMaxSuppression', 'RandomNormalLike', 'RandomUniformLike',
] as const;

/** Constant as generators use it; a node for which that is not so is refused. */
function refusedWhere(depends: (tangents: readonly (string | undefined)[]) => boolean, reason: string): Rule {
  return (context) => {
    if (depends(context.tangents)) throw new UnsupportedNodeError(reason);
    return flat(context);
  };
}

const always = () => true;

/** Operators whose outputs stay as they are where the latent code changes a little: rounding, comparisons, positions, shapes, noise. */
export const constantRules: RuleTable = {
  ...Object.fromEntries(operators.map((operator) => [operator, flat])),
  Bernoulli: refusedWhere(always, 'the chances of its draws depend on the latent code'),
  Multinomial: refusedWhere(always, 'the chances of its draws depend on the latent code'),
  Range: refusedWhere(always, 'its limits depend on the latent code'),
  OneHot: refusedWhere((tangents) => tangents[2] !== undefined, 'its values depend on the latent code'),
};
