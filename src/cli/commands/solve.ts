import type { Command } from 'commander';
import { requireJacobian, solveJacobian } from '../../engine/factorization/officialSolve';
import { readFileBytes } from '../../engine/files';
import { readNpy, writeNpy } from '../../engine/npy';
import { parseInteger, parseNumber } from '../../shared/numberList';
import { ffhqRegions, findRegion, officialBox } from '../../shared/region';
import type { Region } from '../../shared/region';
import { UserError } from '../../shared/userError';
import { checkOutputFile, writeOutputFile } from '../outputs';

interface Options {
  readonly region: string;
  readonly fullRank?: boolean;
  readonly tau?: string;
  readonly out: string;
}

/** The regularisation of the authors' `--full_rank`. */
const fullRankTau = 1e-3;

export function addSolve(program: Command): void {
  program
    .command('solve')
    .argument('<jacobian.npy>', 'a Jacobian [N, H, W, C, d] as the authors\' code saves it')
    .description('directions from a Jacobian that was computed elsewhere')
    .requiredOption('--region <region>', 'an FFHQ region (eyes), or row,col,height,width of its centre in pixels of the Jacobian')
    .option('--full-rank', `regularise the outside by ${fullRankTau} of its trace, as the authors' --full_rank does`)
    .option('--tau <number>', 'regularise by this share instead')
    .requiredOption('--out <directions.npy>', 'the directions [d, d] to write, the largest eigenvalue first')
    .action(solve);
}

async function solve(path: string, options: Options): Promise<void> {
  await checkOutputFile(options.out);
  const jacobian = readNpy(await readFileBytes(path), path);
  const [, height, width] = requireJacobian(jacobian, path);
  if (options.fullRank && options.tau !== undefined) throw new UserError('--full-rank and --tau both set the regularisation: give one of them');
  const tau = options.tau === undefined ? (options.fullRank ? fullRankTau : 0) : parseNumber(options.tau, '--tau', { min: 0, max: 1e6 });
  const { dims, data, eigenvalues } = await solveJacobian(jacobian, path, officialRegion(options.region, height, width), tau);
  await writeOutputFile(options.out, writeNpy(dims, data));
  console.log(`wrote ${options.out} [${dims.join(', ')}], eigenvalues ${eigenvalues.slice(0, 4).map((value) => value.toPrecision(4)).join(', ')} ..`);
}

/** A region in the authors' convention: first = centre - size / 2, in pixels of the Jacobian. */
function officialRegion(text: string, imageHeight: number, imageWidth: number): Region {
  if (!/^[-+.\d]|,/.test(text)) return findRegion(ffhqRegions, text);
  const numbers = text.split(',').map((part) => parseInteger(part, '--region', { min: 0, max: 65536 }));
  if (numbers.length !== 4) throw new UserError(`--region ${text} has ${numbers.length} numbers; expected row,col,height,width of the centre in pixels`);
  const [row, column, height, width] = numbers as [number, number, number, number];
  const { y, height: tall } = officialBox(row, column, height, width, imageHeight);
  const { x, width: wide } = officialBox(row, column, height, width, imageWidth);
  if (tall <= 0 || wide <= 0 || x < 0 || y < 0 || x + wide > 1 || y + tall > 1) {
    throw new UserError(`--region ${text} goes from row ${y * imageHeight} to ${(y + tall) * imageHeight} and column ${x * imageWidth} to ${(x + wide) * imageWidth}; it must have an area and lie within the ${imageHeight} rows and ${imageWidth} columns of the Jacobian`);
  }
  return { shape: 'box', x, y, width: wide, height: tall };
}
