/** A text with a capital letter at its beginning: one-line messages are written to stand behind a place, and read alone too. */
export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
