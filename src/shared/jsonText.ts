import { UserError } from './userError';

/**
 * Parses JSON text that is nested at most 500 deep; a leading byte order mark is skipped.
 *
 * JavaScript engines word and place syntax errors each in their own way, so a second, slower pass over a
 * broken text finds the place. Throws UserError `where:line:column: ...`, both counted from 1.
 */
export function parseJson(text: string, where: string): unknown {
  try {
    if (!tooDeep(text)) return JSON.parse(withoutMark(text)) as unknown;
  } catch {
    // What is wrong is looked for below.
  }
  const { offset, problem } = findSyntaxError(text);
  const { line, column } = placeOf(text, offset);
  throw new UserError(`${where}:${line}:${column}: ${problem}`);
}

/** The first place where a text departs from what parseJson reads; undefined where it does not. */
export function syntaxProblem(text: string): SyntaxProblem | undefined {
  try {
    JSON.parse(withoutMark(text));
    if (!tooDeep(text)) return undefined;
  } catch {
    // What is wrong is looked for below.
  }
  return findSyntaxError(text);
}

function tooDeep(text: string): boolean {
  let depth = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\\n]|\\.)*"?|[[\]{}]/g)) {
    if (token === '[' || token === '{') depth++;
    if (token === ']' || token === '}') depth--;
    if (depth > deepest + 1) return true;
  }
  return false;
}

/** A place in a text as people count, from 1. A byte order mark takes no column. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** @param offset in UTF-16 code units from the start of the text, a byte order mark included */
export function placeOf(text: string, offset: number): Place {
  const before = withoutMark(text.slice(0, offset)).split(/\r\n|\r|\n/);
  return { line: before.length, column: before.at(-1)!.length + 1 };
}

function withoutMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}

/** Where a text departs from the JSON grammar, and how. */
export interface SyntaxProblem {
  /** The length of the text where it ends too early. */
  readonly offset: number;
  readonly problem: string;
}

const deepest = 500;

/** The problem of a text whose brackets are open within each other more deeply than functions that call themselves can follow. */
export const nestedTooDeeply = 'nested too deeply';

const blank = /[ \t\n\r]*/y;
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const word = /true|false|null/y;
const escape = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/** By the grammar of RFC 8259. */
function findSyntaxError(text: string): SyntaxProblem {
  const scanner = new Scanner(withoutMark(text));
  scanner.document();
  const { offset, problem } = scanner.problem ?? { offset: 0, problem: 'not valid JSON' };
  return { offset: offset + text.length - withoutMark(text).length, problem };
}

/** Walks over one JSON text. Every step answers whether it succeeded; the first failure is kept. */
class Scanner {
  problem: SyntaxProblem | undefined;
  private at = 0;

  constructor(private readonly text: string) {}

  document(): boolean {
    return this.value(0) && (this.at === this.text.length || this.fail('expected the end of the file'));
  }

  private value(depth: number): boolean {
    this.skip(blank);
    if (depth > deepest) return this.fail(nestedTooDeeply);
    const first = this.text[this.at];
    const found =
      first === '{' ? this.list('}', () => this.key() && this.value(depth + 1))
      : first === '[' ? this.list(']', () => this.value(depth + 1))
      : first === '"' ? this.string()
      : this.skip(number) || this.skip(word) || this.fail('expected a value');
    this.skip(blank);
    return found;
  }

  private list(end: string, item: () => boolean): boolean {
    this.at++;
    this.skip(blank);
    if (this.take(end)) return true;
    do {
      if (!item()) return false;
    } while (this.take(','));
    return this.take(end) || this.fail(`expected a comma or ${end}`);
  }

  private key(): boolean {
    this.skip(blank);
    if (this.text[this.at] !== '"') return this.fail('expected a key in double quotes');
    if (!this.string()) return false;
    this.skip(blank);
    return this.take(':') || this.fail('expected a colon');
  }

  private string(): boolean {
    this.at++;
    while (!this.take('"')) {
      const code = this.text.charCodeAt(this.at);
      if (Number.isNaN(code) || code < 0x20) return this.fail('expected the closing double quote');
      if (code !== 0x5c) this.at++;
      else if (!this.skip(escape)) return this.fail('unknown escape in a string');
    }
    return true;
  }

  private take(character: string): boolean {
    if (this.text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  private skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.text);
    if (match) this.at += match[0].length;
    return match !== null;
  }

  private fail(problem: string): boolean {
    const ended = this.at >= this.text.length;
    this.problem ??= { offset: this.at, problem: ended ? `${problem}, but the file ends here` : problem };
    return false;
  }
}
