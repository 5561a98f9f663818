import { DataType } from '../../src/engine/onnx/tensors';
import { absent, bools, computed, distinct, int32s, ints, positive, uint8s, w, x } from './oneNode';
import type { RuleCase } from './oneNode';
import { lastOpsetOf, newestOpset, versionsOf } from './operatorVersions';

const picture = [2, 3, 4, 5];
const largest = 2n ** 63n - 1n;

/**
 * A case in each version of its operator that a range of operator sets has: of the first version in its first operator
 * set, of the others in their last, so that what the rules emit is also tried in the oldest and in the newest.
 */
function everyVersion(ruleCase: RuleCase, from = 9, to = newestOpset): RuleCase[] {
  return versionsOf(ruleCase.op).filter((version) => version >= from && version <= to)
    .map((version, i) => ({ ...ruleCase, opset: i === 0 ? version : Math.min(lastOpsetOf(ruleCase.op, version), to) }));
}

/** Operators of one input that need nothing else, with the interval of their inputs. */
const functions: Readonly<Record<string, { readonly from: number; readonly to: number }>> = {
  Abs: { from: -1, to: 1 }, Neg: { from: -1, to: 1 }, Identity: { from: -1, to: 1 }, Exp: { from: -1, to: 1 },
  Log: positive, Sqrt: positive, Reciprocal: positive,
  Sin: { from: -3, to: 3 }, Cos: { from: -3, to: 3 }, Tan: { from: -1, to: 1 },
  Asin: { from: -0.8, to: 0.8 }, Acos: { from: -0.8, to: 0.8 }, Atan: { from: -2, to: 2 },
  Sinh: { from: -2, to: 2 }, Cosh: { from: -2, to: 2 }, Tanh: { from: -2, to: 2 },
  Asinh: { from: -2, to: 2 }, Acosh: { from: 1.4, to: 3 }, Atanh: { from: -0.6, to: 0.6 },
  Sigmoid: { from: -3, to: 3 }, Softplus: { from: -3, to: 3 }, Softsign: { from: -2, to: 2 }, Erf: { from: -2, to: 2 },
  Relu: { from: -1, to: 1 }, LeakyRelu: { from: -1, to: 1 }, Elu: { from: -2, to: 2 }, Celu: { from: -2, to: 2 }, Selu: { from: -2, to: 2 },
  ThresholdedRelu: { from: -2, to: 3 }, HardSigmoid: { from: -4, to: 4 }, HardSwish: { from: -5, to: 5 },
  Shrink: { from: -2, to: 2 }, Mish: { from: -3, to: 3 }, Gelu: { from: -3, to: 3 }, Swish: { from: -3, to: 3 },
};

const elements: readonly RuleCase[] = [
  ...Object.entries(functions).flatMap(([op, interval]) => everyVersion({ op, inputs: [x([2, 3, 4], interval)] })),
  { op: 'Sin', note: 'of a scalar', inputs: [x([])] },
  { op: 'LeakyRelu', note: 'alpha', inputs: [x([2, 9])], attributes: { alpha: { float: 0.2 } } },
  { op: 'ThresholdedRelu', note: 'alpha', inputs: [x([2, 9])], attributes: { alpha: { float: 0.4 } } },
  { op: 'Elu', note: 'alpha', inputs: [x([2, 9])], attributes: { alpha: { float: 1.7 } } },
  { op: 'Celu', note: 'alpha', inputs: [x([2, 9])], attributes: { alpha: { float: 0.6 } } },
  { op: 'Selu', note: 'alpha and gamma', inputs: [x([2, 9])], attributes: { alpha: { float: 1.2 }, gamma: { float: 0.7 } } },
  { op: 'HardSigmoid', note: 'alpha and beta', inputs: [x([2, 9])], attributes: { alpha: { float: 0.6 }, beta: { float: 0.4 } } },
  { op: 'Gelu', opset: 20, note: 'approximate', inputs: [x([2, 9], { from: -3, to: 3 })], attributes: { approximate: 'tanh' } },
  { op: 'Shrink', note: 'bias and lambd', inputs: [x([2, 9])], attributes: { bias: { float: 0.1 }, lambd: { float: 0.3 } } },
  { op: 'Swish', opset: 24, note: 'alpha', inputs: [x([2, 9])], attributes: { alpha: { float: 1.7 } } },
  ...everyVersion({ op: 'Dropout', inputs: [x([2, 5])] }),
  { op: 'Dropout', note: 'training off', inputs: [x([2, 5]), w([], [0.3]), bools([0], [])] },
  { op: 'Dropout', note: 'ratio', inputs: [x([2, 5]), w([], [0.3])] },
  { op: 'Dropout', opset: 11, inputs: [x([2, 5])], attributes: { ratio: { float: 0.3 } } },
  ...everyVersion({ op: 'Clip', inputs: [x([3, 7]), x([], [-0.4]), x([], [0.4])] }, 11),
  { op: 'Clip', note: 'minimum', inputs: [x([3, 7]), w([], [-0.4])] },
  { op: 'Clip', note: 'maximum', inputs: [x([3, 7]), absent, w([], [0.4])] },
  { op: 'Clip', note: 'without limits', inputs: [x([3, 7])] },
  { op: 'Clip', opset: 9, inputs: [x([3, 7])], attributes: { min: { float: -0.4 }, max: { float: 0.4 } } },
];

