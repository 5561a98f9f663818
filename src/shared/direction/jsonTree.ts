import { parseTree } from 'jsonc-parser';
import type { Node } from 'jsonc-parser';
import type { JsonPath } from '../field';

/**
 * The values of a JSON text with their places: offsets count from the start of the text, a byte order mark included.
 *
 * Undefined for a text without any value. A broken text has a tree of what could be made of it. The text must not be
 * nested deeper than parseJson allows.
 */
export function jsonTree(text: string): Node | undefined {
  const mark = text.startsWith('\uFEFF');
  // A blank in place of the mark, which the parser would take for a syntax error, keeps all offsets.
  return parseTree(mark ? ` ${text.slice(1)}` : text, [], { disallowComments: true });
}

/** The value under a path of keys and indices; of a key that is there twice the last one, which is the one that JSON.parse keeps. */
export function nodeAt(root: Node | undefined, path: JsonPath): Node | undefined {
  return path.reduce((node: Node | undefined, step) => (typeof step === 'number' ? node?.children?.[step] : propertyOf(node, step)?.children?.[1]), root);
}

/** The key and value under a key of an object: the last one where there are several. */
export function propertyOf(node: Node | undefined, key: string): Node | undefined {
  return node?.type === 'object' ? node.children?.findLast(({ children }) => children?.[0]?.value === key) : undefined;
}
