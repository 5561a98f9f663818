import type { Command } from 'commander';
import { writeFolderAtomic } from '../../engine/atomicFile';
import { encodePng, pictureFromTensor } from '../../engine/editing/pictures';
import type { Picture } from '../../engine/editing/pictures';
import type { Generator } from '../../engine/generators/generator';
import { writeNpy } from '../../engine/npy';
import type { FloatTensor } from '../../engine/tensor';
import { latentCodes, openGenerator, withSampleOptions } from '../arguments';
import type { SampleArguments } from '../arguments';

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
  const generator = await openGenerator(reference, options);
  const { ws, names } = await latentCodes(generator, options);
  const images = options.output === undefined ? await generator.synthesize(ws) : await generator.synthesizeOutput(ws, options.output);
  const pictures = picturesOf(images, generator);
  const files: Record<string, Uint8Array> = {};
  for (const [i, picture] of pictures.entries()) files[`${names[i]!}.png`] = await encodePng(picture);
  if (options.npy) {
    files['image.npy'] = writeNpy(images.dims, images.data);
    files['ws.npy'] = writeNpy(ws.dims, ws.data);
  }
  await writeFolderAtomic(options.out, files);
  console.log(`wrote ${Object.keys(files).length} files to ${options.out}`);
}

/** Images [N, C, H, W] in the generator's native range as pictures. */
export function picturesOf(images: FloatTensor, generator: Generator): Picture[] {
  const [count, channels, height, width] = images.dims as [number, number, number, number];
  const size = channels * height * width;
  return Array.from({ length: count }, (_, i) =>
    pictureFromTensor(images.data.subarray(i * size, (i + 1) * size), channels === 1 ? 1 : 3, height, width, generator.description.value_range));
}
