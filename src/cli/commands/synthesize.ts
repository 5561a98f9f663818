import type { Command } from 'commander';
import { encodePng, picturesFromTensor } from '../../engine/editing/pictures';
import type { Generator } from '../../engine/generators/generator';
import type { InputTransform } from '../../engine/generators/inputTransform';
import { maximumFileBytes } from '../../engine/files';
import { writeNpy } from '../../engine/npy';
import { concatenated } from '../../engine/tensor';
import type { FloatTensor } from '../../engine/tensor';
import { parseNumber } from '../../shared/numberList';
import { quote } from '../../shared/quote';
import { UserError } from '../../shared/userError';
import { latentCodes, openGenerator, withSampleOptions } from '../arguments';
import type { SampleArguments } from '../arguments';
import { checkOutputFolder, writeOutputFolder } from '../outputs';
import { counted } from '../../shared/table';

interface Options extends SampleArguments {
  readonly out: string;
  readonly npy?: boolean;
  readonly output?: string;
  readonly translate?: string;
  readonly rotate?: string;
}

export function addSynthesize(program: Command): void {
  withSampleOptions(program.command('synthesize').argument('<generator>', 'a generator').description('images of some samples'))
    .requiredOption('--out <dir>', 'the folder for seed0000.png ..')
    .option('--npy', 'also write image.npy [N, C, H, W] in the native range, and ws.npy [N, L, d]')
    .option('--output <name>', 'another output of the network, such as the skip picture image_16')
    .option('--translate <x,y>', 'move the picture to the right and down, in picture widths (StyleGAN3)')
    .option('--rotate <degrees>', 'turn the picture counterclockwise, before it is moved (StyleGAN3)')
    .option('--threads <number>', 'threads of ONNX Runtime')
    .action(synthesize);
}

async function synthesize(reference: string, options: Options): Promise<void> {
  await checkOutputFolder(options.out);
  const transform = parseTransform(options);
  const opened = await openGenerator(reference, options);
  const generator = transform ? opened.withTransform(transform) : opened;
  const { output } = options;
  if (output !== undefined) requirePicture(generator, output);
  const { ws, names } = await latentCodes(generator, options);
  if (options.npy) requireArraySize(generator, names.length);
  const files: Record<string, Uint8Array> = {};
  const arrays: FloatTensor[] = [];
  const pending = [...names];
  for await (const images of generator.synthesizeGroups(ws, output)) {
    for (const picture of picturesFromTensor(images, generator.description.value_range)) files[`${pending.shift()!}.png`] = await encodePng(picture);
    if (options.npy) arrays.push(images);
  }
  if (options.npy) {
    const images = concatenated(arrays);
    files['image.npy'] = writeNpy(images.dims, images.data);
    files['ws.npy'] = writeNpy(generator.hasLayers ? ws.dims : [ws.dims[0]!, generator.dimensions], ws.data);
  }
  await writeOutputFolder(options.out, files);
  console.log(`wrote ${counted(Object.keys(files).length, 'file')} to ${options.out}`);
}

/** `--translate` and `--rotate`; undefined where neither is given, so that the generator's own transform stays. */
function parseTransform({ translate, rotate }: Options): InputTransform | undefined {
  if (translate === undefined && rotate === undefined) return undefined;
  const parts = (translate ?? '0,0').split(',');
  if (parts.length !== 2) throw new UserError(`--translate: ${quote(translate)} must be two numbers x,y, such as 0.1,-0.2`);
  const [x, y] = parts.map((part) => parseNumber(part, '--translate', { min: -100, max: 100 })) as [number, number];
  return { translate: [x, y], rotate: parseNumber(rotate ?? '0', '--rotate', { min: -360, max: 360 }) };
}

/** An output that pictures can be made of. */
function requirePicture(generator: Generator, output: string): void {
  const pictures = generator.outputs.filter((name) => isPicture(generator.shapes.get(name), generator.description.channels));
  if (pictures.includes(output)) return;
  const problem = generator.outputs.includes(output) ? 'gives no picture' : 'is not an output';
  throw new UserError(`--output: ${quote(output)} ${problem} of ${generator.description.name}; expected ${pictures.join(', ')}`);
}

function isPicture(dims: readonly number[] | undefined, channels: number): boolean {
  return dims?.length === 4 && dims[1] === channels;
}

function requireArraySize({ description: { channels, resolution } }: Generator, count: number): void {
  const bytes = 4 * channels * resolution ** 2;
  const most = Math.floor(maximumFileBytes / bytes);
  if (count > most) throw new UserError(`--npy: image.npy of ${count} samples takes ${((count * bytes) / 2 ** 30).toFixed(1)} GiB, more than 2 GiB; give at most ${most} samples`);
}
