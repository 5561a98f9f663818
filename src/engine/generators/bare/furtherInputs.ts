import { basename, dirname, extname } from 'node:path';
import { readdirSync } from 'node:fs';
import { UserError } from '../../../shared/userError';
import type { ModelProto, ValueInfoProto } from '../../onnx/gen/onnx_pb';
import { GraphBuilder } from '../../onnx/graphBuilder';
import type { Dimension } from '../../onnx/graphBuilder';
import { declaredDims, elementTypeOf, fedInputs, graphOf, opsetOf, valueNames, valuesRead, withGraph } from '../../onnx/graphs';
import { inSinglePrecision } from '../../onnx/singlePrecision';
import { DataType, numberTensor, typeName } from '../../onnx/tensors';
import { sizeOf } from '../../tensor';
import { RandomState } from '../randomState';
import type { BareSettings, InputValue } from './bareSettings';
import { findLatent, plainName, shapeText } from './latentInput';
import type { LatentInput } from './latentInput';

/** A network whose only input is the latent one, and what was decided on the way. */
export interface BoundModel {
  readonly model: ModelProto;
  readonly notes: readonly string[];
}

/** No label, mask or noise is larger. */
const largestInput = 2 ** 26;

/**
 * Gives every input but the latent one its value, as a constant of the graph; where the input has a batch axis, the value is
 * repeated for every sample. Inputs that nothing reads are left out.
 *
 * @throws UserError when an input has no value, or one that does not fit.
 */
export function bindInputs(model: ModelProto, latent: LatentInput, path: string, settings: BareSettings | undefined): BoundModel {
  const graph = graphOf(model);
  const values = settings?.inputs ?? new Map<string, InputValue>();
  const stranger = [...values.keys()].find((name) => !graph.input.some((info) => info.name === name));
  if (stranger !== undefined) throw new UserError(`${settings!.where}: "inputs.${stranger}" is no input of ${path}, which takes ${graph.input.map(({ name }) => name).join(', ')}`);
  const bound = furtherInputs(model, latent.input).concat(graph.input.filter(({ name }) => values.has(name))).filter((info, i, all) => all.indexOf(info) === i);
  const missing = bound.filter(({ name }) => !values.has(name));
  if (missing.length > 0) throw new UserError(missingText(model, latent, missing, path));
  const g = new GraphBuilder(valueNames(graph), opsetOf(model));
  const names = new Set(bound.map(({ name }) => name));
  const notes = bound.map((info) => bindInput(g, info, values.get(info.name)!, latent, settings!.where));
  return {
    notes,
    model: withGraph(model, {
      node: [...g.nodes, ...graph.node],
      initializer: [...graph.initializer.filter(({ name }) => !names.has(name)), ...g.initializers],
      input: graph.input.filter(({ name }) => name === latent.input || (!names.has(name) && graph.initializer.some((tensor) => tensor.name === name))),
    }),
  };
}

/** The inputs beside the latent one that must be fed. */
function furtherInputs(model: ModelProto, latentName: string): ValueInfoProto[] {
  const graph = graphOf(model);
  const read = new Set([...graph.node.flatMap(valuesRead), ...graph.output.map(({ name }) => name)]);
  return fedInputs(graph).filter(({ name }) => name !== latentName && read.has(name));
}

/** Emits the constant of one input under the input's name. Returns what to tell of it. */
function bindInput(g: GraphBuilder, info: ValueInfoProto, value: InputValue, latent: LatentInput, where: string): string {
  const declared = declaredDims(info);
  const dims = dimsOfValue(info, value, where);
  const elementType = elementTypeOf(info)!;
  const numbers = numbersOfValue(value, dims, `${where}: "inputs.${info.name}"`);
  requireType(numbers, elementType, `${where}: "inputs.${info.name}"`);
  const perSample = !latent.fixedBatch && isFree(declared?.[0]) && declared !== undefined && declared.length > 0;
  const tensor = numberTensor(perSample ? g.freshName(`${info.name}_value`) : info.name, numbers, dims, elementType);
  if (!tensor) throw new UserError(`${where}: "inputs.${info.name}" cannot be given: the network takes it as ${typeName(elementType)}; numbers and truth values can be`);
  g.addInitializer(tensor);
  if (perSample) {
    const batch = g.node('Gather', [g.node('Shape', [latent.input]), g.ints([0])], { axis: 0 });
    const shape = dims.length === 1 ? batch : g.node('Concat', [batch, g.ints(dims.slice(1).map(() => 1))], { axis: 0 });
    g.emit('Expand', [tensor.name, shape], {}, [info.name]);
  }
  return `input ${info.name} ${shapeText(dims)}: ${valueText(value)}`;
}

