import { stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import type { GeneratorIdentity } from '../../shared/direction/directionFile';
import { quote } from '../../shared/quote';
import { UserError } from '../../shared/userError';
import { readFileBytes, sha256Of } from '../files';
import type { ModelProto } from '../onnx/gen/onnx_pb';
import { declaredDims, fedInputs, graphOf, pruneTo } from '../onnx/graphs';
import type { Shapes } from '../onnx/graphs';
import { checkModel } from '../onnx/checkModel';
import { readModel } from '../onnx/modelFile';
import { foreseeShapes } from '../runtime/foreseeShapes';
import { probeShapes } from '../runtime/probe';
import { Session } from '../runtime/session';
import type { SessionOptions } from '../runtime/session';
import { concatenated, sameDims, sizeOf } from '../tensor';
import type { FloatTensor } from '../tensor';
import { openBareModel } from './bare/bareModel';
import type { BareInput, BareModel } from './bare/bareModel';
import { modelOfFolder } from './bare/bareSettings';
import { identityOf, parseDescription } from './description';
import type { GeneratorDescription } from './description';
import { withInputTransform } from './inputTransform';
import type { InputTransform } from './inputTransform';
import { standardZ } from './randomState';

/** Where latent codes come from: seeds as every StyleGAN tool draws them. */
export interface SampleOptions {
  /** Truncation psi: 1 is none, 0 the mean face. Default 1. */
  readonly psi?: number;
  /** The class of a conditional generator, 0..c_dim-1. */
  readonly label?: number | undefined;
}

/** The number of floats that the activations of one batch may take: 256 MB. */
const batchFloats = 2 ** 26;

/** A generator that can be run. Its networks are compiled when they are first needed. */
export class Generator {
  private mappingSession: Promise<Session> | undefined;
  private readonly synthesisSessions = new Map<string, Promise<Session>>();
  /** The number of floats of the largest value that the synthesis network computes for one sample. */
  readonly largestActivation: number;
  /** The largest number of samples that one run takes. */
  readonly batch: number;

  private constructor(
    readonly description: GeneratorDescription,
    /** The synthesis network: `ws` (or a bare model's latent) to `image`. */
    readonly synthesis: ModelProto,
    /** The shape of each value of the synthesis network for one sample. */
    readonly shapes: Shapes,
    private readonly mapping: ModelProto | undefined,
    private readonly latent: BareInput,
    /** The files of the networks, for messages. */
    private readonly files: { readonly synthesis: string; readonly mapping: string },
    private readonly sessionOptions: SessionOptions,
    private readonly found: Pick<BareModel, 'notes' | 'integers' | 'settings'> = { notes: [], integers: new Map(), settings: '' },
  ) {
    this.largestActivation = Math.max(...graphOf(synthesis).node.flatMap((node) => node.output.map((output) => sizeOf(shapes.get(output) ?? []))));
    this.batch = latent.fixedBatch ? 1 : Math.min(32, Math.max(1, Math.floor(batchFloats / (this.largestActivation * 4))));
  }

  /**
   * Opens a generator folder, a bare `.onnx` file (or the folder that holds it and a hand-written `generator.json`), or an embedded generator by its name.
   *
   * @param embedded the folder that holds the embedded generators
   * @throws UserError when there is none, or its files are broken.
   */
  static async open(reference: string, embedded: string, sessionOptions: SessionOptions = {}): Promise<Generator> {
    const found = await stat(reference).catch(() => undefined);
    if (found?.isDirectory()) return Generator.openFolder(reference, sessionOptions);
    if (found) return Generator.openBareModel(reference, sessionOptions);
    const folder = join(embedded, basename(reference));
    if (basename(reference) === reference && reference !== '' && (await stat(folder).catch(() => undefined))?.isDirectory()) {
      return Generator.openFolder(folder, sessionOptions);
    }
    throw new UserError(`there is no generator ${quote(reference)}; expected a generator folder, an .onnx file or the name of an embedded generator (afhq-cat-64)`);
  }

  private static async openFolder(folder: string, sessionOptions: SessionOptions): Promise<Generator> {
    const descriptionPath = join(folder, 'generator.json');
    const text = await readFileBytes(descriptionPath).catch((error: unknown) => {
      throw error instanceof UserError ? new UserError(`${folder} is not a generator folder: ${error.message}`) : error;
    });
    const bare = await modelOfFolder(folder);
    if (bare !== undefined) return Generator.openBareModel(bare, sessionOptions);
    const description = parseDescription(text.toString('utf8'), descriptionPath);
    const synthesisPath = join(folder, 'synthesis.onnx');
    const synthesis = await readNetwork(synthesisPath, description.sha256.synthesis);
    requireInterface(synthesis, synthesisPath, synthesisInterface(description));
    const mappingPath = join(folder, 'mapping.onnx');
    const mapping = await openMapping(mappingPath, description, descriptionPath);
    const latent: BareInput = { input: 'ws', output: 'image', dims: [1, description.layers.length, description.w_dim], fixedBatch: false };
    // What the file records of its shapes may be of another network; and to foresee them costs less than to run it.
    const foreseen = await foreseeShapes(synthesis, new Map([['ws', latent.dims]]), synthesisPath);
    requireImage(foreseen.get('image'), description, synthesisPath);
    const complete = graphOf(synthesis).node.every((node) => node.output.every((output) => output === '' || foreseen.has(output)));
    const zeros = { data: new Float32Array(sizeOf(latent.dims)), dims: latent.dims };
    const shapes = complete ? foreseen : await probeShapes(synthesis, { ws: zeros }, synthesisPath);
    return new Generator(description, synthesis, shapes, mapping, latent, { synthesis: synthesisPath, mapping: mappingPath }, sessionOptions);
  }

  private static async openBareModel(path: string, sessionOptions: SessionOptions): Promise<Generator> {
    if (extname(path).toLowerCase() !== '.onnx') {
      throw new UserError(`${path} is not a generator; expected a generator folder or an .onnx file (a checkpoint is turned into a folder with: resefa import ${basename(path)} --out <folder>)`);
    }
    const { description, model, latent, shapes, ...found } = await openBareModel(path);
    return new Generator(description, model, shapes, undefined, latent, { synthesis: path, mapping: path }, sessionOptions, found);
  }

  /**
   * The same generator, whose pictures are turned and moved. It is released by itself.
   *
   * @throws UserError when it has no input that can be.
   */
  withTransform(transform: InputTransform): Generator {
    const synthesis = withInputTransform(this.synthesis, transform, this.description);
    return new Generator(this.description, synthesis, this.shapes, this.mapping, this.latent, this.files, this.sessionOptions, this.found);
  }

  get layerCount(): number {
    return this.description.layers.length;
  }

  /** Whether the synthesis network takes one latent vector for each layer; otherwise it counts as one layer. */
  get hasLayers(): boolean {
    return this.latent.dims.length === 3;
  }

  /** The length of one latent vector. */
  get dimensions(): number {
    return this.description.w_dim;
  }

  get identity(): GeneratorIdentity {
    return identityOf(this.description);
  }

  /** The name of the synthesis network's latent input, its shape for one sample, and its image output. */
  get latentInput(): BareInput {
    return this.latent;
  }

  /** One-line facts for the user that the description does not hold, such as how the value range was found. */
  get notes(): readonly string[] {
    return this.found.notes;
  }

  /** Integers that the synthesis network computes from shapes, for one sample. */
  get integers(): BareModel['integers'] {
    return this.found.integers;
  }

  /**
   * 64 hexadecimal digits that differ where pictures of the same seeds do. The identity does not tell that much: one checkpoint may be
   * imported in several ways, and settings beside a bare file give its further inputs other values.
   */
  get fingerprint(): string {
    const { sha256: { synthesis, mapping = '' }, w_avg = [] } = this.description;
    return sha256Of(Buffer.from(JSON.stringify([synthesis, mapping, w_avg, this.found.settings])));
  }

  /** How this generator's sessions are run. */
  get session(): SessionOptions {
    return this.sessionOptions;
  }

  /**
   * The latent codes of some seeds, `ws` [N, L, d]: z = RandomState(seed).randn(1, z_dim), mapped to w,
   * truncated towards the mean, repeated for every layer.
   *
   * @throws UserError when the generator is conditional and no label is given, or the label is out of range.
   */
  async sample(seeds: readonly number[], options: SampleOptions = {}): Promise<FloatTensor> {
    const psi = options.psi ?? 1;
    const w = await this.map(seeds, options.label);
    const ws = new Float32Array(seeds.length * this.layerCount * this.dimensions);
    const mean = this.description.w_avg;
    for (let n = 0; n < seeds.length; n++) {
      const code = w.subarray(n * this.dimensions, (n + 1) * this.dimensions);
      const truncated = psi === 1 ? code : code.map((value, i) => (mean?.[i] ?? 0) + psi * (value - (mean?.[i] ?? 0)));
      for (let layer = 0; layer < this.layerCount; layer++) ws.set(truncated, (n * this.layerCount + layer) * this.dimensions);
    }
    return { data: ws, dims: [seeds.length, this.layerCount, this.dimensions] };
  }

  /** Images of latent codes `ws` [N, L, d], as [N, C, H, W] in the generator's native range. */
  async synthesize(ws: FloatTensor): Promise<FloatTensor> {
    return this.synthesizeOutput(ws, this.latent.output);
  }

  /** The same for another output of the synthesis network, such as the skip picture `image_16`. */
  async synthesizeOutput(ws: FloatTensor, output: string): Promise<FloatTensor> {
    const parts: FloatTensor[] = [];
    for await (const images of this.synthesizeGroups(ws, output)) parts.push(images);
    return concatenated(parts);
  }

  /** The same, group by group: thousands of samples need not be in memory at once. */
  async *synthesizeGroups(ws: FloatTensor, output: string = this.latent.output): AsyncGenerator<FloatTensor, void, void> {
    const session = await this.synthesisSession(output);
    const count = ws.dims[0] ?? 0;
    for (let start = 0; start < count; start += this.batch) {
      const feed = this.latentFeed(ws, start, Math.min(count, start + this.batch));
      const results = await session.run({ [this.latent.input]: feed });
      yield results[output]!;
    }
  }

  /** Some samples of `ws` in the shape that the synthesis network takes. */
  latentFeed(ws: FloatTensor, start: number, end: number): FloatTensor {
    const size = this.layerCount * this.dimensions;
    return { data: ws.data.subarray(start * size, end * size), dims: [end - start, ...this.latent.dims.slice(1)] };
  }

  /** The names of the outputs that can be asked for. */
  get outputs(): string[] {
    return graphOf(this.synthesis).output.map((info) => info.name);
  }

  /** Compiles the network of an output ahead of its first use. */
  async prepareOutput(output: string): Promise<void> {
    await this.synthesisSession(output);
  }

  /** Frees the network of an output, which must not be running; it is compiled again at its next use. */
  async releaseOutput(output: string): Promise<void> {
    const session = this.synthesisSessions.get(output);
    this.synthesisSessions.delete(output);
    await (await session)?.release();
  }

  /** Frees the compiled networks. */
  async release(): Promise<void> {
    const sessions = [...this.synthesisSessions.values(), ...(this.mappingSession ? [this.mappingSession] : [])];
    this.synthesisSessions.clear();
    this.mappingSession = undefined;
    for (const session of sessions) await (await session).release();
  }

  /** @throws UserError when the generator is conditional and this is none of its classes, or it is not and this is one. */
  requireLabel(label: number | undefined): void {
    const { c_dim, name } = this.description;
    if (c_dim === 0 && label !== undefined) throw new UserError(`the generator ${name} has no classes: leave the class out`);
    if (c_dim > 0 && (label === undefined || !Number.isInteger(label) || label < 0 || label >= c_dim)) {
      throw new UserError(`the generator ${name} is conditional: give a class from 0 to ${c_dim - 1}`);
    }
  }

  private async map(seeds: readonly number[], label: number | undefined): Promise<Float32Array> {
    this.requireLabel(label);
    const { z_dim, c_dim } = this.description;
    const z = new Float32Array(seeds.length * z_dim);
    seeds.forEach((seed, n) => z.set(standardZ(seed, z_dim), n * z_dim));
    if (!this.mapping) return z;
    // It is small, and a seed is to be the same latent code whatever pictures are computed on.
    this.mappingSession ??= Session.create(this.mapping, this.files.mapping, { ...this.sessionOptions, device: undefined });
    const session = await this.mappingSession;
    const feeds: Record<string, FloatTensor> = {};
    if (z_dim > 0) feeds.z = { data: z, dims: [seeds.length, z_dim] };
    if (label !== undefined) feeds.c = { data: oneHot(label, c_dim, seeds.length), dims: [seeds.length, c_dim] };
    return (await session.run(feeds)).w!.data;
  }

  private async synthesisSession(output: string): Promise<Session> {
    const known = this.synthesisSessions.get(output);
    if (known) return known;
    const info = graphOf(this.synthesis).output.find(({ name }) => name === output);
    if (!info) throw new UserError(`the generator ${this.description.name} has no output ${output}; it has ${this.outputs.join(', ')}`);
    const session = Session.create(pruneTo(this.synthesis, [info]), this.files.synthesis, this.sessionOptions);
    this.synthesisSessions.set(output, session);
    return session;
  }
}

/** Reads one of the networks of a generator folder, which must be the one that generator.json was written for. */
async function readNetwork(path: string, sha256: string): Promise<ModelProto> {
  const bytes = await readFileBytes(path);
  const model = readModel(bytes, path);
  const found = sha256Of(bytes);
  if (found === sha256.toLowerCase()) return checkModel(model, path);
  throw new UserError(`${path} is damaged, or not the network that generator.json was written for: its SHA-256 is ${found.slice(0, 12)}.., expected ${sha256.slice(0, 12)}..; import the checkpoint again`);
}

async function openMapping(path: string, description: GeneratorDescription, descriptionPath: string): Promise<ModelProto | undefined> {
  const { z_dim, c_dim, w_dim, sha256 } = description;
  if (sha256.mapping !== undefined) {
    const mapping = await readNetwork(path, sha256.mapping);
    requireInterface(mapping, path, mappingInterface(description));
    return mapping;
  }
  if (await stat(path).catch(() => undefined)) throw new UserError(`${descriptionPath}: "sha256.mapping" is missing: it must be the SHA-256 of the mapping.onnx beside it`);
  if (z_dim !== w_dim || c_dim > 0) throw new UserError(`${descriptionPath}: without a mapping network "z_dim" must be "w_dim" and "c_dim" 0; they are ${z_dim}, ${w_dim} and ${c_dim}`);
  return undefined;
}

/** The names and shapes, for one sample, that a network must take and give. */
interface NetworkInterface {
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly outputs: Readonly<Record<string, readonly number[]>>;
}

function synthesisInterface({ layers, w_dim, channels, resolution }: GeneratorDescription): NetworkInterface {
  return { inputs: { ws: [layers.length, w_dim] }, outputs: { image: [channels, resolution, resolution] } };
}

function mappingInterface({ z_dim, c_dim, w_dim }: GeneratorDescription): NetworkInterface {
  return { inputs: { ...(z_dim > 0 ? { z: [z_dim] } : {}), ...(c_dim > 0 ? { c: [c_dim] } : {}) }, outputs: { w: [w_dim] } };
}

function requireInterface(model: ModelProto, path: string, { inputs, outputs }: NetworkInterface): void {
  const taken = fedInputs(graphOf(model));
  const given = graphOf(model).output;
  const missing = Object.keys(inputs).some((name) => !taken.some((info) => info.name === name)) || Object.keys(outputs).some((name) => !given.some((info) => info.name === name));
  if (missing || taken.length > Object.keys(inputs).length) {
    const names = (infos: readonly { name: string }[]) => infos.map(({ name }) => name).join(', ') || 'nothing';
    throw new UserError(`${path} takes ${names(taken)} and gives ${names(given)}; as its generator.json says, it must take ${Object.keys(inputs).join(' and ')} and give ${Object.keys(outputs).join(', ')}`);
  }
  for (const info of [...taken, ...given]) {
    const expected = inputs[info.name] ?? outputs[info.name];
    const [, ...declared] = declaredDims(info) ?? [];
    if (!expected || fits(declared, expected)) continue;
    throw new UserError(`${path}: ${info.name} has the shape [N, ${declared.join(', ')}]; by its generator.json it must be [N, ${expected.join(', ')}]`);
  }
}

/** What a file declares may be of another network than what its nodes compute. */
function requireImage(dims: readonly number[] | undefined, { channels, resolution }: GeneratorDescription, path: string): void {
  const expected = [1, channels, resolution, resolution];
  if (!dims || sameDims(dims, expected)) return;
  throw new UserError(`${path}: image has the shape [${dims.join(', ')}] for one sample; by its generator.json it must be [${expected.join(', ')}]`);
}

/** Whether the shape that a file declares can be the expected one; sizes that it leaves open fit. */
function fits(declared: readonly (number | string)[], expected: readonly number[]): boolean {
  return declared.length === 0 || (declared.length === expected.length && expected.every((size, axis) => typeof declared[axis] === 'string' || declared[axis] === size));
}

function oneHot(label: number, classes: number, count: number): Float32Array {
  const labels = new Float32Array(count * classes);
  for (let n = 0; n < count; n++) labels[n * classes + label] = 1;
  return labels;
}
