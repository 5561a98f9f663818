import type { Command } from 'commander';
import { cosines } from '../../shared/direction/compareDirections';
import type { DirectionCosines } from '../../shared/direction/compareDirections';
import { localityRatio } from '../../shared/direction/directionFile';
import { formatRanges } from '../../shared/numberList';
import { readDirection } from '../arguments';
import { formatTable } from '../../shared/table';

export function addCompare(program: Command): void {
  program
    .command('compare')
    .argument('<a.resefa.json>', 'a direction file')
    .argument('<b.resefa.json>', 'another')
    .description('how alike two directions are: |cos| in full and layer by layer')
    .action(compare);
}

async function compare(first: string, second: string): Promise<void> {
  const [a, b] = [await readDirection(first), await readDirection(second)];
  const { cosine, layers } = cosines(a, b, second);
  const same = a.generator.sha256 === b.generator.sha256 ? '' : '   (made for different generators)';
  // Directions of the same name are told apart by their files.
  const [left, right] = a.name === b.name ? [first, second] : [a.name, b.name];
  console.log(`${left} and ${right}: |cos| ${Math.abs(cosine).toFixed(6)}, ${verdict(cosine)}${same}\n`);
  console.log(formatTable(['', left, right], [
    ['space', a.latent.space, b.latent.space],
    ['layers', formatRanges(a.latent.layers), formatRanges(b.latent.layers)],
    ['eigenvalue', a.discovery?.eigenvalue.toPrecision(6) ?? '', b.discovery?.eigenvalue.toPrecision(6) ?? ''],
    ['samples', a.discovery?.seeds ?? '', b.discovery?.seeds ?? ''],
    ['preset', a.discovery?.preset ?? '', b.discovery?.preset ?? ''],
    ['inside/outside', locality(a), locality(b)],
  ]));
  console.log(`\n${formatTable(['layers', '|cos|'], layerRows(layers))}`);
}

/** Layers with the same cosine share a row: in space w all that both directions edit do. */
function layerRows(layers: DirectionCosines['layers']): string[][] {
  const groups = new Map<string, number[]>();
  for (const { layer, cosine } of layers) {
    const text = cosine === undefined ? 'in one only' : Math.abs(cosine).toFixed(6);
    groups.set(text, [...(groups.get(text) ?? []), layer]);
  }
  return [...groups].map(([text, members]) => [formatRanges(members), text]);
}

function locality({ metrics }: Awaited<ReturnType<typeof readDirection>>): string {
  return metrics ? localityRatio(metrics).toFixed(2) : 'not measured';
}

/** The angle in plain words. */
function verdict(cosine: number): string {
  const degrees = (Math.acos(Math.min(1, Math.abs(cosine))) * 180) / Math.PI;
  const flipped = cosine < 0 ? ', sign flipped' : '';
  if (degrees < 1) return `the same direction${flipped}`;
  return degrees > 80 ? 'unrelated directions' : `${degrees.toFixed(0)} degrees apart${flipped}`;
}