function valueText(value: InputValue): string {
  switch (value.kind) {
    case 'fill': return String(value.value);
    case 'list': return value.data.length <= 8 ? Array.from(value.data).join(', ') : `${value.data.length} numbers`;
    case 'one_hot': return `a one at index ${value.index}`;
    case 'normal': return `noise of NumPy's seed ${value.seed}`;
  }
}

/** The shape of the value for one sample. */
function dimsOfValue(info: ValueInfoProto, value: InputValue, where: string): readonly number[] {
  const declared = declaredDims(info);
  const label = `${where}: "inputs.${info.name}"`;
  const takes = `${info.name} ${shapeText(declared)}`;
  if (value.dims) {
    const candidates = [value.dims, [1, ...value.dims]];
    const fitting = candidates.find((dims) => !declared || (declared.length === dims.length && dims.every((dim, axis) => fitsAxis(dim, declared[axis]!, axis))));
    if (!fitting) throw new UserError(`${label} has the shape [${value.dims.join(', ')}], but the network takes ${takes}; expected the shape for one sample`);
    return limited(fitting, label);
  }
  const open = !declared || declared.some((dim, axis) => axis > 0 && isFree(dim));
  if (open) {
    const example = JSON.stringify({ ...valueJson(value), dims: declared?.map((dim, axis) => (typeof dim === 'number' && dim > 0 ? dim : axis === 0 ? 1 : 64)) ?? [1] });
    throw new UserError(`${label} needs its shape, which the network leaves open (${takes}): write it as ${example.replaceAll(',', ', ').replaceAll(':', ': ')}`);
  }
  return limited(declared.map((dim) => (isFree(dim) ? 1 : (dim as number))), label);
}

function limited(dims: readonly number[], label: string): readonly number[] {
  if (sizeOf(dims) > largestInput) throw new UserError(`${label} has ${sizeOf(dims)} numbers; expected at most ${largestInput}`);
  return dims;
}

function valueJson(value: InputValue): object {
  switch (value.kind) {
    case 'one_hot': return { one_hot: value.index };
    case 'normal': return { normal: value.seed };
    case 'fill': return { value: value.value };
    case 'list': return { value: [] };
  }
}

function isFree(dim: Dimension | undefined): boolean {
  return typeof dim !== 'number' || dim <= 0;
}

function fitsAxis(dim: number, declared: Dimension, axis: number): boolean {
  return isFree(declared) ? axis > 0 || dim === 1 : dim === declared;
}

function numbersOfValue(value: InputValue, dims: readonly number[], label: string): ArrayLike<number> {
  const size = sizeOf(dims);
  switch (value.kind) {
    case 'fill': return new Float64Array(size).fill(value.value);
    case 'normal': return new RandomState(value.seed).randn(size);
    case 'one_hot': {
      const classes = dims.at(-1) ?? 0;
      if (value.index >= classes) throw new UserError(`${label}: "one_hot" is ${value.index}, but the input has the shape [${dims.join(', ')}]: it must be an index of its last axis${classes > 0 ? `, 0 to ${classes - 1}` : ', and there is none'}`);
      return Float64Array.from({ length: size }, (_, i) => (i % classes === value.index ? 1 : 0));
    }
    case 'list':
      if (value.data.length !== size) throw new UserError(`${label} has ${value.data.length} numbers; expected ${size}, the shape [${dims.join(', ')}]`);
      return value.data;
  }
}

const integerLimits: Readonly<Partial<Record<DataType, readonly [number, number]>>> = {
  [DataType.BOOL]: [0, 1], [DataType.UINT8]: [0, 255], [DataType.INT8]: [-128, 127], [DataType.UINT16]: [0, 65535], [DataType.INT16]: [-32768, 32767],
  [DataType.UINT32]: [0, 2 ** 32 - 1], [DataType.INT32]: [-(2 ** 31), 2 ** 31 - 1], [DataType.UINT64]: [0, Number.MAX_SAFE_INTEGER], [DataType.INT64]: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
};

