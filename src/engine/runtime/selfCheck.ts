import { Tensor } from 'onnxruntime-node';
import type { InferenceSession } from 'onnxruntime-node';
import type { ModelProto } from '../onnx/gen/onnx_pb';
import { GraphBuilder } from '../onnx/graphBuilder';
import type { Value } from '../onnx/graphBuilder';
import { sizeOf } from '../tensor';
import type { FloatTensor } from '../tensor';
import type { Provider } from './providers';
import { compile, oneLine, quiet } from './session';

/** What the check of a provider found. */
export interface CheckReport {
  /** Why it cannot be used, in one line; nothing where it computes what the CPU computes. */
  readonly problem?: string;
  /** How many times as fast as the CPU it is; there when it was asked for. */
  readonly speed?: number;
}

type Feeds = Readonly<Record<string, FloatTensor>>;
type Outputs = Readonly<Record<string, Pick<Tensor, 'data' | 'dims'>>>;

/**
 * The largest difference to the CPU, as a share of an output's largest value. Sums of float32 in another order differ by 1e-6; factors
 * that are rounded to 10 bits (TF32, float16) by 2e-4 to 1e-3.
 */
const tolerance = 1e-4;

/** Vulkan and Direct3D promise no more of sines than 2^-11 (Vulkan 1.3, "Precision and Operation of SPIR-V Instructions"). */
const sineTolerance = 1e-3;

/**
 * Whether a provider computes what the CPU computes: every kind of operator that generators and their tangents live on, with odd
 * sizes. A crash or a hang of a driver is the caller's to survive: see checkInChild.
 *
 * @param timed whether to compare the speed as well, on a few convolutions of a middling size
 */
export async function checkProvider(provider: Provider, timed = false): Promise<CheckReport> {
  try {
    const { feeds, model } = checkGraph();
    const problem = differenceOf(await outputsOf(model, 'cpu', feeds), await outputsOf(model, provider, feeds));
    if (problem !== undefined) return { problem };
    return timed ? { speed: await speedOf(provider) } : {};
  } catch (error) {
    return { problem: oneLine(error) };
  }
}

/** The first output that differs from what is expected by more than rounding, in words; nothing where all agree. */
export function differenceOf(expected: Outputs, found: Outputs): string | undefined {
  for (const [name, { data }] of Object.entries(expected)) {
    const other = found[name]?.data as Float32Array | undefined;
    if (other?.length !== data.length) return `it gives ${other?.length ?? 0} numbers for ${name}, expected ${data.length}`;
    const error = relativeError(data as Float32Array, other);
    if (!(error <= toleranceOf(name))) return `its ${name} is wrong: an error of ${error.toPrecision(2)} of the largest value, expected at most ${toleranceOf(name)}`;
  }
  return undefined;
}

function relativeError(expected: Float32Array, found: Float32Array): number {
  let [largest, difference] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    largest = Math.max(largest, Math.abs(expected[i]!));
    const here = Math.abs(found[i]! - expected[i]!);
    // NaN is larger than nothing, and must not get lost here.
    if (!(here <= difference)) difference = here;
  }
  return difference / largest;
}

const toleranceOf = (name: string) => (name === 'Sin' ? sineTolerance : tolerance);

