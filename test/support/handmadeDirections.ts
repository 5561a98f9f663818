import { sixDigits } from '../../src/shared/direction/directionFile';
import type { JsonPath } from '../../src/shared/field';
import type { Dice } from '../fuzz/dice';

/** Where a value stands in a text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A direction file as somebody may have written it by hand. */
export interface HandmadeDirection {
  readonly text: string;
  /** What it says. */
  readonly value: Record<string, unknown>;
  /** Whether name, alpha and layers are spelled and set apart as ReSeFa does it. */
  readonly plain: boolean;
  /** The value under a path. */
  spanOf(path: JsonPath): Span;
}

const digest = '0123456789abcdef'.repeat(4);

/** A legal direction of any kind, in any legal spelling. */
export function handmadeDirection(dice: Dice): HandmadeDirection {
  const value = randomDirection(dice);
  const plain = dice.chance(0.5);
  const printer = new Printer(dice, plain);
  const mark = dice.chance(0.1) ? '\uFEFF' : '';
  const text = printer.file(value, mark);
  return {
    text,
    value,
    plain,
    spanOf(path) {
      const span = printer.spans.get(JSON.stringify(path));
      if (!span) throw new Error(`there is no ${JSON.stringify(path)}`);
      return span;
    },
  };
}

/** What a direction file says, with keys of somebody's own at every level and everything in any order. */
export function randomDirection(dice: Dice): Record<string, unknown> {
  const whole = (least: number, most: number) => least + dice.below(most - least + 1);
  const real = (scale: number) => rounded(dice, (dice.below(2 ** 30) / 2 ** 30) * scale);
  const space = dice.pick(['w', 'w+']);
  const dimensions = whole(1, 20);
  const layers = [...Array(12).keys()].filter(() => dice.chance(0.3));
  if (layers.length === 0) layers.push(whole(0, 17));
  const discovered = dice.chance(0.6);
  const measured = dice.chance(0.5);
  const least = -real(10) - 0.5;
  const own = (object: Record<string, unknown>) => shuffled(dice, { ...object, ...foreignKeys(dice) });
  return own({
    format: 'resefa-direction',
    version: discovered ? whole(1, 2) : 2,
    name: dice.pick(['eyes-1', 'Augen "links"', '目', 'a\\b\t/', '"name": "x"', ' {[ ']),
    generator: own({ name: 'cats', architecture: 'stylegan2', resolution: whole(1, 2048), sha256: dice.chance(0.5) ? digest : digest.toUpperCase() }),
    latent: own({ space, dimensions, layers }),
    ...(discovered || measured || dice.chance(0.3) ? { region: own(randomRegion(dice, real, whole)) } : {}),
    ...(discovered ? { discovery: own(randomDiscovery(dice, real, whole)) } : {}),
    ...(discovered && dice.chance(0.9) ? {} : { source: own(randomSource(dice, real, whole)) }),
    edit: own({ alpha: [least, dice.chance(0.2) ? 0 : real(10) + 0.5] }),
    ...(measured ? { metrics: own({ seeds: '100-107', alpha: real(3), insideMse: real(1), outsideMse: real(0.01) }) } : {}),
    vector: randomVector(dice, space === 'w' ? undefined : layers.length, dimensions),
  });
}

function randomVector(dice: Dice, rows: number | undefined, dimensions: number): unknown {
  const raw = Array.from({ length: rows ?? 1 }, (_, row) => Array.from({ length: dimensions }, (_, i) => (row + i > 0 && dice.chance(0.2) ? 0 : (dice.below(2 ** 20) + 1 - 2 ** 19) * 10 ** -dice.below(4) + 1e-3)));
  const norm = Math.hypot(...raw.flat());
  const vector = raw.map((row) => row.map((component) => rounded(dice, component / norm)));
  return rows === undefined ? vector[0] : vector;
}

/** Six digits, or more. */
function rounded(dice: Dice, value: number): number {
  return dice.chance(0.8) ? sixDigits(value) : Number(value.toPrecision(7 + dice.below(10)));
}

type Real = (scale: number) => number;
type Whole = (least: number, most: number) => number;

function randomRegion(dice: Dice, real: Real, whole: Whole): Record<string, unknown> {
  switch (dice.below(4)) {
    case 0: return { shape: 'polygon', points: [[0, 0], [1, real(0.5)], ...Array.from({ length: whole(1, 9) }, () => [real(1), real(0.5) + 0.5])] };
    case 1: return { shape: 'mask', width: 16, height: 3, rows: ['3+5 12+2', '', dice.pick(['', '0+16', '1+1'])] };
    default: return { shape: dice.pick(['box', 'ellipse']), x: real(0.5), y: 0, width: real(0.4) + 0.1, height: dice.pick([1, 0.5]) };
  }
}

function randomDiscovery(dice: Dice, real: Real, whole: Whole): Record<string, unknown> {
  return {
    seeds: dice.pick(['0-19', '0,2,5-8', ' 7 ']), truncation: real(1), preset: dice.pick(['draft', 'standard', 'exact', 'official']), jacobianResolution: 64,
    channels: dice.pick(['rgb', 'sum']), tau: dice.pick([0, 1e-3, 1e-8]), rank: whole(1, 9), eigenvalue: real(1e4),
    ...(dice.chance(0.2) ? { class: whole(0, 9) } : {}),
    ...(dice.chance(0.3) ? { rankedBy: dice.pick(['eigenvalue', 'locality']) } : {}),
    ...(dice.chance(0.3) ? { jacobian: dice.pick(['forward', 'central']) } : {}),
    ...(dice.chance(0.3) ? { grams: dice.pick(['pixels', 'tiles']) } : {}),
  };
}

