import { cpus, totalmem } from 'node:os';
import { Field } from '../src/shared/field';
import { UserError } from '../src/shared/userError';

/** A time in ms, a ratio of things measured in turns, a peak in MiB: less is better. Or a fact, such as a number of tangents. */
const figureKinds = ['time', 'ratio', 'memory', 'fact'] as const;
export type FigureKind = (typeof figureKinds)[number];

/** What was measured some times over. */
export interface Figure {
  readonly kind: FigureKind;
  readonly median: number;
  readonly min: number;
  /** The middle half of the measurements lies between these two. */
  readonly low: number;
  readonly high: number;
  readonly max: number;
  readonly rounds: number;
}

/** By what a person reads, with the unit: "forward pass, ms". */
export type Figures = Readonly<Record<string, Figure>>;

/** Figures by subject (a generator) and group. */
export type Results = Readonly<Record<string, Readonly<Record<string, Figures>>>>;

/** What figures depend on beside the code. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly platform: string;
  readonly node: string;
}

/** What a run of the benchmark leaves as a file. */
export interface BenchReport {
  readonly format: 'resefa-bench';
  readonly version: 1;
  readonly machine: Machine;
  readonly results: Results;
}

export function thisMachine(): Machine {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown processor',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform}-${process.arch}`,
    node: process.versions.node,
  };
}

/** Some measurements of one thing, at least one. */
export function figure(kind: FigureKind, measurements: readonly number[]): Figure {
  const sorted = [...measurements].sort((a, b) => a - b);
  const at = (share: number) => quantile(sorted, share);
  return { kind, median: at(0.5), min: at(0), low: at(0.25), high: at(0.75), max: at(1), rounds: sorted.length };
}

/** The quotients of measurements that took turns. */
export function ratioFigure(of: readonly number[], to: readonly number[]): Figure {
  return figure('ratio', of.map((value, i) => value / to[i]!));
}

export function median(values: readonly number[]): number {
  return figure('fact', values).median;
}

/** Between two measurements it is their weighted mean. */
function quantile(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const [a, b] = [sorted[below]!, sorted[Math.ceil(place)]!];
  return a + (b - a) * (place - below);
}

/**
 * Reads what an earlier run left.
 *
 * @param path for messages
 * @throws UserError where it is something else
 */
export function parseReport(text: string, path: string): BenchReport {
  const report = new Field(parsed(text, path), path);
  report.at('format').oneOf(['resefa-bench']);
  report.at('version').oneOf([1]);
  return { format: 'resefa-bench', version: 1, machine: machineIn(report.at('machine')), results: each(report.at('results'), (subject) => each(subject, (group) => each(group, figureIn))) };
}

function parsed(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UserError(`${path} is no JSON; expected a file that npm run bench wrote`);
  }
}

function machineIn(field: Field): Machine {
  return {
    processor: field.at('processor').text(),
    cores: field.at('cores').integer({ min: 1 }),
    memoryGiB: field.at('memoryGiB').number({ min: 0 }),
    platform: field.at('platform').text(),
    node: field.at('node').text(),
  };
}

function figureIn(field: Field): Figure {
  const number = (key: string) => field.at(key).number({ min: 0 });
  return {
    kind: field.at('kind').oneOf(figureKinds),
    median: number('median'), min: number('min'), low: number('low'), high: number('high'), max: number('max'),
    rounds: field.at('rounds').integer({ min: 1 }),
  };
}

function each<Value>(field: Field, read: (inner: Field) => Value): Readonly<Record<string, Value>> {
  return Object.fromEntries(Object.keys(field.object()).map((key) => [key, read(field.at(key))]));
}