/** One output for each kind of operator. */
function checkGraph(): { readonly model: ModelProto; readonly feeds: Feeds } {
  const g = new GraphBuilder();
  const x = g.input('x', ['N', 6, 9, 7]);
  const code = g.input('code', ['N', 13]);
  const weight = (...dims: number[]) => g.weight('weight', noise(sizeOf(dims), g.initializers.length), dims);
  const output = (name: string, value: Value) => { g.output(name, value, []); };

  output('Conv', g.node('Conv', [x, weight(5, 6, 3, 3), weight(5)], { pads: [1, 1, 1, 1] }));
  output('Conv with strides', g.node('Conv', [x, weight(5, 6, 3, 3)], { pads: [0, 1, 1, 0], strides: [2, 2] }));
  output('Conv of one pixel', g.node('Conv', [x, weight(3, 6, 1, 1)]));
  output('Conv of each channel', g.node('Conv', [x, weight(6, 1, 4, 4)], { group: 6, pads: [2, 1, 1, 2] }));
  output('ConvTranspose', g.node('ConvTranspose', [x, weight(6, 5, 3, 3)], { strides: [2, 2] }));
  output('MatMul', g.matmul(g.matmul(x, weight(7, 5)), weight(5, 11)));
  output('Gemm', g.node('Gemm', [code, weight(6, 13), weight(6)], { transB: 1, alpha: { float: 0.7 } }));

  const style = g.reshape(g.matmul(code, weight(13, 6)), [-1, 6, 1, 1]);
  const tangents = g.mul(g.unsqueeze(x, [0]), weight(2, 1, 6, 1, 7));
  output('Mul', g.mul(x, style));
  output('Add', g.add(x, weight(1, 1, 9, 7)));
  output('Sub and Div', g.div(g.sub(x, 0.3), g.add(g.square(style), 1)));
  output('product of tangents', tangents);
  output('LeakyRelu', g.node('LeakyRelu', [x], { alpha: { float: 0.2 } }));
  output('Where', g.mul(tangents, g.where(g.less(x, 0), 0.2, 1)));
  output('Clip', g.node('Clip', [x, -0.4, 0.6]));
  output('Sqrt and Reciprocal', g.mul(style, g.reciprocal(g.sqrt(g.add(g.meanOver(g.square(style), [1]), 1e-8)))));
  output('Exp, Tanh and Sigmoid', g.add(g.exp(x), g.mul(g.node('Tanh', [x]), g.sigmoid(x))));
  output('Sin', g.sin(g.mul(x, 3)));

  output('Gather', g.node('Gather', [x, g.int(4)], { axis: 1 }));
  output('Slice', g.node('Slice', [x, g.ints([1, 0]), g.ints([9, 6]), g.ints([2, 3]), g.ints([2, 1])]));
  output('Concat', g.node('Concat', [x, g.mul(x, 2)], { axis: 1 }));
  output('Pad', g.node('Pad', [x, g.ints([0, 0, 1, 2, 0, 0, 2, 0])]));
  output('Expand', g.expand(g.unsqueeze(style, [0]), [2, 1, 6, 3, 5]));
  output('Transpose', g.transpose(tangents, [1, 2, 0, 4, 3]));
  output('Reshape', g.reshape(g.transpose(g.reshape(tangents, [2, -1, 2, 3, 9, 7]), [0, 1, 3, 2, 5, 4]), [-1, 6, 63]));
  output('ReduceSum', g.sumOver(tangents, [2, 4]));
  output('ReduceMean', g.meanOver(x, [2, 3]));
  output('AveragePool', g.node('AveragePool', [x], { kernel_shape: [3, 3], strides: [2, 2] }));
  output('Resize, nearest', resized(g, x, { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' }));
  output('Resize, linear', resized(g, x, { mode: 'linear', coordinate_transformation_mode: 'half_pixel' }));
  return { model: g.build('self-check'), feeds: { x: { data: noise(3 * 6 * 9 * 7, 1000), dims: [3, 6, 9, 7] }, code: { data: noise(3 * 13, 1001), dims: [3, 13] } } };
}

function resized(g: GraphBuilder, x: Value, attributes: Readonly<Record<string, string>>): Value {
  return g.node('Resize', [x, '', g.weight('scales', Float32Array.of(1, 1, 2, 2), [4])], attributes);
}

/** Numbers in -1..1 that look random and are the same everywhere. */
function noise(length: number, seed: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => ((i + 1) * (0.61803398875 + 0.1 * seed) * (1 + (i % 7))) % 2 - 1);
}

async function outputsOf(model: ModelProto, provider: Provider, feeds: Feeds): Promise<Outputs> {
  const session = await compile(model, provider);
  try {
    return await run(session, feeds);
  } finally {
    await session.release();
  }
}

function run(session: InferenceSession, feeds: Feeds): Promise<Outputs> {
  return session.run(Object.fromEntries(Object.entries(feeds).map(([name, { data, dims }]) => [name, new Tensor('float32', data, dims)])), quiet);
}

/** Pictures at once, and pixels along their sides, that are worth a GPU. */
const load = { pictures: 8, size: 64 } as const;

/** So little that a GPU only waits for its commands; software drivers take a hundred times as long as the CPU and more even then. */
const sip = { pictures: 1, size: 16 } as const;
const hopeless = 1 / 30;

const channels = 64;
const convolutions = 3;

/** The time of the CPU divided by the provider's, for the same work. */
async function speedOf(provider: Provider): Promise<number> {
  const model = loadGraph();
  const cpu = await compile(model, 'cpu');
  const other = await compile(model, provider);
  try {
    const first = (await secondsOf(cpu, sip)) / (await secondsOf(other, sip));
    return first < hopeless ? first : (await secondsOf(cpu, load)) / (await secondsOf(other, load));
  } finally {
    await Promise.all([cpu.release(), other.release()]);
  }
}

function loadGraph(): ModelProto {
  const g = new GraphBuilder();
  let x: Value = g.input('x', ['N', channels, 'H', 'W']);
  for (let i = 0; i < convolutions; i++) {
    const dims = [channels, channels, 3, 3];
    x = g.node('LeakyRelu', [g.node('Conv', [x, g.weight('weight', noise(sizeOf(dims), i), dims)], { pads: [1, 1, 1, 1] })], { alpha: { float: 0.2 } });
  }
  g.output('y', g.meanOver(x, [1]), []);
  return g.build('load');
}

/** The shorter of two runs, after one that compiles shaders and takes memory. */
async function secondsOf(session: InferenceSession, { pictures, size }: { readonly pictures: number; readonly size: number }): Promise<number> {
  const dims = [pictures, channels, size, size];
  const feeds = { x: { data: noise(sizeOf(dims), 0), dims } };
  await run(session, feeds);
  const seconds: number[] = [];
  for (let i = 0; i < 2; i++) {
    const began = performance.now();
    await run(session, feeds);
    seconds.push((performance.now() - began) / 1000);
  }
  return Math.min(...seconds);
}
