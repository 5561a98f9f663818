/** The newest operator set that the ONNX Runtime of this project runs. */
export const newestOpset = 26;

/**
 * The operator sets from 9 on at which the definition of an operator changed, the first being 9 or the one that brought
 * it (github.com/onnx/onnx, docs/Changelog.md). Operator sets that withdraw an operator are left out.
 */
const versions: readonly (readonly [opsets: readonly number[], operators: string])[] = [
  [[9], 'And Not Or Scatter Shrink Upsample Xor'],
  [[9, 10, 11, 12, 22], 'MaxPool'],
  [[9, 10, 11, 13], 'Slice'],
  [[9, 10, 11, 19, 22], 'AveragePool'],
  [[9, 10, 11, 24], 'TopK'],
  [[9, 10, 12, 13, 22], 'Dropout'],
  [[9, 11], 'Compress OneHot'],
  [[9, 11, 12, 13], 'ArgMax ArgMin Clip'],
  [[9, 11, 12, 13, 18, 20], 'ReduceMax ReduceMin'],
  [[9, 11, 13], 'Concat DepthToSpace Gather Gemm Hardmax LogSoftmax ReduceSum Softmax'],
  [[9, 11, 13, 18], 'ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMean ReduceProd ReduceSumSquare Split'],
  [[9, 11, 13, 18, 19, 21, 23, 24, 25], 'Pad'],
  [[9, 11, 13, 19], 'Equal'],
  [[9, 11, 13, 21, 23, 24, 25], 'Flatten Squeeze Unsqueeze'],
  [[9, 11, 18, 22], 'LpPool'],
  [[9, 11, 22], 'Conv ConvTranspose MaxUnpool'],
  [[9, 12, 13], 'Max Min'],
  [[9, 12, 13, 15], 'Pow'],
  [[9, 13], 'Abs Ceil Erf Exp Expand Floor Greater LRN Less Log MatMul Mean MeanVarianceNormalization Neg NonZero Reciprocal Sigmoid Sign SpaceToDepth Sqrt Sum Tanh Tile'],
  [[9, 13, 14], 'Add Div Mul Relu Sub'],
  [[9, 13, 14, 16, 19, 21, 23, 24, 25], 'Identity'],
  [[9, 13, 14, 19, 21, 23, 24, 25], 'Reshape'],
  [[9, 13, 15, 19, 21, 23, 24, 25], 'Shape'],
  [[9, 13, 19, 21, 23, 24, 25], 'Cast Size'],
  [[9, 13, 20], 'IsNaN'],
  [[9, 13, 21, 23, 24, 25], 'Transpose'],
  [[9, 14, 15], 'BatchNormalization'],
  [[9, 16], 'LeakyRelu PRelu Where'],
  [[9, 20, 21, 23, 24, 25], 'ConstantOfShape'],
  [[9, 22], 'Acos Acosh Asin Asinh Atan Atanh Cos Cosh Elu EyeLike GlobalAveragePool GlobalLpPool GlobalMaxPool HardSigmoid InstanceNormalization LpNormalization Multinomial RandomNormalLike RandomUniformLike Selu Sin Sinh Softplus Softsign Tan'],
  [[10], 'ReverseSequence'],
  [[10, 11], 'NonMaxSuppression'],
  [[10, 11, 13, 18, 19], 'Resize'],
  [[10, 13], 'Mod'],
  [[10, 20], 'IsInf'],
  [[10, 22], 'ThresholdedRelu'],
  [[11], 'BitShift Range'],
  [[11, 12, 13], 'GatherND'],
  [[11, 13], 'GatherElements'],
  [[11, 13, 16, 18], 'ScatterElements ScatterND'],
  [[11, 14], 'CumSum'],
  [[11, 22], 'Round'],
  [[12], 'Celu Einsum'],
  [[12, 16], 'GreaterOrEqual LessOrEqual'],
  [[14], 'Trilu'],
  [[14, 22], 'HardSwish'],
  [[15, 19, 21, 23, 24, 25], 'CastLike'],
  [[15, 22], 'Bernoulli'],
  [[16, 20, 22], 'GridSample'],
  [[17], 'LayerNormalization'],
  [[18], 'BitwiseAnd BitwiseNot BitwiseOr BitwiseXor CenterCropPad Col2Im'],
  [[18, 21], 'GroupNormalization'],
  [[18, 22], 'Mish'],
  [[20], 'AffineGrid Gelu'],
  [[23], 'RMSNormalization'],
  [[24], 'Swish'],
];

/** Versions that the ONNX Runtime of this project does not run on the CPU. */
const notRun = new Set(['Bernoulli 22', 'GlobalLpPool 22', 'Multinomial 22', 'RandomNormalLike 22', 'RandomUniformLike 22']);

const byOperator = new Map(versions.flatMap(([opsets, operators]) => operators.split(' ').map((operator) => [operator, opsets] as const)));

/** The operator sets at which the definition of an operator changed, as far as they run; none where the table does not know it. */
export function versionsOf(operator: string): readonly number[] {
  return (byOperator.get(operator) ?? []).filter((version) => !notRun.has(`${operator} ${version}`));
}

/** The version of an operator that a graph of the given operator set means. */
export function versionAt(operator: string, opset: number): number | undefined {
  return byOperator.get(operator)?.findLast((version) => version <= opset);
}

/** The last operator set in which a version of an operator is in force. */
export function lastOpsetOf(operator: string, version: number): number {
  return (byOperator.get(operator)?.find((other) => other > version) ?? newestOpset + 1) - 1;
}
