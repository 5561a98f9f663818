import type { ModelProto } from '../../onnx/gen/onnx_pb';
import { GraphBuilder } from '../../onnx/graphBuilder';
import type { Value } from '../../onnx/graphBuilder';
import { batchSize } from '../../onnx/graphs';
import type { LayerDescription } from '../../generators/description';
import type { Weight } from '../namedNetwork';
import { activated, clamped, emitDense, gained } from '../stylegan/dense';
import { demodulation } from '../stylegan/modulation';
import type { SynthesisBlock, SynthesisLayer, SynthesisNetwork, ToRgbLayer } from './network';

/**
 * The layers of `ws` in order. A block's torgb shares the entry of the next block's first convolution, so
 * only the last block's torgb has an entry of its own.
 */
export function latentLayers(network: SynthesisNetwork): LayerDescription[] {
  const convolutions = network.blocks.flatMap(({ conv0, conv1, resolution }) =>
    [conv0, conv1].flatMap((layer) => (layer ? [{ name: layer.name, resolution }] : [])));
  const last = { name: network.blocks.at(-1)!.toRgb!.name, resolution: network.resolution };
  return [...convolutions, last].map((layer, index) => ({ index, ...layer }));
}

/**
 * The synthesis network as an ONNX graph: input `ws` [N, L, wDim], outputs `image` [N, C, H, W] (-1..1, not
 * clamped) and, for the skip architecture, the picture as it stands at each resolution, `image_4`, `image_8` ..
 *
 * A modulated convolution is written as scale by style, convolve with the constant weight, scale by the
 * demodulation (Karras et al. 2020, section 2.2), so that a batch of latent codes is a batch and the
 * convolution stays linear in what it sees.
 */
export function synthesisGraph(network: SynthesisNetwork): ModelProto {
  const g = new GraphBuilder();
  const layers = latentLayers(network);
  const ws = g.input('ws', [batchSize, layers.length, network.wDim]);
  const codes = layers.map(({ index }) => g.node('Gather', [ws, g.int(index)], { axis: 1 }, `w_${index}`));
  const filter = upsampleFilter(network.filter);
  let x: Value | undefined;
  let image: Value | undefined;
  let next = 0;
  for (const block of network.blocks) {
    x = emitBlock(g, block, x, codes.slice(next), filter);
    next += block.conv0 ? 2 : 1;
    if (image !== undefined) image = upsample(g, image, network.channels, filter);
    if (!block.toRgb) continue;
    const colours = emitToRgb(g, block.toRgb, x, codes[next]!);
    image = image === undefined ? colours : g.add(image, colours);
    const name = block.resolution === network.resolution ? 'image' : `image_${block.resolution}`;
    g.output(name, image, [batchSize, network.channels, block.resolution, block.resolution]);
  }
  return g.build('stylegan2_synthesis');
}

function emitBlock(g: GraphBuilder, block: SynthesisBlock, before: Value | undefined, codes: readonly Value[], filter: Weight): Value {
  if (block.constant) {
    const constant = g.weight('const', block.constant.data, [1, ...block.constant.dims]);
    return emitLayer(g, block.conv1, constant, codes[0]!, filter);
  }
  const residual = block.skip && emitSkip(g, block.skip, before!, filter);
  const x = emitLayer(g, block.conv0!, before!, codes[0]!, filter);
  const y = emitLayer(g, block.conv1, x, codes[1]!, filter);
  return residual === undefined ? y : g.add(residual, y);
}

/** style -> convolution -> demodulation, noise and bias -> activation. */
function emitLayer(g: GraphBuilder, layer: SynthesisLayer, x: Value, w: Value, filter: Weight): Value {
  const style = emitDense(g, layer.affine, w, `${layer.name}.affine`);
  const modulated = g.mul(x, g.unsqueeze(style, [2, 3]));
  const convolved = layer.upsample ? upsamplingConvolution(g, layer, modulated, filter) : convolution(g, layer.weight, modulated, layer.name);
  // A leaky ReLU commutes with a positive gain, so the gain is folded into what comes before it.
  const scaled = g.mul(convolved, g.unsqueeze(demodulation(g, layer, style), [2, 3]));
  const noisy = layer.noise ? g.add(scaled, noise(g, layer, layer.noise)) : scaled;
  const biased = g.add(noisy, g.weight(`${layer.name}.bias`, gained(layer.bias, layer.gain), [1, layer.bias.length, 1, 1]));
  return clamped(g, activated(g, layer.activation, biased), layer.clamp);
}

