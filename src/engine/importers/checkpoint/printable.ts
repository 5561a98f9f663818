const MAX_LENGTH = 100;

/** A text from a file as it may stand in a message: one line, not long, nothing that a terminal would obey. */
export function printable(text: string): string {
  const shown = text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}..` : text;
  return shown.replace(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, '?');
}
