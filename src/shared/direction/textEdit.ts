/** Replaces `length` characters at `offset` (UTF-16 code units, from 0) by a text. */
export interface TextEdit {
  readonly offset: number;
  readonly length: number;
  readonly text: string;
}

/**
 * The text after edits, all of which count in the text before.
 *
 * Throws RangeError where two overlap or one leaves the text.
 */
export function applyTextEdits(text: string, edits: readonly TextEdit[]): string {
  let end = 0;
  const parts: string[] = [];
  for (const edit of inOrder(edits)) {
    if (edit.offset < end || edit.offset + edit.length > text.length) throw new RangeError(`the edit at ${edit.offset} overlaps another one or leaves the text`);
    parts.push(text.slice(end, edit.offset), edit.text);
    end = edit.offset + edit.length;
  }
  return parts.join('') + text.slice(end);
}

function inOrder(edits: readonly TextEdit[]): readonly TextEdit[] {
  return [...edits].sort((a, b) => a.offset - b.offset);
}
