import type { LayerDescription } from '../../generators/description';
import type { ModelProto } from '../../onnx/gen/onnx_pb';
import { GraphBuilder } from '../../onnx/graphBuilder';
import type { Value } from '../../onnx/graphBuilder';
import { batchSize } from '../../onnx/graphs';
import { deepestLast } from '../../onnx/nodeOrder';
import { activated, activationGain, clamped, emitDense, gained } from '../stylegan/dense';
import { demodulation } from '../stylegan/modulation';
import { convolutionWindow, emitFiltered } from './filteredLeakyRelu';
import { emitFourierFeatures } from './fourierFeatures';
import type { SynthesisLayer, SynthesisNetwork } from './network';

/** The layers of `ws` in order. */
export function latentLayers({ input, layers, resolution }: SynthesisNetwork): LayerDescription[] {
  const first = { name: 'input', resolution: Math.max(1, Math.min(Math.round(input.samplingRate), resolution)) };
  return [first, ...layers.map((layer) => ({ name: layer.name, resolution: layer.resolution }))].map((layer, index) => ({ index, ...layer }));
}

/**
 * The synthesis network as an ONNX graph: input `ws` [N, L, wDim], output `image` [N, C, H, W] (-1..1, not clamped).
 *
 * A modulated convolution is written as scale by style, convolve with the constant weight, scale by the demodulation
 * (Karras et al. 2020, section 2.2), so that a batch of latent codes is a batch and the convolution stays linear in
 * what it sees.
 */
export function synthesisGraph(network: SynthesisNetwork): ModelProto {
  const g = new GraphBuilder();
  const { layers, wDim, channels, resolution, outputScale } = network;
  const ws = g.input('ws', [batchSize, layers.length + 1, wDim]);
  const codes = latentLayers(network).map(({ index }) => g.node('Gather', [ws, g.int(index)], { axis: 1 }, `w_${index}`));
  let x = emitFourierFeatures(g, network.input, codes[0]!);
  layers.forEach((layer, i) => {
    x = emitLayer(g, layer, x, codes[i + 1]!);
  });
  g.output('image', outputScale === 1 ? x : g.mul(x, outputScale), [batchSize, channels, resolution, resolution]);
  // Of a sum of many phases, the sum so far is to be computed before the next one.
  return deepestLast(g.build('stylegan3_synthesis'));
}

/** style -> convolution -> demodulation and bias -> filtered activation. */
function emitLayer(g: GraphBuilder, layer: SynthesisLayer, x: Value, w: Value): Value {
  const affine = emitDense(g, layer.affine, w, `${layer.name}.affine`);
  const style = layer.toColours ? affine : g.div(affine, g.sqrt(g.meanOver(g.square(affine), [1])));
  const convolved = convolution(g, layer, modulated(g, layer, x, style));
  // A leaky ReLU commutes with a positive gain, as does the filter before it: the gain is folded into what comes first.
  const gain = activationGain(layer.toColours ? 'linear' : 'lrelu');
  const scaled = layer.toColours ? convolved : g.mul(convolved, g.unsqueeze(demodulation(g, { ...layer, gain }, style), [2, 3]));
  const biased = g.add(scaled, g.weight(`${layer.name}.bias`, gained(layer.bias, gain), [1, layer.bias.length, 1, 1]));
  const filtered = { name: layer.name, channels: layer.bias.length, resampling: layer.resampling };
  return emitFiltered(g, filtered, biased, (phase) => clamped(g, activated(g, layer.toColours ? 'linear' : 'lrelu', phase), layer.clamp));
}

function modulated(g: GraphBuilder, { resampling }: SynthesisLayer, x: Value, style: Value): Value {
  const { start, end } = convolutionWindow(resampling);
  const isWhole = start === 0 && end === resampling.inputSize;
  const window = isWhole ? x : g.node('Slice', [x, g.ints([start, start]), g.ints([end, end]), g.ints([2, 3])]);
  return g.mul(window, g.unsqueeze(style, [2, 3]));
}

function convolution(g: GraphBuilder, { name, weight, inputGain, resampling }: SynthesisLayer, x: Value): Value {
  const [before, after] = convolutionWindow(resampling).pads;
  return g.node('Conv', [x, g.weight(`${name}.weight`, gained(weight.data, inputGain), weight.dims)], { kernel_shape: weight.dims.slice(2), pads: [before, before, after, after] });
}
