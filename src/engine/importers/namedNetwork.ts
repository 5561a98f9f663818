import { UserError } from '../../shared/userError';
import { printable } from './checkpoint/printable';
import type { CheckpointTensor, CheckpointValue } from './checkpoint/values';
import { toFloat32 } from './checkpoint/tensorViews';

/** A float32 weight with its shape. */
export interface Weight {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

/** The shape that a tensor must have: sizes, and names for sizes that are free. The same name is the same size. */
export type ShapePattern = readonly (number | string)[];

/**
 * A network as every checkpoint format ends up: tensors and settings by dotted name
 * (`synthesis.b8.conv0.weight`), whatever the file called them.
 */
export class NamedNetwork {
  constructor(
    /** The file, for messages. */
    readonly file: string,
    readonly tensors: ReadonlyMap<string, CheckpointTensor>,
    readonly settings: ReadonlyMap<string, CheckpointValue>,
    /** What the names of this part begin with in the whole network, such as `synthesis.b8.`. */
    private readonly prefix = '',
    /** The name that the file itself has for a tensor or part of the whole network, for messages. */
    private readonly nameInFile: (name: string) => string = (name) => name,
  ) {}

  has(name: string): boolean {
    return this.tensors.has(name);
  }

  /** Whether there is a tensor below `prefix`. */
  hasPart(prefix: string): boolean {
    return [...this.tensors.keys()].some((name) => name.startsWith(`${prefix}.`));
  }

  /** @throws UserError where the tensor is missing, or has another shape. */
  weight(name: string, shape: ShapePattern): Weight {
    const tensor = this.tensors.get(name);
    if (!tensor) throw new UserError(`${this.file} has no tensor ${this.fullName(name)}: it is not a generator of the kind that its other tensors suggest, or it is incomplete`);
    if (!fits(tensor.dims, shape)) {
      throw new UserError(`${this.file}: the tensor ${this.fullName(name)} has the shape [${tensor.dims.join(', ')}]; expected [${shape.join(', ')}]`);
    }
    return { data: toFloat32(tensor), dims: tensor.dims };
  }

  /** A tensor that some networks leave out. */
  optionalWeight(name: string, shape: ShapePattern): Weight | undefined {
    return this.has(name) ? this.weight(name, shape) : undefined;
  }

  /** A number among the settings; null in the file counts as left out. */
  number(name: string): number | undefined {
    const value = this.settings.get(name);
    if (value === undefined || value === null) return undefined;
    if (typeof value !== 'number' || !Number.isFinite(value)) throw new UserError(`${this.file}: the setting ${this.fullName(name)} is not a finite number`);
    return value;
  }

  /**
   * A text that must be one of a few; null in the file counts as left out.
   *
   * @throws UserError that names them.
   */
  choice<T extends string>(name: string, choices: readonly T[]): T | undefined {
    const value = this.settings.get(name);
    if (value === undefined || value === null) return undefined;
    const known = choices.find((choice) => choice === value);
    if (known === undefined) {
      const given = typeof value === 'string' ? `'${printable(value)}'` : 'not a text';
      throw new UserError(`${this.file}: the setting ${this.fullName(name)} is ${given}; expected one of ${choices.join(', ')}`);
    }
    return known;
  }

  flag(name: string, fallback: boolean): boolean {
    const value = this.settings.get(name);
    return typeof value === 'boolean' ? value : fallback;
  }

  /** The part of the network below `prefix`, its names without it. */
  part(prefix: string): NamedNetwork {
    const below = <T>(map: ReadonlyMap<string, T>) =>
      new Map([...map].filter(([name]) => name.startsWith(`${prefix}.`)).map(([name, value]) => [name.slice(prefix.length + 1), value]));
    return new NamedNetwork(this.file, below(this.tensors), below(this.settings), `${this.prefix}${prefix}.`, this.nameInFile);
  }

  /** The name as the file has it for the whole network, for messages. */
  fullName(name: string): string {
    return this.nameInFile(this.prefix + name);
  }
}

function fits(dims: readonly number[], shape: ShapePattern): boolean {
  const named = new Map<string, number>();
  return dims.length === shape.length && dims.every((dim, axis) => {
    const expected = shape[axis]!;
    if (typeof expected === 'number') return dim === expected;
    if (!named.has(expected)) named.set(expected, dim);
    return dim >= 1 && named.get(expected) === dim;
  });
}
