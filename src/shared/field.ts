import { quote } from './quote';
import { UserError } from './userError';

/** Inclusive limits of a number. */
export interface Limits {
  readonly min?: number;
  readonly max?: number;
}

/** What holds between values of a direction, or in ways that a JSON schema cannot say. */
export type Rule =
  | 'newerVersion' | 'versionOfSource' | 'layerOrder' | 'alphaOrder' | 'seeds'
  | 'regionEdge' | 'regionArea' | 'maskHeight' | 'maskRuns'
  | 'rows' | 'dimensions' | 'norm';

/** A complaint about a value inside parsed JSON, with the keys and indices that lead to it. */
export class FieldError extends UserError {
  constructor(
    message: string,
    /** From the outermost to the value itself. */
    readonly path: JsonPath,
    /** The message without its place. */
    readonly problem: string,
    /** The rule that is broken; none where the value itself is not of the right kind. */
    readonly rule?: Rule,
  ) {
    super(message);
  }
}

/** Keys of objects and indices of lists. */
export type JsonPath = readonly (string | number)[];

/**
 * A value inside parsed JSON that knows its place, so that every complaint about it names the file and
 * the path of keys: `eyes.resefa.json: "edit.alpha[0]" must be a number, not "a"`.
 *
 * The readers return the value in its type, or throw FieldError.
 */
export class Field {
  constructor(
    readonly value: unknown,
    private readonly where: string,
    private readonly path: JsonPath = [],
  ) {}

  /** The place as messages write it. */
  get label(): string {
    return this.path.length === 0 ? this.where : `${this.where}: "${pathText(this.path)}"`;
  }

  /** Whether the key or item is there. */
  get present(): boolean {
    return this.value !== undefined;
  }

  /** Throws FieldError with the place and the problem. */
  fail(problem: string, rule?: Rule): never {
    throw new FieldError(this.path.length === 0 ? `${this.where}: ${problem}` : `${this.label} ${problem}`, this.path, problem, rule);
  }

  /** What a reader makes of this value that is given its name; its UserError, "<name>: <reason>", becomes a FieldError that says what the value is. */
  readBy<Answer>(read: (name: string) => Answer, whatItIs: string, rule: Rule): Answer {
    try {
      return read(this.label);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      throw new FieldError(error.message, this.path, error.message.replace(this.label, whatItIs), rule);
    }
  }

  /** The field under a key of this object; it may be absent. */
  at(key: string): Field {
    return new Field(Object.hasOwn(this.object(), key) ? this.object()[key] : undefined, this.where, [...this.path, key]);
  }

  object(): Readonly<Record<string, unknown>> {
    if (typeof this.value !== 'object' || this.value === null || Array.isArray(this.value)) this.refuse('an object');
    return this.value as Readonly<Record<string, unknown>>;
  }

  list(): readonly Field[] {
    if (!Array.isArray(this.value)) this.refuse('a list');
    return (this.value as unknown[]).map((item, index) => new Field(item, this.where, [...this.path, index]));
  }

  /** A string with at least one character that is not blank. */
  text(): string {
    if (typeof this.value !== 'string' || this.value.trim() === '') this.refuse('a text that is not empty');
    return this.value;
  }

  /** A finite number within limits. */
  number(limits: Limits = {}): number {
    if (typeof this.value !== 'number' || !Number.isFinite(this.value) || outside(this.value, limits)) this.refuse(`a number${within(limits)}`);
    return this.value;
  }

  /** A whole number within limits. */
  integer(limits: Limits = {}): number {
    if (!Number.isSafeInteger(this.value) || outside(this.value as number, limits)) this.refuse(`a whole number${within(limits)}`);
    return this.value as number;
  }

  oneOf<Choice extends string | number>(choices: readonly Choice[]): Choice {
    const found = choices.find((choice) => choice === this.value);
    return found ?? this.refuse(choices.map(quote).join(' or '));
  }

  /** Throws FieldError that says what the field must be, and what it is. */
  refuse(expected: string): never {
    if (!this.present) this.fail(`is missing: it must be ${expected}`);
    return this.fail(`must be ${expected}, not ${quote(this.value)}`);
  }
}

/** The words for limits, with a leading blank: " from 0 to 1", " of at least 1", or nothing. */
export function within({ min, max }: Limits): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
  if (min !== undefined) return ` of at least ${min}`;
  return max === undefined ? '' : ` of at most ${max}`;
}

/** Whether a number breaks its limits. */
export function outside(value: number, { min = -Infinity, max = Infinity }: Limits): boolean {
  return !(value >= min && value <= max);
}

/** A path as people write it: `edit.alpha[0]`. */
export function pathText(path: JsonPath): string {
  return path.map((step, i) => (typeof step === 'number' ? `[${step}]` : i === 0 ? step : `.${step}`)).join('');
}
