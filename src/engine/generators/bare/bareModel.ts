import { basename, extname } from 'node:path';
import { UserError } from '../../../shared/userError';
import { readFileBytes, sha256Of } from '../../files';
import { decideBranches } from '../../onnx/branches';
import { checkModel } from '../../onnx/checkModel';
import { withExternalData } from '../../onnx/externalData';
import { drawsNoise, withFixedNoise, withoutDropout } from '../../onnx/fixedNoise';
import { withoutFunctions } from '../../onnx/functions';
import type { ModelProto } from '../../onnx/gen/onnx_pb';
import { elementTypeOf, fedInputs, graphOf, valuesThatFollow, withGraph, withoutDeclaredShapes } from '../../onnx/graphs';
import type { Shapes } from '../../onnx/graphs';
import { readModel } from '../../onnx/modelFile';
import { inSinglePrecision } from '../../onnx/singlePrecision';
import { foreseeShapes } from '../../runtime/foreseeShapes';
import { Probe, probeModel } from '../../runtime/probe';
import type { Integers } from '../../runtime/probe';
import { requireReadable } from '../../runtime/versions';
import { defaultEditLayers } from '../description';
import type { GeneratorDescription } from '../description';
import { RandomState } from '../randomState';
import { findSettings, networkDigest } from './bareSettings';
import type { BareSettings } from './bareSettings';
import { observe, sampleCodes } from './behaviour';
import { bindInputs } from './furtherInputs';
import { arrangeImage, findImage } from './imageOutput';
import type { ImageOutput } from './imageOutput';
import { findLatent } from './latentInput';
import type { LatentInput } from './latentInput';
import { measuredRange, structuralRange } from './valueRange';
import type { FoundRange } from './valueRange';

/** How a synthesis network takes its latent code and gives its image. */
export interface BareInput extends LatentInput {
  readonly output: string;
}

/** A bare `.onnx` file as the rest of the engine wants a generator: one latent input, one image [N, C, H, W], float32. */
export interface BareModel {
  readonly description: GeneratorDescription;
  readonly model: ModelProto;
  readonly latent: BareInput;
  /** The shape of each value for one sample. */
  readonly shapes: Shapes;
  /** Integers that the network computes from shapes, for one sample. */
  readonly integers: Integers;
  /** One-line facts for the user. */
  readonly notes: readonly string[];
  /** See networkDigest. */
  readonly settings: string;
}

/**
 * Opens a generator that is an ONNX file: one latent input ([N, d], [N, d, 1, 1] or [N, L, d]), one image output, and further inputs
 * that get their values from a `generator.json` beside it (see BareSettings). The network is run three times at most where it is large.
 *
 * @throws UserError when the file is no generator, when ONNX Runtime cannot run it, or when something must be said by the user:
 *   the message names the file, what is wrong and what to write.
 */
export async function openBareModel(path: string): Promise<BareModel> {
  const bytes = await readFileBytes(path);
  const { model: complete, files, pieces } = await withExternalData(readChecked(bytes, path), path);
  requireReadable(complete, path);
  const settings = await findSettings(path);
  const single = inSinglePrecision(withTensorOutputs(withoutDeclaredShapes(complete), path));
  const latent = findLatent(single.model, path, settings);
  const bound = bindInputs(single.model, latent, path, settings);
  const foreseen = await foreseeShapes(bound.model, new Map([[latent.input, latent.dims]]), path);
  if (graphOf(bound.model).output.every(({ name }) => foreseen.has(name))) findImage(bound.model, foreseen, path, settings);
  const settled = await settle(bound.model, latent, path);
  const look = await lookAt(settled.model, latent, path, settings);
  const { fixedBatch, reason } = look;
  return {
    model: look.model,
    latent: { input: latent.input, output: look.output, dims: latent.dims, fixedBatch },
    shapes: look.shapes,
    integers: look.integers,
    settings: networkDigest(settings ?? {}),
    description: describe(path, sha256Of(bytes, ...pieces), latent, look.image, look.range.range, settings),
    notes: [
      `value range ${look.range.range.join(' to ')}: ${look.range.how}`,
      ...(look.image.layout === 'NCHW' ? [] : [`image ${look.image.layout}, turned into NCHW`]),
      ...(look.unrounded ? ['the rounding of the image to whole numbers is left out, since it would hide small changes'] : []),
      ...(single.from.length === 0 ? [] : [`computed in float32; the file is ${single.from.join(' and ')}${single.from.length > 1 || single.from[0] === 'double' ? ' in part' : ''}`]),
      ...bound.notes,
      ...settled.notes,
      ...(reason === undefined ? [] : [`one sample at a time: ${reason}`]),
      ...(files.length === 0 ? [] : [`weights in ${files.join(', ')}`]),
    ],
  };
}

/** The network of a file, its functions written out. */
function readChecked(bytes: Uint8Array, path: string): ModelProto {
  const model = checkModel(readModel(bytes, path), path, { externalData: true });
  const plain = withoutFunctions(model);
  return plain === model ? model : checkModel(plain, path, { externalData: true });
}

/** Outputs that are no tensors (sequences, maps) are left out: no image is among them. */
function withTensorOutputs(model: ModelProto, path: string): ModelProto {
  const graph = graphOf(model);
  if (fedInputs(graph).length === 0) throw new UserError(`${path} takes nothing; expected one latent input of the shape [N, d], [N, d, 1, 1] or [N, L, d]`);
  const output = graph.output.filter((info) => info.type === undefined || elementTypeOf(info) !== undefined);
  if (output.length === 0) throw new UserError(`${path} gives no image: expected an output of the shape [N, 3, H, W] with H = W; it gives ${graph.output.map(({ name }) => name).join(', ') || 'nothing'}, which is no array`);
  return output.length === graph.output.length ? model : withGraph(model, { output });
}