/** Outputs that no tangent reaches: beside those of the latent code itself, nothing is left. */
const constants: readonly RuleCase[] = [
  ...['Sign', 'Floor', 'Ceil', 'Round', 'IsNaN', 'IsInf', 'Shape', 'Size', 'NonZero', 'EyeLike']
    .flatMap((op) => everyVersion({ op, inputs: [x([2, 5])], end: op === 'NonZero' ? 'muted' : 'flat' })),
  ...['ArgMax', 'ArgMin', 'Hardmax'].flatMap((op) => everyVersion({ op, inputs: [x([2, 3], [0.3, -0.2, 0.7, -1.1, 0.4, 0.1])], end: 'flat' })),
  ...['Less', 'Greater'].flatMap((op) => everyVersion({ op, inputs: [x([2, 5]), x([5])], end: 'flat' })),
  ...['LessOrEqual', 'GreaterOrEqual'].flatMap((op) => everyVersion({ op, inputs: [x([2, 5]), x([5])], end: 'flat' })),
  ...everyVersion({ op: 'Equal', inputs: [x([2, 5]), x([5])], end: 'flat' }, 11),
  { op: 'Equal', opset: 9, inputs: [ints([1, 2]), ints([2])], end: 'flat' },
  { op: 'Not', inputs: [bools([1, 0])], end: 'flat' },
  ...['And', 'Or', 'Xor'].map((op): RuleCase => ({ op, inputs: [bools([1, 0]), bools([1])], end: 'flat' })),
  { op: 'BitShift', inputs: [uint8s([1, 4]), uint8s([1])], attributes: { direction: 'LEFT' }, end: 'flat' },
  ...['BitwiseAnd', 'BitwiseOr', 'BitwiseXor'].map((op): RuleCase => ({ op, opset: 18, inputs: [ints([1, 6]), ints([3])], end: 'flat' })),
  { op: 'BitwiseNot', opset: 18, inputs: [ints([1, 6])], end: 'flat' },
  ...everyVersion({ op: 'ConstantOfShape', inputs: [ints([2, 3])], end: 'flat' }),
  { op: 'Range', inputs: [w([], [0]), w([], [2]), w([], [0.5])], end: 'flat' },
  ...everyVersion({ op: 'OneHot', inputs: [x([3], [0.1, 1.2, 2.1]), w([], [3]), w([2])], end: 'muted' }),
  ...everyVersion({ op: 'NonMaxSuppression', inputs: [x([1, 2, 4], [0.1, 0.2, 0.8, 0.9, 0.1, 0.3, 0.5, 0.7]), x([1, 1, 2], [0.3, 0.6]), ints([2])], end: 'flat' }),
  ...['RandomNormalLike', 'RandomUniformLike'].flatMap((op) => everyVersion({ op, inputs: [x([2, 5])], end: 'muted' })),
  ...everyVersion({ op: 'Bernoulli', inputs: [w([2, 5], { from: 0, to: 1 })], end: 'muted' }),
  ...everyVersion({ op: 'Multinomial', inputs: [w([2, 5])], end: 'muted' }),
];

/** Pairs of shapes that broadcast in every way. */
const broadcasts = [
  [[2, 3, 4], [2, 3, 4]], [[2, 3, 4], [4]], [[4], [2, 3, 4]], [[1, 3, 1], [2, 1, 4]], [[2, 3], []], [[], [3]], [[3, 1], [4, 1, 2]], [[], []],
] as const;

const arithmetic: readonly RuleCase[] = [
  ...['Add', 'Sub', 'Mul', 'Div'].flatMap((op) => everyVersion({ op, inputs: [x([2, 3], positive), x([3], positive)] })),
  ...everyVersion({ op: 'Pow', inputs: [x([2, 3], positive), x([2, 3], positive)] }),
  ...everyVersion({ op: 'Mod', inputs: [x([2, 3], [2.3, -1.4, 0.6, 3.7, 1.7, -2.2]), x([3], [0.8, 1.1, -0.7])], attributes: { fmod: 1 } }),
  ...['Sum', 'Mean', 'Max', 'Min'].flatMap((op) => everyVersion({ op, inputs: [x([2, 3, 4]), x([3, 1])] })),
  ...everyVersion({ op: 'PRelu', inputs: [x([2, 3, 4]), x([3, 1])] }),
  ...everyVersion({ op: 'Where', inputs: [bools([1, 0, 0, 1, 1, 0], [2, 3]), x([2, 3]), x([3])] }),
  ...['Add', 'Sub', 'Mul', 'Div', 'Pow'].flatMap((op) => broadcasts.map(([a, b]): RuleCase => ({
    op, note: `[${a.join()}] [${b.join()}]`, inputs: [x(a, positive), x(b, positive)],
  }))),
  { op: 'Add', opset: 11, note: '[4] [2, 3, 4]', inputs: [x([4]), x([2, 3, 4])] },
  { op: 'Pow', note: 'square', inputs: [x([2, 5]), w([], [2])] },
  { op: 'Pow', note: 'integer exponent', inputs: [x([2, 5]), ints([3], [])] },
  { op: 'Pow', note: 'root', inputs: [x([2, 5], positive), w([], [0.5])] },
  ...['Sum', 'Mean', 'Max', 'Min'].map((op): RuleCase => ({ op, inputs: [x([2, 3, 4]), x([4]), x([3, 1])] })),
  ...['Sum', 'Mean', 'Max', 'Min'].map((op): RuleCase => ({ op, note: 'one input', inputs: [x([2, 3])] })),
  { op: 'Max', note: 'beside a constant', inputs: [w([3]), x([2, 1])] },
  { op: 'PRelu', inputs: [x([2, 3, 4]), x([3, 1])] },
  { op: 'PRelu', note: 'one slope', inputs: [x([2, 3, 4]), x([1])] },
  { op: 'Where', inputs: [bools([1, 0, 1, 0, 0, 1], [2, 3]), x([2, 3]), x([2, 3])] },
  { op: 'Where', note: 'condition broadcasts', inputs: [bools([1, 0], [2, 1]), x([4, 2, 3]), x([3])] },
  { op: 'Where', note: 'branches broadcast', inputs: [bools([1, 0, 0, 1], [2, 1, 2]), x([3, 1]), x([])] },
];

