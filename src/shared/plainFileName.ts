/** Whether a text can be the name of direction files on any file system. */
export function isFileName(name: string): boolean {
  return /^[\p{L}\p{N}_][\p{L}\p{M}\p{N}_ .-]{0,99}$/u.test(name);
}

/** A name of people as the name of files: what cannot stand in one becomes a dash. `fallback` where nothing is left. */
export function fileNameOf(name: string, fallback: string): string {
  const plain = name.normalize('NFC').replace(/[^\p{L}\p{M}\p{N}_.-]+/gu, '-').replace(/^[-.\p{M}]+|-+$/gu, '');
  return beginningOf(plain, 100) || fallback;
}

/**
 * The first characters of a name, none of them cut in two. Of 80 the bytes are at most 240 in all but the rarest scripts: with
 * an ending they fit into the 255 of most file systems.
 */
export function beginningOf(name: string, most: number): string {
  return Array.from(name).slice(0, most).join('');
}