function noise(g: GraphBuilder, layer: SynthesisLayer, values: Float32Array): Value {
  const size = Math.sqrt(values.length);
  return g.weight(`${layer.name}.noise`, gained(values, layer.gain), [1, 1, size, size]);
}

function emitToRgb(g: GraphBuilder, layer: ToRgbLayer, x: Value, w: Value): Value {
  const style = emitDense(g, layer.affine, w, `${layer.name}.affine`);
  const colours = convolution(g, layer.weight, g.mul(x, g.unsqueeze(style, [2, 3])), layer.name);
  return clamped(g, g.add(colours, g.weight(`${layer.name}.bias`, layer.bias, [1, layer.bias.length, 1, 1])), layer.clamp);
}

/** Upsample and convolve by 1x1; the convolution first, since the two commute and it is cheaper there. */
function emitSkip(g: GraphBuilder, weight: Weight, x: Value, filter: Weight): Value {
  return upsample(g, convolution(g, weight, x, 'skip'), weight.dims[0]!, filter);
}

function convolution(g: GraphBuilder, weight: Weight, x: Value, name: string): Value {
  const pad = Math.floor(weight.dims[2]! / 2);
  return g.node('Conv', [x, g.weight(`${name}.weight`, weight.data, weight.dims)], { kernel_shape: weight.dims.slice(2), pads: [pad, pad, pad, pad] });
}

/** A transposed convolution of stride 2, then the FIR filter (NVlabs' `conv2d_resample` with up = 2). */
function upsamplingConvolution(g: GraphBuilder, layer: SynthesisLayer, x: Value, filter: Weight): Value {
  const [outputs, inputs, kernel] = layer.weight.dims as [number, number, number];
  const weight = g.weight(`${layer.name}.weight`, swapChannels(layer.weight), [inputs, outputs, kernel, kernel]);
  const spread = g.node('ConvTranspose', [x, weight], { kernel_shape: [kernel, kernel], strides: [2, 2] });
  // The result has 2H + kernel - 2 rows; the filter is padded so that 2H remain, centred as NVlabs centres it.
  const taps = filter.dims[0]!;
  const before = Math.floor((taps + 1) / 2) + Math.floor(kernel / 2) - (kernel - 1);
  const after = Math.floor((taps - 2) / 2) + Math.floor(kernel / 2) - (kernel - 2);
  // A Conv correlates, where the filter is meant to convolve.
  const fir = depthwise(g, { data: filter.data.slice().reverse(), dims: filter.dims }, outputs, 'fir');
  return g.node('Conv', [spread, fir], { group: outputs, kernel_shape: [taps, taps], pads: [before, before, after, after] });
}

/** NVlabs' `upsample2d`: every second pixel zero, then the FIR filter, as one depthwise transposed convolution. */
function upsample(g: GraphBuilder, x: Value, channels: number, filter: Weight): Value {
  const taps = filter.dims[0]!;
  const before = taps - 1 - Math.floor((taps + 1) / 2);
  const after = taps - 2 - before;
  const fir = depthwise(g, filter, channels, 'fir_up');
  return g.node('ConvTranspose', [x, fir], { group: channels, kernel_shape: [taps, taps], strides: [2, 2], pads: [before, before, after, after] });
}

function depthwise(g: GraphBuilder, filter: Weight, channels: number, name: string): Value {
  const taps = filter.dims[0]!;
  const data = new Float32Array(channels * taps * taps);
  for (let c = 0; c < channels; c++) data.set(filter.data, c * taps * taps);
  return g.weight(name, data, [channels, 1, taps, taps]);
}

/** The filter times 4, which makes up for the zeros between the pixels. */
function upsampleFilter(filter: Weight): Weight {
  return { data: gained(filter.data, 4), dims: filter.dims };
}

/** [out, in, k, k] to [in, out, k, k]. */
function swapChannels({ data, dims }: Weight): Float32Array {
  const [outputs, inputs] = dims as [number, number];
  const taps = data.length / (outputs * inputs);
  const swapped = new Float32Array(data.length);
  for (let o = 0; o < outputs; o++) {
    for (let i = 0; i < inputs; i++) {
      const from = (o * inputs + i) * taps;
      swapped.set(data.subarray(from, from + taps), (i * outputs + o) * taps);
    }
  }
  return swapped;
}