const matrices: readonly RuleCase[] = [
  ...everyVersion({ op: 'MatMul', inputs: [x([5, 2, 3]), x([3, 4])] }),
  ...everyVersion({ op: 'Gemm', inputs: [x([2, 3]), x([3, 4]), x([4])] }),
  ...([
    [[2, 3], [3, 4]], [[5, 2, 3], [5, 3, 4]], [[5, 2, 3], [3, 4]], [[2, 3], [5, 3, 4]], [[3], [3]], [[3], [3, 4]], [[2, 3], [3]],
    [[3], [5, 3, 4]], [[5, 2, 3], [3]], [[2, 1, 2, 3], [5, 3, 4]], [[1, 2, 3], [2, 5, 3, 4]],
  ] as const).map(([a, b]): RuleCase => ({ op: 'MatMul', note: `[${a.join()}] [${b.join()}]`, inputs: [x(a), x(b)] })),
  { op: 'MatMul', opset: 11, note: '[3] [5, 3, 4]', inputs: [x([3]), x([5, 3, 4])] },
  ...[[0, 0], [0, 1], [1, 0], [1, 1]].map(([transA, transB]): RuleCase => ({
    op: 'Gemm',
    note: `transA ${transA} transB ${transB}`,
    inputs: [x(transA ? [3, 2] : [2, 3]), x(transB ? [4, 3] : [3, 4]), x([4])],
    attributes: { transA: transA!, transB: transB!, alpha: { float: 0.5 }, beta: { float: 2 } },
  })),
  { op: 'Gemm', note: 'defaults', inputs: [x([2, 3]), x([3, 4]), x([2, 4])] },
  { op: 'Gemm', note: 'without C', inputs: [x([2, 3]), x([3, 4])] },
  { op: 'Gemm', note: 'C of one column', inputs: [x([2, 3]), w([3, 4]), x([2, 1])] },
  { op: 'Gemm', note: 'scalar C', inputs: [x([2, 3]), w([3, 4]), x([])] },
  { op: 'Gemm', opset: 9, inputs: [x([2, 3]), x([3, 4]), x([4])] },
  { op: 'Einsum', note: 'matrix product', inputs: [x([2, 3]), x([3, 4])], attributes: { equation: 'ij,jk->ik' } },
  { op: 'Einsum', note: 'three operands', inputs: [x([2, 3]), x([3]), x([3, 2])], attributes: { equation: 'ba, a, ac -> cb' } },
  { op: 'Einsum', note: 'ellipsis', inputs: [x([2, 4, 3]), x([3, 5])], attributes: { equation: '...i,ij->...j' } },
  { op: 'Einsum', note: 'implied output', inputs: [x([2, 3]), x([3, 4])], attributes: { equation: 'zj,jb' } },
  { op: 'Einsum', note: 'implied output with an ellipsis', inputs: [x([2, 4, 3]), x([2, 3, 5])], attributes: { equation: '...ik,...kj' } },
  { op: 'Einsum', note: 'diagonal', inputs: [x([3, 3]), x([3])], attributes: { equation: 'ii,i->i' } },
  { op: 'Einsum', note: 'total', inputs: [x([2, 3])], attributes: { equation: 'ij->' } },
];

const convolutions: readonly RuleCase[] = [
  ...everyVersion({ op: 'Conv', inputs: [x([1, 2, 5, 4]), x([4, 2, 3, 3]), x([4])], attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1] } }),
  ...everyVersion({ op: 'ConvTranspose', inputs: [x([1, 3, 4, 3]), x([3, 2, 4, 4]), x([2])], attributes: { kernel_shape: [4, 4], strides: [2, 2], pads: [1, 1, 1, 1] } }),
  { op: 'Conv', inputs: [x([2, 3, 5, 4]), x([4, 3, 3, 3]), x([4])] },
  { op: 'Conv', note: 'without bias', inputs: [x([2, 3, 5, 4]), x([4, 3, 3, 3])], attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1] } },
  {
    op: 'Conv',
    note: 'groups, dilations, strides and uneven pads',
    inputs: [x([2, 4, 7, 6]), x([6, 2, 3, 2]), x([6])],
    attributes: { group: 2, dilations: [2, 1], strides: [2, 1], pads: [0, 1, 2, 1], kernel_shape: [3, 2] },
  },
  { op: 'Conv', note: 'depthwise', inputs: [x([1, 3, 5, 5]), x([3, 1, 3, 3])], attributes: { group: 3, auto_pad: 'SAME_UPPER' } },
  { op: 'Conv', note: 'one dimension', inputs: [x([2, 2, 7]), x([3, 2, 3]), x([3])] },
  { op: 'ConvTranspose', inputs: [x([2, 3, 4, 3]), x([3, 2, 3, 3]), x([2])] },
  { op: 'ConvTranspose', note: 'without bias', inputs: [x([2, 3, 4, 3]), x([3, 2, 4, 4])], attributes: { strides: [2, 2], pads: [1, 1, 1, 1], kernel_shape: [4, 4] } },
  {
    op: 'ConvTranspose',
    note: 'groups, strides, uneven pads and output padding',
    inputs: [x([2, 4, 3, 4]), x([4, 3, 3, 3]), x([6])],
    attributes: { group: 2, strides: [2, 2], pads: [1, 0, 1, 1], output_padding: [1, 0], kernel_shape: [3, 3] },
  },
  { op: 'ConvTranspose', note: 'one dimension', inputs: [x([2, 3, 4]), x([3, 2, 3])], attributes: { dilations: [2] } },
];

