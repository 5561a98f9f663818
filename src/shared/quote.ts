const longest = 60;

/** A value as it appears in a one-line message: JSON (but NaN and infinities by name), shortened to 60 characters. */
export function quote(value: unknown): string {
  const text = typeof value === 'number' ? `${value}` : (JSON.stringify(value) ?? 'undefined');
  return text.length <= longest ? text : `${text.slice(0, longest - 3)}...`;
}