function requireType(numbers: ArrayLike<number>, elementType: DataType, label: string): void {
  const limits = integerLimits[elementType];
  if (!limits) return;
  const wrong = Array.from(numbers).find((number) => !Number.isInteger(number) || number < limits[0] || number > limits[1]);
  if (wrong === undefined) return;
  const expected = elementType === DataType.BOOL ? 'true or false' : `whole numbers from ${limits[0]} to ${limits[1]}`;
  throw new UserError(`${label} holds ${wrong}, but the network takes it as ${typeName(elementType)}: expected ${expected}`);
}

function missingText(model: ModelProto, latent: LatentInput, missing: readonly ValueInfoProto[], path: string): string {
  const inputs = missing.map((info) => `${info.name} (${typeName(elementTypeOf(info))} ${shapeText(declaredDims(info))})`).join(' and ');
  const text = suggestedText(model, latent, missing, path).trim().replace(/\s*\n\s*/g, ' ');
  return `${path} takes ${inputs} beside its latent code ${latent.input}; give ${missing.length === 1 ? 'it a value' : 'them values'} in a generator.json beside it, such as ${text}`;
}

/**
 * The text of a `generator.json` that gives every further input of a bare file a value, to be looked over by a person.
 *
 * @param path where the file lies
 * @param found what else to write down, where it is known
 * @throws UserError when the file has no latent input.
 */
export function suggestedSettings(model: ModelProto, path: string, found: Pick<BareSettings, 'name' | 'value_range'> = {}): string {
  const single = inSinglePrecision(model).model;
  const latent = findLatent(single, path, undefined);
  return suggestedText(single, latent, furtherInputs(single, latent.input), path, found);
}

function suggestedText(model: ModelProto, latent: LatentInput, inputs: readonly ValueInfoProto[], path: string, { name, value_range }: Pick<BareSettings, 'name' | 'value_range'> = {}): string {
  const lines = [
    '"format": "resefa-generator"',
    '"version": 1',
    ...(hasNeighbours(path) ? [`"model": ${JSON.stringify(basename(path))}`] : []),
    ...(fedInputs(graphOf(model)).length > 1 ? [`"latent": { "input": ${JSON.stringify(latent.input)} }`] : []),
    ...(name === undefined ? [] : [`"name": ${JSON.stringify(name)}`]),
    ...(value_range === undefined ? [] : [`"value_range": [${value_range.join(', ')}]`]),
    ...(inputs.length === 0 ? [] : [`"inputs": {\n${inputs.map((info) => `    ${JSON.stringify(info.name)}: ${suggestedValue(info)}`).join(',\n')}\n  }`]),
  ];
  return `{\n  ${lines.join(',\n  ')}\n}\n`;
}

function hasNeighbours(path: string): boolean {
  try {
    return readdirSync(dirname(path)).filter((name) => extname(name).toLowerCase() === '.onnx').length > 1;
  } catch {
    // A file that is not on the disk has none.
    return false;
  }
}

function suggestedValue(info: ValueInfoProto): string {
  const name = plainName(info.name);
  const declared = declaredDims(info);
  const elementType = elementTypeOf(info);
  const open = !declared || declared.some((dim, axis) => axis > 0 && isFree(dim));
  const dims = open ? { dims: declared?.map((dim, axis) => (isFree(dim) ? (axis === 0 ? 1 : 64) : dim)) ?? [1] } : {};
  const wide = (declared?.length ?? 0) >= 2 && declared!.at(-1) !== 1;
  const value = elementType === DataType.BOOL ? false
    : elementType !== DataType.FLOAT ? 0
    : /trunc|psi/i.test(name) ? 1
    : (declared?.length ?? 0) >= 3 || /noise/i.test(name) ? { normal: 0 }
    : wide && /^(y|c)$|label|class|cond|one_?hot|categor/i.test(name) ? { one_hot: 0 }
    : 0;
  const written = open ? { ...(typeof value === 'object' ? value : { value }), ...dims } : value;
  return JSON.stringify(written).replaceAll(/([:,])/g, '$1 ').replaceAll('{', '{ ').replaceAll('}', ' }');
}
