import { printable } from '../checkpoint/printable';
import { isKind, isList, isMap } from '../checkpoint/values';
import type { CheckpointMap, CheckpointValue } from '../checkpoint/values';

/** As many names as help to tell what a file is. */
const shownKeys = 8;
const shownInnerKeys = 3;
const longestKey = 40;
const longestText = 300;

/** What a checkpoint holds, for messages: `epoch, state_dict {conv1.weight, bn1.weight, ..}, optimizer {..}`. */
export function contentsOf(checkpoint: CheckpointValue): string {
  if (isMap(checkpoint)) return checkpoint.size === 0 ? 'nothing' : cut(keysOf(checkpoint, shownKeys, withInside), longestText);
  if (isList(checkpoint)) return `a list of ${checkpoint.length}`;
  if (isKind(checkpoint, 'tensor')) return `one tensor [${checkpoint.dims.join(', ')}]`;
  if (isKind(checkpoint, 'object') || isKind(checkpoint, 'persistent')) return `an object of the class ${printable(checkpoint.className)}`;
  if (typeof checkpoint === 'number' || typeof checkpoint === 'bigint') return 'a number';
  return typeof checkpoint === 'string' ? 'a text' : 'no dictionary';
}

function withInside(key: string, value: CheckpointValue | undefined): string {
  return isMap(value) && value.size > 0 ? `${key} {${keysOf(value, shownInnerKeys, (inner) => inner)}}` : key;
}

function keysOf(map: CheckpointMap, count: number, show: (key: string, value: CheckpointValue | undefined) => string): string {
  const keys: string[] = [];
  for (const [key, value] of map) {
    if (keys.length === count) return [...keys, '..'].join(', ');
    keys.push(show(shortened(key), value));
  }
  return keys.join(', ');
}

function shortened(key: CheckpointValue): string {
  return cut(printable(typeof key === 'string' || typeof key === 'number' ? String(key) : '?'), longestKey);
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}..` : text;
}
