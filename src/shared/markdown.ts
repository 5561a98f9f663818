/** A text as Markdown shows it, whatever of it Markdown would take for its own. */
export function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_<>[\]|#]/g, '\\$&');
}

/** A text as code in a line of Markdown, where it cannot be escaped: a backtick would end it. */
export function markdownCode(text: string): string {
  return `\`${text.replaceAll('`', "'")}\``;
}
