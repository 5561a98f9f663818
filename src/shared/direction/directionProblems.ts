import type { Node } from 'jsonc-parser';
import { Field } from '../field';
import type { FieldError, JsonPath } from '../field';
import { nestedTooDeeply, placeOf, syntaxProblem } from '../jsonText';
import { quote } from '../quote';
import { canonicalComplaints } from './canonicalComplaints';
import { directionErrors } from './checkDirection';
import { about } from './complaint';
import type { Complaint, ProblemCode } from './complaint';
import { firstMarker } from './conflictMarkers';
import type { DirectionFile, DirectionGenerator, GeneratorIdentity } from './directionFile';
import { jsonTree, nodeAt, propertyOf } from './jsonTree';

/** Something that is not as it should be in the text of a direction file. */
export interface Problem extends Omit<Complaint, 'node'> {
  /** The place in UTF-16 code units from the start of the text; `end` is after it and within the text. */
  readonly start: number;
  readonly end: number;
  /** Of `start`, both from 1. */
  readonly line: number;
  readonly column: number;
}

/** What is known of the generator that a direction names: what directions for it are like, or why it is not there. */
export type GeneratorFinding = Pick<GeneratorIdentity, 'name' | 'dimensions' | 'layerCount'> | { readonly missing: string };

/** Undefined where nothing is known of the generator. */
export type FindGenerator = (named: DirectionGenerator) => GeneratorFinding | undefined;

/** A vector of nothing but nulls would have thousands. */
const mostProblems = 100;

/**
 * All problems of a direction file, in the order of the text, at most a hundred.
 *
 * A text that is no JSON has one problem only, and spelling is looked at where there is no error and no key twice. Never throws.
 *
 * @param findGenerator is asked where the file names a generator; the generator is left out without it
 */
export function directionProblems(text: string, findGenerator?: FindGenerator): readonly Problem[] {
  const unreadable = whyUnreadable(text);
  if (unreadable) return [unreadable];
  const tree = jsonTree(text)!;
  const value = JSON.parse(text.replace(/^\uFEFF/, '')) as unknown;
  const complaints = [...complaintsOf(value, tree, findGenerator)].slice(0, mostProblems);
  return complaints.map((complaint) => placed(text, tree, complaint)).sort((a, b) => a.start - b.start);
}

/** The offset of the first marker that git leaves where it could not merge; undefined where there is none, or where the text is JSON. */
export function conflictMarker(text: string): number | undefined {
  const marker = firstMarker(text);
  return marker !== undefined && syntaxProblem(text) ? marker : undefined;
}

function whyUnreadable(text: string): Problem | undefined {
  const marker = conflictMarker(text);
  if (marker !== undefined) {
    const length = /^.*/.exec(text.slice(marker))![0].length;
    return problemAt(text, 'conflict', marker, marker + length, 'there is a merge conflict: keep one of its sides and delete the lines that begin with <<<<<<<, ======= and >>>>>>>');
  }
  const broken = syntaxProblem(text);
  if (!broken) return undefined;
  const code = text.trim() === '' || broken.problem.startsWith(nestedTooDeeply) ? 'unreadable' : 'syntax';
  const start = Math.max(0, Math.min(broken.offset, text.length - 1));
  return problemAt(text, code, start, Math.min(start + 1, text.length), broken.problem);
}

function problemAt(text: string, code: ProblemCode, start: number, end: number, message: string): Problem {
  return { code, severity: 'error', message, path: [], start, end, ...placeOf(text, start) };
}

function* complaintsOf(value: unknown, tree: Node, findGenerator: FindGenerator | undefined): Iterable<Complaint> {
  const errors = directionErrors(new Field(value, 'the file'));
  const newer = errors.find(({ rule }) => rule === 'newerVersion');
  if (newer) {
    // What a newer version demands is not known here.
    yield errorComplaint(newer);
    return;
  }
  yield* errors.map(errorComplaint);
  const duplicates = [...duplicateKeys(tree)];
  yield* duplicates;
  const isSound = (section: string) => !errors.some(({ path: [first = section] }) => first === section);
  if (isSound('generator')) yield* generatorComplaints(value as DirectionFile, isSound('latent'), findGenerator);
  if (errors.length + duplicates.length === 0) yield* canonicalComplaints(value as DirectionFile, tree);
}

function errorComplaint({ rule, path, problem }: FieldError): Complaint {
  return { code: rule ?? 'shape', severity: 'error', message: about(path, problem), path };
}

function* duplicateKeys(node: Node, path: JsonPath = []): Iterable<Complaint> {
  const children = node.children ?? [];
  if (node.type === 'array') {
    for (const [index, child] of children.entries()) if (child.children) yield* duplicateKeys(child, [...path, index]);
    return;
  }
  for (const property of children) {
    const [key, value] = property.children as [Node, Node];
    const name = key.value as string;
    if (propertyOf(node, name) !== property) {
      yield { code: 'duplicateKey', severity: 'warning', message: `${quote(name)} is there again below, which is what counts`, path: [...path, name], node: key };
    } else if (value.children) yield* duplicateKeys(value, [...path, name]);
  }
}

function* generatorComplaints({ generator, latent }: DirectionFile, latentIsSound: boolean, find: FindGenerator | undefined): Iterable<Complaint> {
  const found = find?.(generator);
  if (!found) return;
  if ('missing' in found) {
    yield { code: 'generatorMissing', severity: 'information', message: found.missing, path: ['generator', 'sha256'] };
    return;
  }
  if (!latentIsSound) return;
  const { name, dimensions, layerCount } = found;
  if (latent.dimensions !== dimensions) {
    yield { code: 'generatorDimensions', severity: 'error', message: `"latent.dimensions" is ${latent.dimensions}, generator ${quote(name)} has ${dimensions}`, path: ['latent', 'dimensions'] };
  }
  const beyond = latent.layers.findIndex((layer) => layer >= layerCount);
  if (beyond >= 0) {
    const path = ['latent', 'layers', beyond];
    yield { code: 'generatorLayers', severity: 'error', message: about(path, `is ${latent.layers[beyond]}, generator ${quote(name)} has layers 0 to ${layerCount - 1}`), path };
  }
}

function placed(text: string, tree: Node, { node, ...complaint }: Complaint): Problem {
  const { offset, length } = node ?? markFor(text, tree, complaint.path);
  return { ...complaint, start: offset, end: offset + length, ...placeOf(text, offset) };
}

/** What is underlined: the value, or its key where the value takes several lines, or else what should have it. */
function markFor(text: string, tree: Node, path: JsonPath): Pick<Node, 'offset' | 'length'> {
  const node = nodeAt(tree, path);
  if (!node) return markOfOwner(tree, path);
  const oneLine = !/[\r\n]/.test(text.slice(node.offset, node.offset + node.length));
  return oneLine ? node : keyOrBracket(node);
}

/** Something is missing: its owner's key, or the bracket that opens it, is underlined. */
function markOfOwner(tree: Node, path: JsonPath): Pick<Node, 'offset' | 'length'> {
  const owner = path.map((_, i) => nodeAt(tree, path.slice(0, path.length - 1 - i))).find((node) => node !== undefined);
  return keyOrBracket(owner ?? tree);
}

function keyOrBracket(node: Node): Pick<Node, 'offset' | 'length'> {
  return node.parent?.type === 'property' ? node.parent.children![0]! : { offset: node.offset, length: 1 };
}
