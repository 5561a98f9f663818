import type { Attributes } from '../../src/engine/onnx/graphBuilder';
import type { TensorProto } from '../../src/engine/onnx/gen/onnx_pb';
import { floatTensor, intTensor } from '../../src/engine/onnx/tensors';

/** An operator that can be put between two nodes: its attributes, and its inputs behind the first. */
export interface ForeignNode {
  readonly opType: string;
  readonly attributes?: Attributes;
  /** A constant, the first input again, or an input that is left out. */
  readonly inputs?: readonly (((name: string) => TensorProto) | 'same' | '')[];
}

const ints = (...values: number[]) => (name: string) => intTensor(name, values);
const int = (value: number) => (name: string) => intTensor(name, [value], []);
const floats = (...values: number[]) => (name: string) => floatTensor(name, Float32Array.from(values), [values.length]);
const float = (value: number) => (name: string) => floatTensor(name, Float32Array.of(value), []);
const weight = (...dims: number[]) => (name: string) => floatTensor(name, new Float32Array(dims.reduce((product, dim) => product * dim, 1)).fill(0.1), dims);

/** What image generators are exported with, and what they are not. */
export const foreignNodes: readonly ForeignNode[] = [
  ...['Neg', 'Abs', 'Sqrt', 'Reciprocal', 'Exp', 'Log', 'Sin', 'Cos', 'Tanh', 'Sigmoid', 'Erf', 'Softplus', 'Relu', 'LeakyRelu', 'Elu', 'Selu', 'Gelu', 'HardSigmoid', 'HardSwish', 'Mish', 'Identity', 'Flatten', 'Shape',
    'Size', 'GlobalAveragePool', 'GlobalMaxPool', 'Softmax', 'LogSoftmax', 'LpNormalization', 'Dropout', 'NonZero', 'Det', 'Ceil', 'Round', 'Sign', 'Not', 'IsNaN', 'Hardmax', 'Squeeze', 'Transpose'].map((opType) => ({ opType })),
  ...['Add', 'Sub', 'Mul', 'Div', 'Pow', 'MatMul', 'Min', 'Max', 'Equal', 'Less', 'PRelu', 'Mod', 'And', 'Gemm', 'BitShift', 'CumSum'].map((opType) => ({ opType, inputs: ['same' as const] })),
  { opType: 'Einsum', attributes: { equation: '...i,...i->...i' }, inputs: ['same'] },
  { opType: 'Conv', attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [1, 1], dilations: [1, 1], group: 1 }, inputs: [weight(8, 8, 3, 3), weight(8)] },
  { opType: 'ConvTranspose', attributes: { kernel_shape: [4, 4], pads: [1, 1, 1, 1], strides: [2, 2], output_padding: [0, 0], group: 1 }, inputs: [weight(8, 8, 4, 4)] },
  { opType: 'ConvTranspose', attributes: { strides: [2, 2], output_shape: [9, 9] }, inputs: [weight(8, 8, 4, 4)] },
  { opType: 'AveragePool', attributes: { kernel_shape: [2, 2], strides: [2, 2], pads: [0, 0, 0, 0], ceil_mode: 0, count_include_pad: 1 } },
  { opType: 'MaxPool', attributes: { kernel_shape: [3, 3], strides: [1, 1], pads: [1, 1, 1, 1], dilations: [1, 1], storage_order: 0 } },
  { opType: 'LpPool', attributes: { kernel_shape: [2, 2], p: 2 } },
  { opType: 'GlobalLpPool', attributes: { p: 2 } },
  { opType: 'Resize', attributes: { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' }, inputs: ['', floats(1, 1, 2, 2)] },
  { opType: 'Resize', attributes: { mode: 'cubic', coordinate_transformation_mode: 'half_pixel', cubic_coeff_a: { float: -0.75 } }, inputs: ['', '', ints(1, 8, 16, 16)] },
  { opType: 'Resize', attributes: { mode: 'linear', coordinate_transformation_mode: 'tf_crop_and_resize' }, inputs: [floats(0, 0, 0, 0, 1, 1, 1, 1), floats(1, 1, 2, 2)] },
  { opType: 'Upsample', attributes: { mode: 'nearest' }, inputs: [floats(1, 1, 2, 2)] },
  { opType: 'GridSample', attributes: { mode: 'bilinear' }, inputs: [weight(1, 4, 4, 2)] },
  { opType: 'RoiAlign', attributes: { output_height: 4, output_width: 4, sampling_ratio: 2 }, inputs: [weight(1, 4), ints(0)] },
  { opType: 'BatchNormalization', attributes: { epsilon: { float: 1e-5 } }, inputs: [weight(8), weight(8), weight(8), weight(8)] },
  { opType: 'InstanceNormalization', attributes: { epsilon: { float: 1e-5 } }, inputs: [weight(8), weight(8)] },
  { opType: 'LayerNormalization', attributes: { axis: -1, epsilon: { float: 1e-5 } }, inputs: [weight(4), weight(4)] },
  { opType: 'GroupNormalization', attributes: { num_groups: 4 }, inputs: [weight(8), weight(8)] },
  { opType: 'LRN', attributes: { size: 3 } },
  { opType: 'MeanVarianceNormalization', attributes: { axes: [0, 2, 3] } },
  ...['ReduceMean', 'ReduceSum', 'ReduceSumSquare', 'ReduceL1', 'ReduceL2', 'ReduceMax', 'ReduceMin', 'ReduceProd', 'ReduceLogSumExp', 'ReduceLogSum'].flatMap((opType) => [
    { opType, attributes: { keepdims: 1 }, inputs: [ints(1)] }, { opType, attributes: { axes: [1], keepdims: 0 } },
  ]),
  { opType: 'ArgMax', attributes: { axis: 1, keepdims: 1, select_last_index: 0 } },
  { opType: 'TopK', attributes: { axis: 1, largest: 1, sorted: 1 }, inputs: [ints(2)] },
  { opType: 'DepthToSpace', attributes: { blocksize: 2, mode: 'DCR' } },
  { opType: 'SpaceToDepth', attributes: { blocksize: 2 } },
  { opType: 'Pad', attributes: { mode: 'constant' }, inputs: [ints(0, 0, 1, 1, 0, 0, 1, 1), float(0)] },
  { opType: 'Pad', attributes: { mode: 'reflect' }, inputs: [ints(0, 0, 1, 1, 0, 0, 1, 1)] },
  { opType: 'Slice', inputs: [ints(0), ints(3), ints(1), ints(1)] },
  { opType: 'Gather', attributes: { axis: 1 }, inputs: [ints(0, 1)] },
  { opType: 'GatherElements', attributes: { axis: 1 }, inputs: [(name) => intTensor(name, [0, 1], [1, 2])] },
  { opType: 'GatherND', attributes: { batch_dims: 0 }, inputs: [(name) => intTensor(name, [0, 1], [1, 2])] },
  { opType: 'ScatterND', inputs: [(name) => intTensor(name, [0, 1], [1, 2]), weight(1)] },
  { opType: 'ScatterElements', attributes: { axis: 0 }, inputs: [(name) => intTensor(name, [0, 0], [1, 2]), weight(1, 2)] },
  { opType: 'Concat', attributes: { axis: 1 }, inputs: ['same'] },
  { opType: 'Split', attributes: { axis: 1 }, inputs: [ints(4, 4)] },
  { opType: 'Split', attributes: { axis: 1, num_outputs: 2 } },
  { opType: 'Reshape', attributes: { allowzero: 0 }, inputs: [ints(1, -1, 4, 4)] },
  { opType: 'Reshape', inputs: [ints(0, 0, -1)] },
  { opType: 'Unsqueeze', inputs: [ints(0)] },
  { opType: 'Transpose', attributes: { perm: [0, 2, 3, 1] } },
  { opType: 'Expand', inputs: [ints(2, 1, 1, 1)] },
  { opType: 'Tile', inputs: [ints(1, 1, 2, 2)] },
  { opType: 'Cast', attributes: { to: 1 } },
  { opType: 'Clip', inputs: [float(-1), float(1)] },
  { opType: 'Where', inputs: ['same', 'same'] },
  { opType: 'Trilu', attributes: { upper: 1 }, inputs: [int(0)] },
  { opType: 'OneHot', attributes: { axis: -1 }, inputs: [int(4), floats(0, 1)] },
  { opType: 'ConstantOfShape' },
  { opType: 'Range', inputs: [int(100), int(1)] },
  { opType: 'EyeLike', attributes: { k: 0 } },
  { opType: 'RandomNormalLike' },
  { opType: 'Compress', attributes: { axis: 1 }, inputs: [(name) => intTensor(name, [1, 0])] },
  { opType: 'LSTM', attributes: { hidden_size: 4 }, inputs: [weight(1, 16, 4), weight(1, 16, 4)] },
  { opType: 'GRU', attributes: { hidden_size: 4 }, inputs: [weight(1, 12, 4), weight(1, 12, 4)] },
  { opType: 'DFT', attributes: { axis: 1 } },
  { opType: 'CenterCropPad', inputs: [ints(1, 3, 8, 8)] },
  { opType: 'Col2Im', attributes: { strides: [1, 1] }, inputs: [ints(4, 4), ints(2, 2)] },
  { opType: 'QuantizeLinear', inputs: [float(0.1)] },
];
