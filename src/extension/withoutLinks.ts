/**
 * A text for a notification or the prompt of an input box, where VS Code makes a link of "[words](command:...)" and runs the
 * command on a click. Names come from files that anybody may have written: a blank keeps them from being links.
 */
export function withoutLinks(text: string): string {
  return text.replaceAll('](', '] (');
}