const poolings: readonly RuleCase[] = [
  ...everyVersion({ op: 'AveragePool', inputs: [x(picture)], attributes: { kernel_shape: [2, 2] } }),
  { op: 'AveragePool', note: 'pads', inputs: [x(picture)], attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [2, 2] } },
  { op: 'AveragePool', note: 'counts pads', inputs: [x(picture)], attributes: { kernel_shape: [3, 3], pads: [1, 0, 1, 1], count_include_pad: 1 } },
  ...[10, 11, 19, 22].map((opset): RuleCase => ({ op: 'AveragePool', opset, note: 'ceil mode', inputs: [x(picture)], attributes: { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 } })),
  { op: 'AveragePool', opset: 19, note: 'dilations', inputs: [x([2, 3, 6, 5])], attributes: { kernel_shape: [2, 2], dilations: [3, 2], pads: [1, 1, 1, 1] } },
  { op: 'AveragePool', note: 'same upper', inputs: [x(picture)], attributes: { kernel_shape: [2, 3], strides: [2, 2], auto_pad: 'SAME_UPPER' } },
  ...everyVersion({ op: 'MaxPool', inputs: [distinct(picture)], attributes: { kernel_shape: [2, 2], strides: [2, 2] } }),
  { op: 'MaxPool', note: 'overlapping windows with uneven pads', inputs: [distinct(picture)], attributes: { kernel_shape: [3, 3], pads: [1, 0, 1, 2], strides: [2, 1] } },
  ...[10, 17, 22].map((opset): RuleCase => (
    { op: 'MaxPool', opset, note: 'dilations and ceil mode', inputs: [distinct([2, 3, 7, 6])], attributes: { kernel_shape: [2, 3], dilations: [3, 2], strides: [2, 2], pads: [1, 0, 0, 1], ceil_mode: 1 } })),
  { op: 'MaxPool', note: 'same lower', inputs: [distinct(picture)], attributes: { kernel_shape: [3, 2], strides: [2, 2], auto_pad: 'SAME_LOWER' } },
  { op: 'MaxPool', note: 'one dimension', inputs: [distinct([2, 3, 7])], attributes: { kernel_shape: [3], strides: [2] } },
  { op: 'MaxPool', note: 'three dimensions', inputs: [distinct([1, 2, 3, 4, 3])], attributes: { kernel_shape: [2, 2, 2] } },
  { op: 'MaxPool', note: 'column by column', inputs: [distinct(picture)], attributes: { kernel_shape: [2, 2], storage_order: 1 } },
  ...['GlobalAveragePool', 'GlobalMaxPool', 'GlobalLpPool'].flatMap((op) => everyVersion({ op, inputs: [distinct(picture)] })),
  { op: 'GlobalMaxPool', note: 'one dimension', inputs: [distinct([2, 3, 7])] },
  { op: 'GlobalLpPool', note: 'p', inputs: [x(picture)], attributes: { p: 3 } },
  ...everyVersion({ op: 'LpPool', inputs: [x(picture)], attributes: { kernel_shape: [2, 3], strides: [2, 1] } }),
  { op: 'LpPool', note: 'p and pads', inputs: [x(picture, positive)], attributes: { kernel_shape: [2, 3], p: 3, pads: [1, 1, 0, 2] } },
  { op: 'LpPool', note: 'magnitudes', inputs: [x(picture)], attributes: { kernel_shape: [2, 2], p: 1, auto_pad: 'SAME_UPPER' } },
  { op: 'LpPool', opset: 18, note: 'dilations', inputs: [x([2, 3, 6, 5])], attributes: { kernel_shape: [2, 2], dilations: [3, 2] } },
  ...everyVersion({ op: 'MaxUnpool', inputs: [x([1, 2, 1, 2]), ints([5, 3, 8, 14], [1, 2, 1, 2])], attributes: { kernel_shape: [2, 2], strides: [2, 2] } }),
  { op: 'MaxUnpool', note: 'output shape', inputs: [x([1, 2, 1, 2]), ints([5, 3, 17, 28], [1, 2, 1, 2]), ints([1, 2, 3, 5])], attributes: { kernel_shape: [2, 2], strides: [2, 2] } },
];

