import type { Command } from 'commander';
import { encodePng, picturesFromTensor } from '../../engine/editing/pictures';
import type { Generator } from '../../engine/generators/generator';
import { maximumFileBytes } from '../../engine/files';
import { writeNpy } from '../../engine/npy';
import { concatenated } from '../../engine/tensor';
import type { FloatTensor } from '../../engine/tensor';
import { quote } from '../../shared/quote';
import { UserError } from '../../shared/userError';
import { latentCodes, openGenerator, withSampleOptions } from '../arguments';
import type { SampleArguments } from '../arguments';
import { checkOutputFolder, writeOutputFolder } from '../outputs';
import { counted } from '../table';

interface Options extends SampleArguments {
  readonly out: string;
  readonly npy?: boolean;
  readonly output?: string;
}

export function addSynthesize(program: Command): void {
  withSampleOptions(program.command('synthesize').argument('<generator>', 'a generator').description('images of some samples'))
    .requiredOption('--out <dir>', 'the folder for seed0000.png ..')
    .option('--npy', 'also write image.npy [N, C, H, W] in the native range, and ws.npy [N, L, d]')
    .option('--output <name>', 'another output of the network, such as the skip picture image_16')
    .option('--threads <number>', 'threads of ONNX Runtime')
    .action(synthesize);
}

async function synthesize(reference: string, options: Options): Promise<void> {
  await checkOutputFolder(options.out);
  const generator = await openGenerator(reference, options);
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