/** Takes out what makes a network more than a function of its latent code: branches that its shapes decide, and noise that it draws anew. */
async function settle(model: ModelProto, latent: LatentInput, path: string): Promise<{ model: ModelProto; notes: string[] }> {
  const { model: decided, count: branches } = await withoutBranches(model, latent, path);
  const { model: steady, count: dropouts } = withoutDropout(decided);
  const draws = drawsNoise(steady);
  return {
    model: draws ? withFixedNoise(steady, (await probeModel(steady, { [latent.input]: sampleCodes(latent.dims, [0]) }, path)).shapes, drawNumbers) : steady,
    notes: [
      ...(branches > 0 ? [`${branches} ${branches === 1 ? 'branch (If) that the shapes decide is' : 'branches (If) that the shapes decide are'} taken out`] : []),
      ...(dropouts > 0 ? [`${dropouts} Dropout ${dropouts === 1 ? 'node that is' : 'nodes that are'} in training mode ${dropouts === 1 ? 'is' : 'are'} switched off`] : []),
      ...(draws ? ["random noise inside the network is kept fixed: NumPy's, seeds 0 and up"] : []),
    ],
  };
}

/** Takes the branches that the shapes decide, and then those inside them. */
async function withoutBranches(model: ModelProto, latent: LatentInput, path: string): Promise<{ model: ModelProto; count: number }> {
  if (!graphOf(model).node.some(({ opType }) => opType === 'If')) return { model, count: 0 };
  const { integers } = await probeModel(model, { [latent.input]: sampleCodes(latent.dims, [0]) }, path);
  const { model: decided, decided: count } = decideBranches(model, integers);
  if (count === 0) return { model, count };
  const inner = await withoutBranches(decided, latent, path);
  return { model: inner.model, count: count + inner.count };
}

function drawNumbers(kind: 'normal' | 'uniform', count: number, seed: number): Float64Array {
  const state = new RandomState(seed);
  return kind === 'normal' ? state.randn(count) : Float64Array.from({ length: count }, () => state.randomSample());
}

/** What running the network shows. */
interface Look {
  readonly model: ModelProto;
  readonly output: string;
  readonly image: ImageOutput;
  readonly shapes: Shapes;
  readonly integers: Integers;
  readonly range: FoundRange;
  readonly unrounded: boolean;
  readonly fixedBatch: boolean;
  readonly reason?: string;
}

async function lookAt(model: ModelProto, latent: LatentInput, path: string, settings: BareSettings | undefined): Promise<Look> {
  const probe = await Probe.create(model, path);
  try {
    const first = await probe.run({ [latent.input]: sampleCodes(latent.dims, [0]) });
    const image = findImage(model, first.shapes, path, settings);
    if (!valuesThatFollow(graphOf(model), [latent.input]).has(image.output)) throw new UserError(`${path} gives ${image.output}, which does not depend on ${latent.input}: expected an image that the latent code makes`);
    const arranged = arrangeImage(model, image);
    const wholeNumbers = first.outputs[image.output]!.type;
    if (wholeNumbers !== 'float32' && !arranged.unrounded) throw new UserError(`${path} gives ${image.output} as ${wholeNumbers}; expected float32: export it again without the conversion at its end`);
    const known = settings?.value_range ? { range: settings.value_range, how: 'from generator.json' } : structuralRange(arranged.model, arranged.output);
    const { images, ...batch } = await observe(probe, first, latent, image.output, known === undefined, path);
    return { ...arranged, ...batch, image, shapes: new Map([...first.shapes, ...arranged.shapes]), integers: first.integers, range: known ?? measuredRange(images) };
  } finally {
    await probe.release();
  }
}

function describe(path: string, sha256: string, latent: LatentInput, image: ImageOutput, range: readonly [number, number], settings: BareSettings | undefined): GeneratorDescription {
  const { dims, input } = latent;
  const layerCount = dims.length === 3 ? dims[1]! : 1;
  const wDim = dims.length === 3 ? dims[2]! : dims[1]!;
  const { licence, regions, w_avg, edit_layers } = settings ?? {};
  if (edit_layers && edit_layers.at(-1)! >= layerCount) throw new UserError(`${settings!.where}: "edit_layers" holds ${edit_layers.at(-1)!}, but ${path} has ${layerCount === 1 ? 'one layer, 0' : `the layers 0 to ${layerCount - 1}`}`);
  if (w_avg && w_avg.length !== wDim) throw new UserError(`${settings!.where}: "w_avg" has ${w_avg.length} numbers, but ${path} takes ${wDim}`);
  return {
    format: 'resefa-generator',
    version: 1,
    name: settings?.name ?? basename(path, extname(path)),
    architecture: settings?.architecture ?? 'onnx',
    resolution: image.resolution,
    channels: image.channels,
    z_dim: wDim,
    c_dim: 0,
    w_dim: wDim,
    value_range: range,
    ...(licence === undefined ? {} : { licence }),
    sha256: { synthesis: sha256 },
    layers: Array.from({ length: layerCount }, (_, index) => ({ index, name: layerCount === 1 ? input : `${input}.${index}`, resolution: image.resolution })),
    edit_layers: edit_layers ?? defaultEditLayers(layerCount),
    ...(regions === undefined ? {} : { regions }),
    ...(w_avg === undefined ? {} : { w_avg }),
  };
}