const scales = w([4], [1, 1, 2, 1.6]);
const resizes: readonly RuleCase[] = [
  { op: 'Resize', note: 'nearest', inputs: [x(picture), absent, scales], attributes: { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' } },
  { op: 'Resize', note: 'nearest with sizes', inputs: [x(picture), absent, absent, ints([2, 3, 8, 7])], attributes: { mode: 'nearest' } },
  { op: 'Resize', note: 'linear', inputs: [x(picture), absent, scales], attributes: { mode: 'linear' } },
  { op: 'Resize', note: 'linear with sizes', inputs: [x(picture), absent, absent, ints([2, 3, 7, 3])], attributes: { mode: 'linear', coordinate_transformation_mode: 'align_corners' } },
  { op: 'Resize', note: 'linear with computed sizes', inputs: [x(picture), absent, absent, computed([2, 3, 7, 9])], attributes: { mode: 'linear' } },
  { op: 'Resize', note: 'cubic', inputs: [x(picture), absent, scales], attributes: { mode: 'cubic', cubic_coeff_a: { float: -0.5 } } },
  { op: 'Resize', opset: 11, note: 'cubic with sizes', inputs: [x(picture), w([0], []), w([0], []), ints([2, 3, 9, 7])], attributes: { mode: 'cubic' } },
  { op: 'Resize', opset: 18, note: 'antialias with sizes of two axes', inputs: [x(picture), absent, absent, ints([3, 2])], attributes: { mode: 'linear', antialias: 1, axes: [-1, 2] } },
  { op: 'Resize', opset: 18, note: 'sizes of all axes', inputs: [x(picture), absent, absent, ints([6, 2, 3, 7])], attributes: { mode: 'linear', axes: [2, 0, 1, 3] } },
  { op: 'Resize', opset: 10, inputs: [x(picture), scales], attributes: { mode: 'linear' } },
  ...everyVersion({ op: 'Resize', inputs: [x(picture), absent, scales], attributes: { mode: 'linear' } }, 13),
  ...everyVersion({ op: 'Resize', inputs: [x(picture), w([0], []), scales], attributes: { mode: 'nearest' } }, 11, 12),
  ...['half_pixel', 'pytorch_half_pixel', 'align_corners', 'asymmetric'].flatMap((mode) => ['nearest', 'linear', 'cubic'].flatMap((how): RuleCase[] => [
    { op: 'Resize', note: `${how}, ${mode}`, inputs: [x(picture), absent, scales], attributes: { mode: how, coordinate_transformation_mode: mode } },
    { op: 'Resize', note: `${how}, ${mode}, with sizes`, inputs: [x(picture), absent, absent, ints([2, 3, 3, 9])], attributes: { mode: how, coordinate_transformation_mode: mode } },
  ])),
  ...['linear', 'cubic'].map((mode): RuleCase => (
    { op: 'Resize', opset: 19, note: `half pixel symmetric, ${mode}`, inputs: [x(picture), absent, scales], attributes: { mode, coordinate_transformation_mode: 'half_pixel_symmetric' } })),
  ...['linear', 'cubic'].map((mode): RuleCase => (
    { op: 'Resize', opset: 18, note: `antialias, ${mode}`, inputs: [x([2, 3, 8, 6]), absent, w([4], [1, 1, 0.5, 0.5])], attributes: { mode, antialias: 1, exclude_outside: 1 } })),
  ...[ints([1, 1, 4, 4]), absent].map((sizes, i): RuleCase => ({
    op: 'Resize',
    note: i === 0 ? 'crop to sizes' : 'crop',
    inputs: [x([1, 1, 4, 4]), w([8], [0, 0, -0.2, 0.2, 1, 1, 1.1, 1]), i === 0 ? absent : w([4], [1, 1, 1.5, 2]), ...(i === 0 ? [sizes] : [])],
    attributes: { mode: 'linear', coordinate_transformation_mode: 'tf_crop_and_resize', extrapolation_value: { float: 0.7 } },
  })),
  { op: 'Upsample', opset: 8, inputs: [x(picture)], attributes: { mode: 'nearest', scales: { floats: [1, 1, 2, 3] } } },
  { op: 'Upsample', opset: 9, note: 'nearest', inputs: [x(picture), w([4], [1, 1, 2, 3])], attributes: { mode: 'nearest' } },
  { op: 'Upsample', opset: 9, inputs: [x(picture), scales], attributes: { mode: 'linear' } },
  ...everyVersion({ op: 'DepthToSpace', inputs: [x([2, 8, 3, 2])], attributes: { blocksize: 2 } }),
  { op: 'DepthToSpace', note: 'CRD', inputs: [x([2, 8, 3, 2])], attributes: { blocksize: 2, mode: 'CRD' } },
  ...everyVersion({ op: 'SpaceToDepth', inputs: [x([2, 2, 4, 6])], attributes: { blocksize: 2 } }),
  ...[16, 20, 22].flatMap((opset) => (opset < 20 ? ['bilinear', 'nearest', 'bicubic'] : ['linear', 'nearest', 'cubic']).flatMap((mode) => ['zeros', 'border', 'reflection'].map((padding): RuleCase => (
    { op: 'GridSample', opset, note: `${mode}, ${padding}`, inputs: [x(picture), w([2, 3, 4, 2])], attributes: { mode, padding_mode: padding, align_corners: opset === 20 ? 1 : 0 } })))),
  { op: 'AffineGrid', opset: 20, inputs: [x([2, 2, 3]), ints([2, 3, 4, 5])] },
  { op: 'AffineGrid', opset: 22, note: 'three dimensions', inputs: [x([1, 3, 4]), ints([1, 1, 2, 3, 2])], attributes: { align_corners: 1 } },
  { op: 'Col2Im', opset: 18, inputs: [x([2, 8, 6]), ints([3, 4]), ints([2, 2])] },
];

const normalizations: readonly RuleCase[] = [
  ...everyVersion({ op: 'BatchNormalization', inputs: [x(picture), x([3]), x([3]), x([3]), x([3], positive)] }),
  ...everyVersion({ op: 'InstanceNormalization', inputs: [x(picture), x([3]), x([3])] }),
  { op: 'LayerNormalization', opset: 26, inputs: [x([2, 3, 5]), x([5]), x([5])] },
  { op: 'LayerNormalization', note: 'mean and deviation', inputs: [x([2, 3, 5]), w([3, 5])], attributes: { axis: 1 }, outputs: 3 },
  { op: 'GroupNormalization', opset: 18, inputs: [x([2, 6, 3, 4]), x([3]), x([3])], attributes: { num_groups: 3, epsilon: { float: 0.01 } } },
  ...everyVersion({ op: 'GroupNormalization', inputs: [x([2, 6, 3, 4]), x([6]), x([6])], attributes: { num_groups: 3 } }, 21),
  { op: 'GroupNormalization', opset: 21, note: 'one dimension', inputs: [x([2, 4, 6]), w([4]), w([4])], attributes: { num_groups: 2 } },
  { op: 'RMSNormalization', opset: 23, inputs: [x([2, 3, 5]), x([5])], attributes: { epsilon: { float: 0.01 } } },
  { op: 'RMSNormalization', opset: 26, note: 'several axes', inputs: [x([2, 3, 5]), w([3, 5])], attributes: { axis: -2 } },
  ...everyVersion({ op: 'MeanVarianceNormalization', inputs: [x(picture)] }),
  { op: 'MeanVarianceNormalization', note: 'axes', inputs: [x(picture)], attributes: { axes: [2, 3] } },
  ...everyVersion({ op: 'LpNormalization', inputs: [x([2, 3, 4])] }),
  { op: 'LpNormalization', note: 'magnitudes', inputs: [x([2, 3, 4])], attributes: { p: 1, axis: 1 } },
  ...everyVersion({ op: 'LRN', inputs: [x([2, 5, 3, 2])], attributes: { size: 3, alpha: { float: 0.9 } } }),
  { op: 'LRN', note: 'all attributes', inputs: [x([2, 5, 3, 2])], attributes: { size: 5, alpha: { float: 0.9 }, beta: { float: 0.5 }, bias: { float: 2 } } },
  ...['Softmax', 'LogSoftmax'].flatMap((op) => everyVersion({ op, note: 'axis', inputs: [x([2, 3, 5])], attributes: { axis: 2 } })),
  { op: 'BatchNormalization', inputs: [x(picture), w([3]), w([3]), w([3]), w([3], positive)], attributes: { epsilon: { float: 0.01 } } },
  { op: 'BatchNormalization', note: 'of vectors', inputs: [x([4, 3]), w([3]), w([3]), w([3]), w([3], positive)] },
  { op: 'InstanceNormalization', inputs: [x(picture), w([3]), w([3])], attributes: { epsilon: { float: 0.01 } } },
  { op: 'LayerNormalization', inputs: [x([2, 3, 5]), w([5]), w([5])], attributes: { epsilon: { float: 0.01 } } },
  { op: 'InstanceNormalization', opset: 18, inputs: [x([2, 3, 8]), w([3]), w([3])] },
  { op: 'LayerNormalization', opset: 18, note: 'negative axis', inputs: [x([2, 3, 5]), w([3, 5])], attributes: { axis: -2 } },
  { op: 'LayerNormalization', note: 'several axes', inputs: [x([2, 3, 5]), w([3, 5])], attributes: { axis: 1 } },
  ...['Softmax', 'LogSoftmax'].flatMap((op): RuleCase[] => [
    { op, inputs: [x([2, 3, 5])] },
    { op, note: 'axis', inputs: [x([2, 3, 5])], attributes: { axis: 1 } },
    { op, opset: 11, note: 'flattened', inputs: [x([2, 3, 5])] },
    { op, opset: 11, note: 'negative axis', inputs: [x([2, 3, 5])], attributes: { axis: -1 } },
  ]),
];

const reducers = ['ReduceSum', 'ReduceMean', 'ReduceSumSquare', 'ReduceL1', 'ReduceL2', 'ReduceLogSum', 'ReduceLogSumExp', 'ReduceProd', 'ReduceMax', 'ReduceMin'];
const reductions: readonly RuleCase[] = reducers.flatMap((op) => {
  const inputs = [op === 'ReduceMax' || op === 'ReduceMin' ? distinct([2, 3, 4]) : x([2, 3, 4], op === 'ReduceLogSum' || op === 'ReduceProd' ? positive : undefined)];
  const sinceInput = op === 'ReduceSum' ? 13 : 18;
  return [
    ...everyVersion({ op, note: 'axes', inputs, attributes: { axes: [1], keepdims: 0 } }, 9, sinceInput - 1),
    ...everyVersion({ op, note: 'axes', inputs: [...inputs, ints([-1, 1])] }, sinceInput),
    { op, opset: 11, note: 'axes', inputs, attributes: { axes: [0, -1], keepdims: 0 } },
    { op, opset: 11, note: 'all axes', inputs },
    { op, opset: 18, note: 'axes', inputs: [...inputs, ints([-2])] },
    { op, opset: 18, note: 'axes, dropped', inputs: [...inputs, ints([1, 0])], attributes: { keepdims: 0 } },
    { op, opset: 18, note: 'all axes, dropped', inputs, attributes: { keepdims: 0 } },
    { op, opset: 18, note: 'no axis', inputs: [x([2, 3], positive)], attributes: { noop_with_empty_axes: 1 } },
  ];
}).concat([
  { op: 'ReduceProd', opset: 18, note: 'of zeros', inputs: [x([3, 3], [0, 2, -3, 0, 5, 0, 1.5, 2, -1]), ints([1])] },
  { op: 'ReduceMax', note: 'of a scalar', inputs: [x([])] },
]);

const shapes: readonly RuleCase[] = [
  ...everyVersion({ op: 'Reshape', inputs: [x([2, 3, 4]), ints([0, -1, 2])] }),
  ...everyVersion({ op: 'Flatten', inputs: [x([2, 3, 4])] }),
  ...everyVersion({ op: 'Squeeze', inputs: [x([1, 3, 1, 2])], attributes: { axes: [0, 2] } }, 9, 12),
  ...everyVersion({ op: 'Squeeze', inputs: [x([1, 3, 1, 2]), ints([0])] }, 13),
  ...everyVersion({ op: 'Unsqueeze', inputs: [x([2, 3])], attributes: { axes: [0, 3] } }, 9, 12),
  ...everyVersion({ op: 'Unsqueeze', inputs: [x([2, 3]), ints([1])] }, 13),
  ...everyVersion({ op: 'Transpose', inputs: [x([2, 3, 4])] }),
  ...everyVersion({ op: 'Expand', inputs: [x([3, 1]), ints([2, 1, 4])] }),
  ...everyVersion({ op: 'Tile', inputs: [x([2, 3]), ints([2, 3])] }),
  ...everyVersion({ op: 'Concat', inputs: [x([2, 3]), w([2, 1])], attributes: { axis: 1 } }),
  ...everyVersion({ op: 'Split', inputs: [x([2, 6])], attributes: { axis: 1, split: [4, 2] }, outputs: 2 }, 9, 12),
  ...everyVersion({ op: 'Split', inputs: [x([2, 6]), ints([2, 4])], attributes: { axis: 1 }, outputs: 2 }, 13),
  ...everyVersion({ op: 'Slice', inputs: [x([4, 5])], attributes: { starts: [1], ends: [-1], axes: [0] } }, 9, 9),
  ...everyVersion({ op: 'Slice', inputs: [x([4, 5]), ints([1]), ints([5]), ints([1]), ints([2])] }, 10),
  ...everyVersion({ op: 'Pad', inputs: [x([2, 3])], attributes: { pads: [1, 0, 0, 2], mode: 'edge' } }, 9, 10),
  ...everyVersion({ op: 'Pad', inputs: [x([2, 3]), ints([1, 0, 0, 2]), w([], [0.7])] }, 11),
  ...everyVersion({ op: 'CumSum', inputs: [x([2, 3, 4]), ints([1], [])] }),
  { op: 'Trilu', opset: 26, inputs: [x([2, 4, 4]), ints([-1], [])] },
  ...everyVersion({ op: 'Cast', inputs: [x([2, 3])], attributes: { to: DataType.FLOAT } }),
  ...everyVersion({ op: 'CastLike', inputs: [x([2, 3]), w([1])] }),
  { op: 'CastLike', note: 'of a constant', inputs: [w([2, 3]), x([1])], end: 'flat' },
  { op: 'CastLike', note: 'to int64', inputs: [x([2, 3]), ints([1])], end: 'flat' },
  { op: 'CenterCropPad', opset: 18, inputs: [x([4, 5]), ints([2, 8])] },
  { op: 'CenterCropPad', opset: 18, note: 'axes', inputs: [x([4, 5, 3]), ints([5, 2])], attributes: { axes: [-1, 0] } },
  { op: 'Reshape', inputs: [x([2, 3, 4]), ints([0, -1, 2])] },
  { op: 'Reshape', note: 'computed shape', inputs: [x([2, 3, 4]), computed([4, 6])] },
  { op: 'Flatten', inputs: [x([2, 3, 4])] },
  { op: 'Flatten', note: 'axis 0', inputs: [x([2, 3, 4])], attributes: { axis: 0 } },
  { op: 'Flatten', note: 'negative axis', inputs: [x([2, 3, 4])], attributes: { axis: -1 } },
  { op: 'Squeeze', inputs: [x([1, 3, 1, 2]), ints([-2])] },
  { op: 'Squeeze', note: 'every axis', inputs: [x([1, 3, 1, 2])] },
  { op: 'Squeeze', opset: 11, inputs: [x([1, 3, 1, 2])], attributes: { axes: [0, 2] } },
  { op: 'Unsqueeze', inputs: [x([2, 3]), ints([0, -1])] },
  { op: 'Unsqueeze', opset: 11, inputs: [x([2, 3])], attributes: { axes: [1, 3] } },
  { op: 'Transpose', inputs: [x([2, 3, 4])] },
  { op: 'Transpose', note: 'perm', inputs: [x([2, 3, 4, 1])], attributes: { perm: [2, 0, 3, 1] } },
  { op: 'Expand', inputs: [x([3, 1]), ints([2, 1, 4])] },
  { op: 'Expand', note: 'to its own shape', inputs: [x([2, 3]), ints([1])] },
  { op: 'Expand', note: 'a scalar to a computed shape', inputs: [x([]), computed([2, 2])] },
  { op: 'Tile', inputs: [x([2, 3]), ints([2, 3])] },
  { op: 'Tile', note: 'computed repeats', inputs: [x([2, 3]), computed([1, 2])] },
  { op: 'Concat', inputs: [x([2, 3]), x([2, 1])], attributes: { axis: 1 } },
  { op: 'Concat', note: 'negative axis, constant parts', inputs: [w([2, 3, 4]), x([2, 1, 4]), w([2, 2, 4])], attributes: { axis: -2 } },
  { op: 'Concat', note: 'vectors', inputs: [x([2]), w([3])], attributes: { axis: 0 } },
  { op: 'Concat', opset: 9, note: 'first axis', inputs: [x([2, 3]), w([1, 3])], attributes: { axis: 0 } },
  { op: 'Split', inputs: [x([4, 3])], outputs: 2 },
  { op: 'Split', note: 'sizes', inputs: [x([2, 6]), ints([1, 3, 2])], attributes: { axis: 1 }, outputs: 3 },
  { op: 'Split', note: 'negative axis', inputs: [x([2, 6, 2]), ints([2, 4])], attributes: { axis: -2 }, outputs: 2 },
  { op: 'Split', opset: 11, note: 'sizes', inputs: [x([2, 6])], attributes: { axis: 1, split: [4, 2] }, outputs: 2 },
  { op: 'Split', opset: 18, note: 'uneven', inputs: [x([2, 5])], attributes: { axis: -1, num_outputs: 3 }, outputs: 3 },
  { op: 'Slice', inputs: [x([4, 5]), ints([1, 0]), ints([3, 4])] },
  { op: 'Slice', note: 'to the largest end', inputs: [x([4, 5]), ints([1]), ints([largest]), ints([1])] },
  { op: 'Slice', note: 'backwards', inputs: [x([4, 5]), ints([-1]), ints([-largest]), ints([-1]), ints([-1])] },
  { op: 'Slice', note: 'negative axes and ends', inputs: [x([4, 5, 6]), ints([3, -4]), ints([0, -1]), ints([-3, -1]), ints([-2, 2])] },
  { op: 'Slice', note: 'computed starts and ends', inputs: [x([4, 5]), computed([1]), computed([3]), ints([0])] },
  { op: 'Slice', note: 'int32', inputs: [x([4, 5]), int32s([1]), int32s([4]), int32s([-1]), int32s([2])] },
  { op: 'Slice', opset: 9, inputs: [x([4, 5])], attributes: { starts: [1], ends: [-1], axes: [1] } },
  { op: 'Slice', opset: 9, note: 'every axis', inputs: [x([4, 5])], attributes: { starts: [1, 0], ends: [4, 2] } },
  { op: 'Pad', inputs: [x([2, 3]), ints([1, 0, 0, 2])] },
  { op: 'Pad', note: 'a constant', inputs: [x([2, 3, 4]), ints([0, 1, 2, 0, 3, 1]), w([], [0.7])] },
  { op: 'Pad', note: 'crops', inputs: [x([2, 5]), ints([0, -1, 0, 2])] },
  { op: 'Pad', note: 'computed pads', inputs: [x([2, 5]), computed([0, 1, 1, 2])] },
  { op: 'Pad', note: 'reflect', inputs: [x(picture), ints([0, 0, 1, 2, 0, 0, 2, 1])], attributes: { mode: 'reflect' } },
  { op: 'Pad', note: 'edge', inputs: [x(picture), ints([0, 0, 1, 2, 0, 0, 2, 1])], attributes: { mode: 'edge' } },
  { op: 'Pad', opset: 18, note: 'axes', inputs: [x([2, 3, 4]), ints([1, 0, 2, 3]), w([], [0.7]), ints([-1, 0])] },
  { op: 'Pad', opset: 18, note: 'reflect with axes', inputs: [x(picture), ints([1, 2, 2, 1]), absent, ints([2, 3])], attributes: { mode: 'reflect' } },
  { op: 'Pad', opset: 18, note: 'edge with axes', inputs: [x(picture), ints([2, 1]), absent, ints([-2])], attributes: { mode: 'edge' } },
  { op: 'Pad', opset: 19, note: 'wrap', inputs: [x([2, 5]), ints([0, 1, 0, 2])], attributes: { mode: 'wrap' } },
  { op: 'Pad', opset: 9, inputs: [x([2, 3])], attributes: { pads: [1, 0, 0, 2], value: { float: 0.7 } } },
  { op: 'CumSum', inputs: [x([2, 3, 4]), ints([-2], [])] },
  { op: 'CumSum', note: 'exclusive and backwards', inputs: [x([2, 4]), ints([1], [])], attributes: { exclusive: 1, reverse: 1 } },
  { op: 'Trilu', inputs: [x([2, 3, 4])] },
  { op: 'Trilu', note: 'lower', inputs: [x([3, 4]), ints([1], [])], attributes: { upper: 0 } },
  { op: 'Cast', inputs: [x([2, 3])], attributes: { to: DataType.FLOAT } },
  { op: 'Cast', note: 'to double', inputs: [x([2, 3])], attributes: { to: DataType.DOUBLE }, end: 'cast' },
  { op: 'Cast', note: 'to int64', inputs: [x([2, 3])], attributes: { to: DataType.INT64 }, end: 'flat' },
  { op: 'Cast', note: 'to bool', inputs: [x([2, 3])], attributes: { to: DataType.BOOL }, end: 'flat' },
];

const indexing: readonly RuleCase[] = [
  ...everyVersion({ op: 'Gather', inputs: [x([2, 3, 4]), ints([1, 0])], attributes: { axis: 2 } }),
  { op: 'Gather', inputs: [x([2, 3, 4]), ints([1], [])] },
  { op: 'Gather', note: 'negative axis, list', inputs: [x([2, 3, 4]), ints([3, 0, -2])], attributes: { axis: -1 } },
  { op: 'Gather', note: 'negative axis, scalar', inputs: [x([2, 3, 4]), ints([-1], [])], attributes: { axis: -2 } },
  { op: 'Gather', note: 'matrix of indices', inputs: [x([2, 3, 4]), ints([0, 2, 1, 1], [2, 2])], attributes: { axis: 1 } },
  ...everyVersion({ op: 'GatherElements', inputs: [x([2, 3, 4]), ints([0, 2, 1, 1], [2, 2, 1])], attributes: { axis: 1 } }),
  { op: 'GatherElements', note: 'negative axis and indices', inputs: [x([3, 4]), ints([0, -1, -4, 2, 1, 3], [3, 2])], attributes: { axis: -1 } },
  { op: 'GatherElements', note: 'int32', inputs: [x([3, 4]), int32s([2, 0, 1, -1], [1, 4])] },
  ...everyVersion({ op: 'GatherND', inputs: [x([2, 3, 4]), ints([0, 1, 1, -1], [2, 2])] }),
  { op: 'GatherND', note: 'whole elements', inputs: [x([2, 3]), ints([1, 2], [1, 2])] },
  { op: 'GatherND', note: 'batch', inputs: [x([2, 3, 4]), ints([2, 0], [2, 1])], attributes: { batch_dims: 1 } },
  ...everyVersion({ op: 'ScatterElements', inputs: [x([3, 4]), ints([2, 0, 1, 3], [2, 2]), x([2, 2])], attributes: { axis: 1 } }),
  ...[16, 18].map((opset): RuleCase => (
    { op: 'ScatterElements', opset, note: 'added', inputs: [x([3, 4]), ints([1, 1, -1, 0], [2, 2]), x([2, 2])], attributes: { axis: -1, reduction: 'add' } })),
  { op: 'Scatter', opset: 9, inputs: [x([3, 4]), ints([2, 0, 1, 1], [2, 2]), x([2, 2])] },
  ...everyVersion({ op: 'ScatterND', inputs: [x([2, 3, 4]), ints([0, 1, 1, 2], [2, 2]), x([2, 4])] }),
  ...[16, 18].map((opset): RuleCase => ({ op: 'ScatterND', opset, note: 'added', inputs: [x([4, 3]), ints([1, 1, 3], [3, 1]), x([3, 3])], attributes: { reduction: 'add' } })),
  { op: 'TopK', opset: 9, inputs: [distinct([2, 3, 4])], attributes: { k: 2 }, unread: 1 },
  ...everyVersion({ op: 'TopK', inputs: [distinct([2, 3, 4]), ints([2])], attributes: { axis: 1 }, unread: 1 }, 10),
  { op: 'TopK', note: 'smallest of the last axis', inputs: [distinct([2, 5]), ints([3])], attributes: { largest: 0 }, unread: 1 },
  ...everyVersion({ op: 'Compress', inputs: [x([3, 4]), bools([1, 0, 1])], attributes: { axis: 1 } }),
  { op: 'Compress', note: 'of all elements', inputs: [x([2, 3]), bools([0, 1, 1, 0, 1])] },
  { op: 'Compress', note: 'negative axis', inputs: [x([3, 4]), bools([0, 1])], attributes: { axis: -2 } },
  { op: 'ReverseSequence', opset: 10, inputs: [x([4, 3, 2]), ints([2, 4, 1])] },
  { op: 'ReverseSequence', note: 'batch first', inputs: [x([3, 4]), ints([2, 4, 1])], attributes: { batch_axis: 0, time_axis: 1 } },
];

/** At least one case of every operator that has a rule. Active inputs are also made active one by one. */
export const ruleCases: readonly RuleCase[] = [
  ...elements, ...constants, ...arithmetic, ...matrices, ...convolutions, ...poolings, ...resizes, ...normalizations, ...reductions, ...shapes, ...indexing,
];
