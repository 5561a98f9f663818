import { UserError } from './userError';

/**
 * Parses JSON text; a leading byte order mark is skipped.
 *
 * JavaScript engines word and place syntax errors each in their own way, so a second, slower pass over a
 * broken text finds the place. Throws UserError `where:line:column: ...`, both counted from 1.
 */
export function parseJson(text: string, where: string): unknown {
  const body = text.startsWith('\uFEFF') ? text.slice(1) : text;
  try {
    return JSON.parse(body) as unknown;
  } catch {
    const { offset, problem } = findSyntaxError(body);
    const before = body.slice(0, offset).split('\n');
    throw new UserError(`${where}:${before.length}:${(before.at(-1) ?? '').length + 1}: ${problem}`);
  }
}

interface SyntaxProblem {
  readonly offset: number;
  readonly problem: string;
}

const deepest = 500;
const blank = /[ \t\n\r]*/y;
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const word = /true|false|null/y;
const escape = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/** The first place where a text departs from the JSON grammar (RFC 8259). */
function findSyntaxError(text: string): SyntaxProblem {
  const scanner = new Scanner(text);
  scanner.document();
  return scanner.problem ?? { offset: text.length, problem: 'not valid JSON' };
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
    if (depth > deepest) return this.fail('nested too deeply');
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