function randomSource(dice: Dice, real: Real, whole: Whole): Record<string, unknown> {
  if (dice.chance(0.5)) return { kind: 'npy', file: 'boundaries.npy', sha256: digest, row: whole(0, 40) };
  return { kind: 'composition', orthogonal: dice.chance(0.5), terms: Array.from({ length: whole(1, 4) }, (_, i) => ({ name: `eyes-${i}`, weight: real(4) - 2 })) };
}

function foreignKeys(dice: Dice): Record<string, unknown> {
  const own: Record<string, unknown> = {};
  if (dice.chance(0.3)) own.note = dice.pick<unknown>(['mine', null, 1.23456789012, [1, [2, {}]], { name: 'x', vector: [1, 2], alpha: [3] }, '"alpha": [1, 2]', 'ö\u2028']);
  if (dice.chance(0.1)) own['with "quotes"'] = [];
  if (dice.chance(0.1)) own.zz = { deep: { deeper: { layers: [0, 0] } } };
  return own;
}

function shuffled(dice: Dice, object: Record<string, unknown>): Record<string, unknown> {
  if (dice.chance(0.4)) return object;
  const entries = Object.entries(object);
  for (let i = entries.length - 1; i > 0; i--) {
    const j = dice.below(i + 1);
    [entries[i], entries[j]] = [entries[j]!, entries[i]!];
  }
  return Object.fromEntries(entries);
}

/** Writes JSON as people do: in one of many layouts, with numbers in one of many spellings. */
class Printer {
  readonly spans = new Map<string, Span>();
  private text = '';
  private readonly indent: string;
  private readonly end: string;
  private readonly colon: string;
  private readonly comma: string;

  constructor(
    private readonly dice: Dice,
    private readonly plain: boolean,
  ) {
    this.indent = dice.pick(['  ', '    ', '\t', '']);
    this.end = dice.pick(['\n', '\n', '\r\n']);
    this.colon = dice.pick([': ', ':', ' : ']);
    this.comma = dice.pick([', ', ',', ' ,  ']);
  }

  file(value: unknown, mark: string): string {
    this.text = mark + this.dice.pick(['', '', '\n', ' ']);
    this.value(value, []);
    this.text += this.dice.pick([this.end, this.end, '', this.end + this.end]);
    return this.text;
  }

  private value(value: unknown, path: JsonPath): void {
    const start = this.text.length;
    if (Array.isArray(value)) this.container('[', ']', value.map((item, i) => () => { this.value(item, [...path, i]); }), path);
    else if (typeof value === 'object' && value !== null) {
      const members = Object.entries(value).map(([key, item]) => () => {
        this.text += this.string(key, true) + this.colon;
        this.value(item, [...path, key]);
      });
      // Of a key that is there twice the last one counts.
      if (this.dice.chance(0.03) && Object.hasOwn(value, 'name')) members.unshift(() => { this.text += `"name"${this.colon}"not this one"`; });
      this.container('{', '}', members, path);
    } else if (typeof value === 'number') this.text += this.spelledPlainly(path) ? `${value}` : this.number(value);
    else this.text += typeof value === 'string' ? this.string(value, this.spelledPlainly(path)) : JSON.stringify(value);
    this.spans.set(JSON.stringify(path), { start, end: this.text.length });
  }

  /** On one line, an item a line, or several items a line. */
  private container(open: string, close: string, items: readonly (() => void)[], path: JsonPath): void {
    const perLine = this.spelledPlainly(path) && path.length > 0 ? this.dice.pick([Infinity, 1]) : this.dice.pick([Infinity, 1, 1, 3, 8]);
    const line = (depth: number) => `${this.end}${this.indent.repeat(depth)}`;
    const edge = perLine === Infinity ? this.dice.pick(['', ' ']) : undefined;
    this.text += open + (items.length === 0 ? '' : edge ?? line(path.length + 1));
    items.forEach((item, i) => {
      if (i > 0) this.text += i % perLine === 0 ? `,${line(path.length + 1)}` : this.comma;
      item();
    });
    this.text += (items.length === 0 ? '' : edge ?? line(path.length)) + close;
  }

  private spelledPlainly(path: JsonPath): boolean {
    return this.plain && (['name'].join() === path.join() || path[0] === 'edit' || path[1] === 'layers');
  }

  private string(text: string, plainly: boolean): string {
    const usual = JSON.stringify(text);
    if (plainly || this.dice.chance(0.8)) return usual;
    return usual.replace(/[a-z目](?!["\\])/, (letter) => (usual.includes('\\') ? letter : `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`)).replace('/', '\\/');
  }

  private number(value: number): string {
    const spellings = [`${value}`, value.toExponential(), value.toExponential().replace('e', 'E'), value.toExponential().replace(/^(-?\d)\.?/, '$1.0').replace(/^(-?\d\.)0(?=\d)/, '$1'), `${value}00`, `${value}.0`];
    const spelling = this.dice.chance(0.6) ? `${value}` : this.dice.pick(spellings);
    return /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(spelling) && Number(spelling) === value ? spelling : `${value}`;
  }
}
