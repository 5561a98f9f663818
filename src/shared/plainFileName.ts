/** Whether a text can be the name of direction files on any file system. */
export function isFileName(name: string): boolean {
  return /^[\p{L}\p{N}_][\p{L}\p{N}_ .-]{0,99}$/u.test(name);
}

/** A name of people as the name of files: what cannot stand in one becomes a dash. `fallback` where nothing is left. */
export function fileNameOf(name: string, fallback: string): string {
  return name.replace(/[^\p{L}\p{N}_.-]+/gu, '-').replace(/^[-.]+|-+$/g, '').slice(0, 100) || fallback;
}
