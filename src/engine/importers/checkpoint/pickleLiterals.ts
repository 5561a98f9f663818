const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\\': '\\', "'": "'", '"': '"' };

/** A number where it is exact, else the bigint. */
export function exactInteger(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/**
 * The integer of LONG1 and LONG4.
 *
 * @param bytes - Two's complement, little endian; none means zero.
 */
export function littleEndianInteger(bytes: Uint8Array): number | bigint {
  if (bytes.length === 0) {
    return 0;
  }
  const magnitude = BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
  return exactInteger(BigInt.asIntN(8 * bytes.length, magnitude));
}

/** The value of INT or LONG, which write `12`, `12L`, and `00` or `01` for the booleans; undefined where the text is none of these. */
export function integerText(text: string): number | bigint | boolean | undefined {
  if (text === '00' || text === '01') {
    return text === '01';
  }
  return /^-?\d{1,1000}L?$/.test(text) ? exactInteger(BigInt(text.replace('L', ''))) : undefined;
}

/** The value of FLOAT; undefined where the text is no number. */
export function floatText(text: string): number | undefined {
  if (/^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text)) {
    return Number(text);
  }
  const special: Readonly<Record<string, number>> = { inf: Infinity, '-inf': -Infinity, nan: NaN };
  return Object.hasOwn(special, text) ? special[text] : undefined;
}

/** The value of STRING, a quoted Python 2 text; undefined where it is not quoted. */
export function quotedText(text: string): string | undefined {
  const inside = /^(['"])(.*)\1$/s.exec(text)?.[2];
  return inside?.replace(/\\(?:x([0-9a-fA-F]{2})|(.))/gs, (whole, hex?: string, letter?: string) =>
    hex === undefined ? (ESCAPES[letter ?? ''] ?? whole) : String.fromCharCode(parseInt(hex, 16)),
  );
}

/** The value of UNICODE, in Python's raw-unicode-escape. */
export function rawUnicodeText(text: string): string {
  return text.replace(/\\u([0-9a-fA-F]{4})|\\U(000[0-9a-fA-F]{5}|0010[0-9a-fA-F]{4})/g, (_whole, short?: string, long?: string) =>
    String.fromCodePoint(parseInt(short ?? long ?? '0', 16)),
  );
}
