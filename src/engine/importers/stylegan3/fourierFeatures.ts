import type { GraphBuilder, Value } from '../../onnx/graphBuilder';
import { emitDense } from '../stylegan/dense';
import { inputTransformName } from '../../generators/inputTransform';
import type { FourierInput } from './network';

/**
 * The Fourier features of a code w [N, wDim] as [N, channels, size, size] (Karras et al. 2021, section 3.1 and appendix
 * C.1): sin(2 pi (f (x, y) + phase)) mixed by a learned matrix. The code turns and moves them, after the transform that
 * the graph keeps as the weight `transform`, [3, 3].
 */
export function emitFourierFeatures(g: GraphBuilder, input: FourierInput, w: Value): Value {
  const { frequencies, phases, weight, size } = input;
  const channels = phases.length;
  const transform = g.weight(inputTransformName, input.transform.data, [3, 3]);
  const places = g.matmul(learnedTransform(g, input, w), transform);
  // [N, channels, 3]: the frequencies in x and y, and what is added to the phase.
  const waves = g.matmul(g.weight('input.freqs', frequencies.data, [channels, 2]), places);
  const angles = g.add(g.matmul(waves, g.weight('input.grid', grid(input), [3, size * size])), g.weight('input.phases', phases.map((phase) => phase * 2 * Math.PI), [channels, 1]));
  const features = g.mul(g.sin(angles), amplitudes(g, input, waves));
  // A 0 keeps the size of the batch, of which shape inference then knows that it is the graph's N; of -1 it does not.
  return g.reshape(g.matmul(g.weight('input.weight', weight.data, [channels, channels]), features), [0, channels, size, size]);
}

/** The first two rows of rotation times translation, [N, 2, 3], for (c, s, x, y) = affine(w) / |(r_c, r_s)|. */
function learnedTransform(g: GraphBuilder, input: FourierInput, w: Value): Value {
  const raw = emitDense(g, input.affine, w, 'input.affine');
  const part = (value: Value, index: number) => g.node('Gather', [value, g.ints([index])], { axis: 1 });
  const length = g.sqrt(g.add(g.square(part(raw, 0)), g.square(part(raw, 1))));
  const unit = g.div(raw, length);
  const [c, s, x, y] = [0, 1, 2, 3].map((index) => part(unit, index)) as [Value, Value, Value, Value];
  const moved = [g.sub(g.mul(s, y), g.mul(c, x)), g.neg(g.add(g.mul(s, x), g.mul(c, y)))];
  const rows = g.node('Concat', [c, g.neg(s), moved[0]!, s, c, moved[1]!], { axis: 1 });
  return g.reshape(rows, [0, 2, 3]);
}

/** What fades frequencies that a transform moves out of band: 1 up to the bandwidth, 0 from half the sampling rate on; [N, channels, 1]. */
function amplitudes(g: GraphBuilder, { bandwidth, samplingRate }: FourierInput, waves: Value): Value {
  const frequencies = g.node('Slice', [waves, g.ints([0]), g.ints([2]), g.ints([2])]);
  const length = g.sqrt(g.sumOver(g.square(frequencies), [2]));
  const width = samplingRate / 2 - bandwidth;
  return g.node('Clip', [g.sub(1 + bandwidth / width, g.mul(1 / width, length)), 0, 1]);
}

/** The rows 2 pi x, 2 pi y and 2 pi, pixel by pixel; x and y are 0 in the middle of the image, whose sides have the length 1. */
function grid({ size, samplingRate }: FourierInput): Float32Array {
  const area = size ** 2;
  const place = (i: number) => (2 * Math.PI * (i + 0.5 - size / 2)) / samplingRate;
  return Float32Array.from({ length: 3 * area }, (_, i) => [place(i % size), place(Math.floor((i % area) / size)), 2 * Math.PI][Math.floor(i / area)]!);
}
