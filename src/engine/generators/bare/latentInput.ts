import type { ModelProto, ValueInfoProto } from '../../onnx/gen/onnx_pb';
import type { Dimension } from '../../onnx/graphBuilder';
import { declaredDims, elementTypeOf, fedInputs, graphOf } from '../../onnx/graphs';
import { DataType, typeName } from '../../onnx/tensors';
import { sizeOf } from '../../tensor';
import { UserError } from '../../../shared/userError';
import type { BareSettings } from './bareSettings';

/** The input that a network takes its latent code by. */
export interface LatentInput {
  readonly input: string;
  /** Its shape for one sample: [1, d], [1, d, 1, 1] or [1, L, d]. */
  readonly dims: readonly number[];
  /** Whether the file takes one sample at a time. */
  readonly fixedBatch: boolean;
}

const expectedShapes = 'one latent input of the shape [N, d], [N, d, 1, 1] or [N, L, d]';

/** Names of latent inputs, the surest first. */
const latentNames = ['z', 'latent', 'latents', 'latent_code', 'latent_codes', 'latent_vector', 'latent_z', 'noise_vector', 'ws', 'w', 'dlatents', 'dlatent', 'style', 'styles', 'input_z', 'random_input', 'noise', 'input', 'x'];

/** Names of what steers a generator beside its latent code. */
const conditionNames = /^(y|c|psi)$|label|class|cond|one_?hot|trunc|categor/i;

/** The name of an input without what TensorFlow puts around it: `serving_default_z:0` is z. */
export function plainName(name: string): string {
  return name.replace(/^serving_default_/, '').replace(/:\d+$/, '');
}

/** No generator takes more; a file that says so is broken. */
const largestLatent = 2 ** 22;

/**
 * Finds the latent input: the one that the settings name, the only one, or else by name and shape among those that are not
 * given a value.
 *
 * @throws UserError when there is none or several could be it, or it takes no float32 numbers, or its shape is of another
 *   kind, or a number of samples other than one.
 */
export function findLatent(model: ModelProto, path: string, settings: BareSettings | undefined): LatentInput {
  const inputs = fedInputs(graphOf(model)).filter(({ name }) => !settings?.inputs?.has(name));
  const described = inputs.map((info) => `${info.name} ${shapeText(declaredDims(info))}`).join(', ') || 'nothing';
  const chosen = chooseInput(inputs, path, described, settings);
  const dims = latentDims(chosen, path, described, settings);
  requireFloats(chosen, path);
  if (sizeOf(dims) > largestLatent) throw new UserError(`${path} takes ${described}; expected a latent code of at most ${largestLatent} numbers`);
  const batch = declaredDims(chosen)?.[0];
  // Some exporters write -1 for a size that is free.
  const fixedBatch = typeof batch === 'number' && batch > 0;
  if (fixedBatch && batch > 1) throw new UserError(`${path} takes ${described}, ${batch} samples at a time; expected a batch of any size, or of 1: export it again with a dynamic batch axis`);
  return { input: chosen.name, dims, fixedBatch };
}

/** A declared shape as messages write it; sizes without a name are questions. */
export function shapeText(dims: readonly Dimension[] | undefined): string {
  return dims ? `[${dims.map((dim) => (dim === '' ? '?' : dim)).join(', ')}]` : '[?]';
}

function chooseInput(inputs: readonly ValueInfoProto[], path: string, described: string, settings: BareSettings | undefined): ValueInfoProto {
  const wanted = settings?.latent?.input;
  if (wanted !== undefined && settings?.inputs?.has(wanted)) throw new UserError(`${settings.where}: "inputs.${wanted}" is the latent input, which takes no value`);
  if (inputs.length === 0 && settings?.inputs) throw new UserError(`${settings.where}: "inputs" gives every input of ${path} a value; leave out the one that takes the latent code`);
  if (wanted !== undefined) {
    const found = inputs.find(({ name }) => name === wanted);
    if (!found) throw new UserError(`${settings!.where}: "latent.input" is ${JSON.stringify(wanted)}, but ${path} takes ${described}`);
    return found;
  }
  if (inputs.length === 1) return inputs[0]!;
  const named = latentNames.flatMap((name) => inputs.filter((info) => plainName(info.name).toLowerCase() === name));
  // A picture called "noise" or "input" is no latent code.
  const byName = named.find((info) => couldBeLatent(declaredDims(info)));
  if (byName) return byName;
  const possible = inputs.filter((info) => elementTypeOf(info) === DataType.FLOAT && couldBeLatent(declaredDims(info)) && !conditionNames.test(plainName(info.name)));
  if (possible.length === 1) return possible[0]!;
  const hint = possible.length > 1 ? `; say in a generator.json beside it which one it is: "latent": {"input": ${JSON.stringify(possible[0]!.name)}}` : '';
  throw new UserError(`${path} takes ${described}; expected ${expectedShapes}${hint}`);
}

function couldBeLatent(declared: readonly Dimension[] | undefined): boolean {
  if (!declared) return true;
  const [, ...rest] = declared;
  return rest.length === 1 || rest.length === 2 || (rest.length === 3 && rest.slice(1).every((dim) => dim === 1 || typeof dim === 'string'));
}

function latentDims(info: ValueInfoProto, path: string, described: string, settings: BareSettings | undefined): number[] {
  const declared = declaredDims(info);
  const given = settings?.latent?.dims;
  if (given && !fits(given, declared)) {
    throw new UserError(`${settings.where}: "latent.dims" is [${given.join(', ')}], but ${path} takes ${info.name} ${shapeText(declared)}; expected the shape for one sample`);
  }
  const sizes = (given ?? declared ?? []).slice(1);
  const known = sizes.filter((dim): dim is number => typeof dim === 'number' && dim > 0);
  if (couldBeLatent(declared) && (!declared || known.length < sizes.length) && !given) {
    const example = declared ? [1, ...sizes.map((dim) => (typeof dim === 'number' && dim > 0 ? dim : 128))] : [1, 128];
    throw new UserError(`${path} takes ${described}; expected ${expectedShapes} with numbers for all but N: say it in a generator.json beside it, such as "latent": {"input": ${JSON.stringify(info.name)}, "dims": [${example.join(', ')}]}`);
  }
  const isCode = known.length === 1 || (known.length === 2 && (known[1]! > 1 || known[0] === 1)) || (known.length === 3 && known[1] === 1 && known[2] === 1);
  if (!isCode || known.length !== sizes.length) throw new UserError(`${path} takes ${described}; expected ${expectedShapes}`);
  return [1, ...known];
}

/** Whether a shape for one sample can be the declared one. */
function fits(dims: readonly number[], declared: readonly Dimension[] | undefined): boolean {
  return dims[0] === 1 && (!declared || (declared.length === dims.length && dims.every((dim, axis) => axis === 0 || typeof declared[axis] === 'string' || declared[axis]! <= 0 || declared[axis] === dim)));
}

function requireFloats(info: ValueInfoProto, path: string): void {
  const elementType = elementTypeOf(info);
  if (elementType === DataType.FLOAT) return;
  throw new UserError(`${path} takes ${info.name} as ${typeName(elementType)}; expected float32: export it again in single precision`);
}
