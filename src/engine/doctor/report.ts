import { formatRanges } from '../../shared/numberList';
import { formatRegion } from '../../shared/region';
import { counted, formatTable } from '../../shared/table';
import type { MissingRuleError } from '../autodiff/rule';
import { generatorSha256, regionsOf } from '../generators/description';
import type { Generator } from '../generators/generator';
import { estimates, measurePace, weightBytes } from './estimates';
import type { Estimate, Pace } from './estimates';
import { obstacle, operatorUses } from './operators';
import type { OperatorUse } from './operators';

/** The families by what `generator.json` calls them. */
const families: ReadonlyMap<string, string> = new Map([
  ['stylegan2', 'StyleGAN2'], ['stylegan3-t', 'StyleGAN3, translation (T)'], ['stylegan3-r', 'StyleGAN3, rotation (R)'], ['onnx', 'ONNX file'],
]);

/** What a generator is: sizes, layers, latent spaces, operators and whether each is differentiable. Nothing is run. */
export function staticReport(generator: Generator): string {
  const missing = obstacle(generator);
  return [facts(generator), notes(generator), layers(generator), regions(generator), operators(generator, missing), verdict(missing)].filter((part) => part !== '').join('\n\n');
}

/** What discoveries take on this machine, found by running the network a few times. */
export async function paceReport(generator: Generator): Promise<string> {
  const pace = await measurePace(generator, obstacle(generator) ? 'central' : 'forward');
  return `a discovery on this machine, about\n${indented(estimateTable(estimates(generator, pace)))}\n${paceLine(pace)}`;
}

/** The whole report. */
export async function fullReport(generator: Generator): Promise<string> {
  return `${staticReport(generator)}\n\n${await paceReport(generator)}\n`;
}

function facts(generator: Generator): string {
  const { description } = generator;
  const conditional = description.c_dim > 0 ? `, ${description.c_dim} classes` : '';
  const lines: [string, string][] = [
    ['name', description.name],
    ['family', families.get(description.architecture) ?? description.architecture],
    ['architecture', description.architecture],
    ['image', `${description.resolution} px, ${counted(description.channels, 'channel')}${conditional}`],
    ['value range', description.value_range.join(' to ')],
    ['latent', latent(generator)],
    ['spaces', spaces(generator)],
    ['outputs', generator.outputs.join(', ')],
    ['weights', `${(weightBytes(generator) / 1e6).toFixed(1)} MB${generator.hasLayers ? ' in the synthesis network' : ''}`],
    ['licence', description.licence ?? 'not known'],
    ['sha256', generatorSha256(description)],
  ];
  return lines.map(([key, value]) => `${key.padEnd(13)} ${value}`).join('\n');
}

function latent({ description, hasLayers }: Generator): string {
  if (!hasLayers) return `z of ${description.z_dim}, no layers`;
  return `z of ${description.z_dim}, w of ${description.w_dim}, ${counted(description.layers.length, 'layer')}${description.w_avg ? ', truncation average known' : ''}`;
}

function spaces({ description, hasLayers, dimensions }: Generator): string {
  const edited = description.edit_layers.length;
  return hasLayers ? `w (${dimensions} unknowns), w+ (${dimensions * edited} unknowns at ${counted(edited, 'edited layer')})` : `w (${dimensions} unknowns)`;
}

function notes({ notes: facts }: Generator): string {
  return facts.length === 0 ? '' : `notes\n${indented(facts.join('\n'))}`;
}

function layers({ description }: Generator): string {
  const lines = description.layers.map((layer) => `${String(layer.index).padStart(2)}  ${String(layer.resolution).padStart(4)} px  ${layer.name}`);
  return `layers (edited by default: ${formatRanges(description.edit_layers)})\n${indented(lines.join('\n'))}`;
}

function regions({ description }: Generator): string {
  const named = Object.entries(regionsOf(description));
  return named.length === 0 ? '' : `regions\n${indented(named.map(([name, region]) => `${name.padEnd(11)} ${formatRegion(region)}`).join('\n'))}`;
}

function operators(generator: Generator, missing: MissingRuleError | undefined): string {
  const obstacles = new Set(missing?.missing.map(({ opType }) => opType));
  const rows = operatorUses(generator).map((use) => [use.operator, String(use.count), tangentsOf(use, obstacles)]);
  const width = Math.max(...rows.map(([name]) => name!.length));
  return `operators (${rows.length})\n${indented(rows.map(([name, count, tangents]) => `${name!.padEnd(width)}  ${count!.padStart(4)}  ${tangents!}`).join('\n'))}`;
}

function tangentsOf({ operator, differentiability }: OperatorUse, obstacles: ReadonlySet<string>): string {
  if (obstacles.has(operator)) return 'NOT differentiable here, see below';
  return { rule: 'differentiable', constant: 'constant', none: 'no tangent rule' }[differentiability];
}

/** How many of the nodes that forward mode cannot pass are named. */
const namedNodes = 8;

function verdict(missing: MissingRuleError | undefined): string {
  if (!missing) return 'jacobian: exact, in forward mode; every operator between the latent code and the image has a tangent rule';
  const nodes = missing.missing.slice(0, namedNodes).map(({ opType, node, reason }) => `${opType} (node ${node})${reason ? `: ${reason}` : ': has no tangent rule'}`);
  const more = missing.missing.length > namedNodes ? [`and ${missing.missing.length - namedNodes} more`] : [];
  return `jacobian: by central differences, slower and less exact, since tangents cannot pass\n${indented([...nodes, ...more].join('\n'))}`;
}

function estimateTable(all: readonly Estimate[]): string {
  const rows = all.map(({ preset, space, samples, tangents, seconds, memory }) => [preset, space, String(samples), String(tangents), duration(seconds), bytes(memory)]);
  return formatTable(['preset', 'space', 'samples', 'tangents', 'time', 'memory'], rows);
}

function paceLine({ forward, tangent, method }: Pace): string {
  return `measured: an image ${duration(forward)}, a tangent ${duration(tangent)} (${method === 'forward' ? 'forward mode' : 'central differences'})`;
}

/** Seconds as a person says them: 0.4 ms, 35 ms, 2.1 s, 5 min, 3 h. */
export function duration(seconds: number): string {
  if (seconds < 1) return `${Number((seconds * 1000).toPrecision(2))} ms`;
  if (seconds < 120) return `${Number(seconds.toPrecision(2))} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 48 * 3600 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86400)} days`;
}

function bytes(count: number): string {
  return count < 2 ** 30 ? `${Math.ceil(count / 2 ** 20)} MB` : `${(count / 2 ** 30).toFixed(1)} GB`;
}

function indented(text: string): string {
  return text.split('\n').map((line) => `  ${line}`).join('\n');
}
