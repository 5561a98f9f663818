import type { Field } from '../shared/field';

/** What no file system of ours takes in a name, and blanks or dots at an end, which Windows drops. */
// eslint-disable-next-line no-control-regex -- these are what a file name must not have
const forbidden = /[\\/:*?"<>|\u0000-\u001f]/;
const reserved = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?$/i;
const longest = 100;
/** File systems count bytes, 255 for all of a name with its ending; a name of ours is shorter in letters alone. */
const mostBytes = 240;

export const directionSuffix = '.resefa.json';

/** Why a text is no plain file name, in one line; nothing where it is one. */
export function fileNameProblem(name: string): string | undefined {
  if (name.trim() === '') return 'Enter a name, such as eyes-1';
  if (forbidden.test(name)) return 'A name cannot contain \\ / : * ? " < > |';
  if (/^[\s.]|[\s.]$/.test(name)) return 'A name cannot begin or end with a blank or a dot';
  if (reserved.test(name)) return `"${name}" is a reserved name, choose another one`;
  if (name.length > longest) return `A name has at most ${longest} characters`;
  return new TextEncoder().encode(name).length > mostBytes ? 'This name is too long for a file, choose a shorter one' : undefined;
}

/** A plain file name close to a text; `fallback` where nothing of it is left. */
export function safeFileName(text: string, fallback: string): string {
  const name = text.replace(new RegExp(forbidden, 'g'), '-').slice(0, longest).replace(/^[\s.-]+|[\s.-]+$/g, '');
  return fileNameProblem(name) === undefined ? name : fallback;
}

/** The name, or the next one that is not taken: eyes-1, eyes-2 .. after "eyes-1"; cats-2, cats-3 .. after "cats". */
export function freeName(name: string, taken: ReadonlySet<string>): string {
  const [, stem, number] = /^(.*?)(?:-(\d{1,6}))?$/s.exec(name)!;
  const known = new Set([...taken].map((other) => other.toLowerCase()));
  let free = name;
  for (let next = Number(number ?? 1) + 1; known.has(free.toLowerCase()); next++) free = `${stem}-${next}`;
  return free;
}

/** A path below a folder, "/" between its parts and without any that leads out of it. Throws UserError. */
export function relativeFolder(field: Field): string {
  const path = field.text().trim().replace(/\\/g, '/').replace(/^(?:\.\/)+|\/+$/g, '');
  const inside = path.split('/').every((part) => part !== '..' && !/[:*?"<>|]/.test(part));
  if (path === '' || path.startsWith('/') || !inside) field.refuse('a folder inside the workspace, such as directions');
  return path;
}
