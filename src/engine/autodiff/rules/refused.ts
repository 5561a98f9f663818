const graphInside = 'it runs a graph inside it';
const sequence = 'it handles a sequence of tensors';
const recurrent = 'it runs step by step';
const steps = 'it rounds to integers, so its derivative would hide how the picture changes';
const integerProduct = 'it computes with rounded integers';

/** Operators that generators do contain and that have no rule, with the reason. */
export const refusals: Readonly<Record<string, string>> = {
  If: graphInside, Loop: graphInside, Scan: graphInside, SequenceMap: graphInside,
  QuantizeLinear: steps, DynamicQuantizeLinear: steps, DequantizeLinear: steps,
  QLinearConv: integerProduct, QLinearMatMul: integerProduct, ConvInteger: integerProduct, MatMulInteger: integerProduct,
  SequenceConstruct: sequence, SequenceInsert: sequence, SequenceErase: sequence, SequenceAt: sequence, SplitToSequence: sequence, ConcatFromSequence: sequence,
  RNN: recurrent, LSTM: recurrent, GRU: recurrent,
};
