/**
 * The same message with every typed array on a buffer of its own.
 *
 * An array that came from the engine is a view into the buffer of the whole message that it came in, and VS Code
 * sends all of the buffer beneath a view on to the page.
 */
export function compactViews(message: unknown): unknown {
  if (message instanceof Uint8Array) return message.constructor === Uint8Array && message.byteLength === message.buffer.byteLength ? message : new Uint8Array(message);
  if (Array.isArray(message)) return typeof message[0] === 'number' ? message : message.map(compactViews);
  if (typeof message !== 'object' || message === null || ArrayBuffer.isView(message)) return message;
  return Object.fromEntries(Object.entries(message).map(([key, value]) => [key, compactViews(value)]));
}
