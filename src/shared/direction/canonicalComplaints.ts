import type { Node } from 'jsonc-parser';
import type { JsonPath } from '../field';
import { quote } from '../quote';
import { about } from './complaint';
import type { Complaint } from './complaint';
import { canonicalSign, pointsBackwards } from './directionFile';
import type { DirectionFile } from './directionFile';
import { formatDirection } from './formatDirection';
import { jsonTree, nodeAt } from './jsonTree';

/**
 * What ReSeFa itself would write otherwise in a direction without errors: the sign, the order of keys, and numbers of more
 * than six digits. Blanks and line ends are everybody's own.
 *
 * @param tree of the text that the direction was read from
 */
export function canonicalComplaints(direction: DirectionFile, tree: Node): readonly Complaint[] {
  const backwards = pointsBackwards(direction.vector);
  const turned = backwards ? flipped(direction) : direction;
  const canonical = formatDirection(turned);
  const rounded = [...differences(turned, JSON.parse(canonical), [])].map((path) => (backwards ? mirroredPath(path) : path));
  return [
    ...(backwards ? [backwardsComplaint] : []),
    ...keyOrder(tree, jsonTree(canonical)!, []),
    ...digits(rounded, tree),
  ];
}

const backwardsComplaint: Complaint = {
  code: 'sign',
  severity: 'information',
  message: '"vector" points backwards: ReSeFa writes it with the component of largest magnitude positive, and mirrors "edit.alpha"',
  path: ['vector'],
};

function flipped(direction: DirectionFile): DirectionFile {
  const [least, most] = direction.edit.alpha;
  return { ...direction, vector: canonicalSign(direction.vector), edit: { ...direction.edit, alpha: [0 - most, 0 - least] } };
}

/** Mirroring exchanges the ends of alpha. */
function mirroredPath(path: JsonPath): JsonPath {
  return path[0] === 'edit' && path[1] === 'alpha' ? ['edit', 'alpha', 1 - (path[2] as number)] : path;
}

/** Paths of the numbers of a value that another one has otherwise. */
function* differences(value: unknown, other: unknown, path: JsonPath): Iterable<JsonPath> {
  if (typeof value === 'number' && typeof other === 'number') {
    if (value !== other) yield path;
  } else if (Array.isArray(value) && Array.isArray(other)) {
    for (const [index, item] of value.entries()) yield* differences(item, other[index], [...path, index]);
  } else if (isObject(value) && isObject(other)) {
    for (const key of Object.keys(value)) yield* differences(value[key], other[key], [...path, key]);
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function* digits(rounded: readonly JsonPath[], tree: Node): Iterable<Complaint> {
  const components = rounded.filter(([first]) => first === 'vector');
  for (const path of rounded) {
    const only = components.length === 1 || path[0] !== 'vector';
    if (!only && path !== components[0]) continue;
    const message = only
      ? about(path, `is ${quote(nodeAt(tree, path)?.value)}, which ReSeFa rounds to six digits when it writes the file`)
      : `"vector" has ${components.length} numbers that ReSeFa rounds to six digits when it writes the file`;
    yield { code: 'digits', severity: 'hint', message, path };
  }
}

/** Objects with their keys in another order than the canonical text has them, one complaint for each. */
function* keyOrder(node: Node, canonical: Node, path: JsonPath): Iterable<Complaint> {
  if (node.type === 'object') {
    const there = node.children!.filter((property) => nodeAt(canonical, [nameOf(property)]) !== undefined);
    const sorted = canonical.children!.map(nameOf);
    const odd = there.find((property, i) => nameOf(property) !== sorted[i]);
    if (odd) {
      const message = `${quote(sorted[there.indexOf(odd)])} comes before ${quote(nameOf(odd))} where ReSeFa writes the file`;
      yield { code: 'keyOrder', severity: 'hint', message, path: [...path, nameOf(odd)], node: odd.children![0]! };
    }
    for (const property of there) yield* within(property.children![1]!, canonical, [...path, nameOf(property)], nameOf(property));
  } else if (node.type === 'array' && path[0] !== 'vector') {
    for (const [index, item] of node.children!.entries()) yield* within(item, canonical, [...path, index], index);
  }
}

function* within(node: Node, canonical: Node, path: JsonPath, step: string | number): Iterable<Complaint> {
  const other = nodeAt(canonical, [step]);
  if (other?.type === node.type) yield* keyOrder(node, other, path);
}

function nameOf(property: Node): string {
  return property.children![0]!.value as string;
}
