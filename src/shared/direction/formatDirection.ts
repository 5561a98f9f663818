import type { BoxRegion, EllipseRegion, Region } from '../region';
import { canonicalSign, isStacked, pointsBackwards, sixDigits } from './directionFile';
import type { DirectionEdit, DirectionFile, DirectionSource, DirectionVector, Discovery } from './directionFile';

/**
 * The canonical text of a direction: fixed key order, numbers rounded to six significant digits, sign fixed
 * by canonicalSign. Reading the text and formatting it again gives the same text.
 *
 * When the sign turns, the range of alpha is mirrored with it, so that the edits stay the same. Keys that the
 * format does not know follow the known ones, as they are.
 */
export function formatDirection(direction: DirectionFile): string {
  const turned = pointsBackwards(direction.vector);
  const [least, most] = direction.edit.alpha;
  const edit: DirectionEdit = turned ? { ...direction.edit, alpha: [-most, -least] } : direction.edit;
  const known: Entry[] = [
    ['format', quoted(direction.format)],
    ['version', formatNumber(direction.version)],
    ['name', quoted(direction.name)],
    ['generator', oneLine(members(direction.generator, ['name', 'architecture', 'resolution', 'sha256']))],
    ['latent', oneLine(members(direction.latent, ['space', 'dimensions', 'layers']))],
    ...optional('region', direction.region, formatRegionObject),
    ...optional('discovery', direction.discovery, formatDiscovery),
    ...optional('source', direction.source, formatSource),
    ['edit', oneLine(members(edit, ['alpha']))],
    ...optional('metrics', direction.metrics, (metrics) => oneLine(members(metrics, ['seeds', 'alpha', 'insideMse', 'outsideMse']))),
    ['vector', formatVector(canonicalSign(direction.vector))],
  ];
  return `${block([...known, ...extras(direction, topKeys)], '')}\n`;
}

const topKeys = ['format', 'version', 'name', 'generator', 'latent', 'region', 'discovery', 'source', 'edit', 'metrics', 'vector'];

/** A key and its value's text. */
type Entry = readonly [key: string, text: string];

function optional<Value>(key: string, value: Value | undefined, format: (value: Value) => string): Entry[] {
  return value === undefined ? [] : [[key, format(value)]];
}

function formatRegionObject(region: Region): string {
  switch (region.shape) {
    case 'polygon': {
      const points = region.points.map((point) => formatValue(point));
      return block([['shape', quoted(region.shape)], ['points', brackets(inLines(points, 4), '    ')], ...extras(region, ['shape', 'points'])], '  ');
    }
    case 'mask': {
      const size = members({ shape: region.shape, width: region.width, height: region.height }, ['shape', 'width', 'height']);
      return block([...size, ['rows', brackets(region.rows.map(quoted), '    ')], ...extras(region, ['shape', 'width', 'height', 'rows'])], '  ');
    }
    default:
      return oneLine(members(roundInsideImage(region), ['shape', 'x', 'y', 'width', 'height']));
  }
}

/** Rounding both ends up can push a box over the edge of the image, where no reader would take it: shorten it. */
function roundInsideImage(box: BoxRegion | EllipseRegion): BoxRegion | EllipseRegion {
  const fit = (start: number, size: number) => {
    const [first, extent] = [sixDigits(start), sixDigits(size)];
    return first + extent <= 1 + 1e-9 ? extent : Math.floor((1 - first) * 1e6 + 1e-3) / 1e6;
  };
  return { ...box, width: fit(box.x, box.width), height: fit(box.y, box.height) };
}

function formatDiscovery(discovery: Discovery): string {
  const { jacobian, grams, ...rest } = discovery;
  const written = { ...rest, ...(jacobian === 'central' ? { jacobian } : {}), ...(grams === 'tiles' ? { grams } : {}) };
  const entries = members(written, ['seeds', 'truncation', 'preset', 'jacobianResolution', 'channels', 'tau', 'rank', 'eigenvalue', 'class', 'rankedBy', 'jacobian', 'grams']);
  const lines = [entries.slice(0, 3), entries.slice(3, 7), entries.slice(7)].map((line) => line.map(member).join(', '));
  return `{ ${lines.join(`,\n${' '.repeat('  "discovery": { '.length)}`)} }`;
}

function formatSource(source: DirectionSource): string {
  if (source.kind === 'npy') return oneLine(members(source, ['kind', 'file', 'sha256', 'row']));
  const terms = source.terms.map((term) => oneLine(members(term, ['name', 'weight'])));
  const head = members({ kind: source.kind, orthogonal: source.orthogonal }, ['kind', 'orthogonal']);
  return block([...head, ['terms', brackets(terms, '    ')], ...extras(source, ['kind', 'orthogonal', 'terms'])], '  ');
}

function formatVector(vector: DirectionVector): string {
  if (!isStacked(vector)) return brackets(inLines(vector.map(formatNumber), 8), '  ');
  return brackets(vector.map((row) => brackets(inLines(row.map(formatNumber), 8), '    ')), '  ');
}

/** The known keys of an object that are present, in their fixed order, then the others in the object's own. */
function members(object: object, keys: readonly string[]): Entry[] {
  const values = object as Readonly<Record<string, unknown>>;
  const known = keys.filter((key) => values[key] !== undefined).map((key): Entry => [key, formatValue(values[key])]);
  return [...known, ...extras(object, keys)];
}

/** The keys that the format does not know. They belong to the user: their numbers are not rounded. */
function extras(object: object, keys: readonly string[]): Entry[] {
  const others = Object.entries(object).filter(([key, value]) => !keys.includes(key) && value !== undefined);
  return others.map(([key, value]) => [key, formatValue(value, JSON.stringify)]);
}

/** Any JSON value on one line. */
function formatValue(value: unknown, format: (value: number) => string = formatNumber): string {
  if (typeof value === 'number') return format(value);
  if (Array.isArray(value)) return `[${value.map((item) => formatValue(item, format)).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return quoted(value);
  const entries = Object.entries(value).map(([key, item]): Entry => [key, formatValue(item, format)]);
  return entries.length === 0 ? '{}' : oneLine(entries);
}

function oneLine(entries: readonly Entry[]): string {
  return `{ ${entries.map(member).join(', ')} }`;
}

function block(entries: readonly Entry[], indent: string): string {
  return `{\n${entries.map((entry) => `${indent}  ${member(entry)}`).join(',\n')}\n${indent}}`;
}

function brackets(lines: readonly string[], indent: string): string {
  return `[\n${lines.map((line) => `${indent}  ${line}`).join(',\n')}\n${indent}]`;
}

function inLines(items: readonly string[], perLine: number): string[] {
  const count = Math.ceil(items.length / perLine);
  return Array.from({ length: count }, (_, line) => items.slice(line * perLine, (line + 1) * perLine).join(', '));
}

function member([key, text]: Entry): string {
  return `${quoted(key)}: ${text}`;
}

function quoted(value: unknown): string {
  return JSON.stringify(value);
}

function formatNumber(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError(`${value} has no place in a direction file`);
  return `${sixDigits(value)}`;
}
