import type { Node } from 'jsonc-parser';
import { sixDigits } from './directionFile';
import type { TextEdit } from './textEdit';

/** Writes new values for numbers in place, to six digits. A number that has its new value already keeps its spelling. */
export function numberEdits(text: string, numbers: readonly Node[], values: readonly number[]): TextEdit[] {
  return numbers.flatMap(({ offset, length }, i) => {
    const current = Number(text.slice(offset, offset + length));
    const value = values[i]!;
    return current === value || current === sixDigits(value) ? [] : [{ offset, length, text: `${sixDigits(value)}` }];
  });
}

/** Takes items out of a list, each with the comma and the blanks before it, or after it where nothing is left before. At least one stays. */
export function withoutItems(items: readonly Node[], kept: readonly boolean[]): TextEdit[] {
  const first = kept.indexOf(true);
  return items.flatMap((item, i) => {
    if (kept[i]) return [];
    const [from, to] = i < first ? [item.offset, items[i + 1]!.offset] : [endOf(items[i - 1]!), endOf(item)];
    return [{ offset: from, length: to - from, text: '' }];
  });
}

/**
 * Makes an ascending list of numbers into another one. Numbers that stay are not touched, new ones are set apart as most of the others are.
 *
 * @param values of `items`, not empty
 * @param wanted not empty
 * @param apart what stands between two items of a list that has one item only, such as ", "
 */
export function ascendingListEdits(text: string, items: readonly Node[], values: readonly number[], wanted: readonly number[], apart: string): TextEdit[] {
  const separator = usualSeparator(text, items) ?? apart;
  const kept = values.map((value) => wanted.includes(value));
  if (!kept.includes(true)) {
    const offset = items[0]!.offset;
    return [{ offset, length: endOf(items.at(-1)!) - offset, text: wanted.join(separator) }];
  }
  return merged([...insertions(items, values, kept, wanted, separator), ...withoutItems(items, kept)]);
}

/** New numbers follow the kept item before them, and those before all of these lead the list. */
function insertions(items: readonly Node[], values: readonly number[], kept: readonly boolean[], wanted: readonly number[], separator: string): TextEdit[] {
  const stops = items.flatMap((item, i) => (kept[i] ? [{ value: values[i]!, offset: endOf(item) }] : []));
  const between = (least: number, most: number) => wanted.filter((value) => value > least && value < most && !values.includes(value));
  const leading = between(-Infinity, stops[0]!.value);
  const start = items[kept.indexOf(true)]!.offset;
  return [
    ...(leading.length > 0 ? [{ offset: start, length: 0, text: leading.map((value) => `${value}${separator}`).join('') }] : []),
    ...stops.flatMap(({ value, offset }, i) => {
      const following = between(value, stops[i + 1]?.value ?? Infinity);
      return following.length > 0 ? [{ offset, length: 0, text: following.map((each) => `${separator}${each}`).join('') }] : [];
    }),
  ];
}

/** What stands between most of the items; undefined for a single one. */
export function usualSeparator(text: string, items: readonly Node[]): string | undefined {
  const counts = new Map<string, number>();
  for (let i = 1; i < items.length; i++) {
    const separator = text.slice(endOf(items[i - 1]!), items[i]!.offset);
    counts.set(separator, (counts.get(separator) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
}

/** Edits at one place as one edit: what is put in, then what is taken out behind it. */
function merged(edits: readonly TextEdit[]): TextEdit[] {
  const result: TextEdit[] = [];
  for (const edit of [...edits].sort((a, b) => a.offset - b.offset || a.length - b.length)) {
    const last = result.at(-1);
    if (last && last.offset + last.length === edit.offset) result[result.length - 1] = { offset: last.offset, length: last.length + edit.length, text: last.text + edit.text };
    else result.push(edit);
  }
  return result;
}

export function endOf({ offset, length }: Node): number {
  return offset + length;
}
