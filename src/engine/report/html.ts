/** Text that is markup already. */
export class Html {
  constructor(readonly text: string) {}
}

type Value = Html | string | number | undefined | readonly Html[];

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Markup from a template: whatever is put into it is text, unless it is markup itself. Undefined is left out. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Html {
  return new Html(parts.map((part, i) => part + textOf(values[i])).join(''));
}

function textOf(value: Value): string {
  if (value === undefined) return '';
  if (value instanceof Html) return value.text;
  if (typeof value === 'object') return value.map(({ text }) => text).join('');
  // A control character has no place in a page, and a lone surrogate none in a file.
  return String(value).replace(/(?![\t\n])\p{Cc}|\p{Cs}/gu, '\ufffd').replace(/[&<>"']/g, (character) => escapes[character]!);
}
