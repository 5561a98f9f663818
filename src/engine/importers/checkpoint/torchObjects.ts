import type { ElementType } from '../../tensor';
import type { Construct } from './pythonObjects';
import { latin1Bytes } from './pythonObjects';
import type { ReadingSession } from './readingSession';
import { viewProblem } from './tensorViews';
import type { OpenTensor } from './torchStorage';
import { TorchStorage } from './torchStorage';
import type { CheckpointList, CheckpointTensor, CheckpointValue } from './values';
import { isKind, isList, isMap } from './values';

/** The constants `torch.float32` and so on, by the name that pickles give them. */
export const torchDtypes: ReadonlyMap<string, ElementType | null> = new Map<string, ElementType | null>([
  ['torch.float16', 'float16'],
  ['torch.bfloat16', 'bfloat16'],
  ['torch.float32', 'float32'],
  ['torch.float64', 'float64'],
  ['torch.uint8', 'uint8'],
  ['torch.int8', 'int8'],
  ['torch.int16', 'int16'],
  ['torch.int32', 'int32'],
  ['torch.int64', 'int64'],
  ['torch.bool', 'bool'],
  ['torch.complex64', null],
  ['torch.complex128', null],
]);

/** `torch.storage._load_from_bytes(blob)`: what a nested `torch.save` blob holds. */
export function loadFromBytes(args: CheckpointList, session: ReadingSession): CheckpointValue {
  const [blob] = args;
  if (blob instanceof Uint8Array) {
    return session.nested(blob);
  }
  if (typeof blob === 'string') {
    return session.nested(latin1Bytes(blob, session));
  }
  throw session.damaged('a nested torch.save blob is not given as bytes');
}

/** `_rebuild_tensor(storage, offset, size, stride)`, `_rebuild_tensor_v2(.., requires_grad, hooks[, metadata])`. */
export function rebuildTensor(args: CheckpointList, session: ReadingSession): CheckpointValue {
  const [storage] = args;
  if (!(storage instanceof TorchStorage)) {
    throw session.damaged('a tensor has no storage');
  }
  refuseNegated(args[6], session);
  return viewOf(storage, storage.elementType, args, session);
}

/** `_rebuild_tensor_v3(storage, offset, size, stride, requires_grad, hooks, dtype[, metadata])`: the storage is untyped. */
export function rebuildTensorWithDtype(args: CheckpointList, session: ReadingSession): CheckpointValue {
  const [storage] = args;
  const dtype = args[6];
  const name = isKind(dtype, 'global') ? `${dtype.moduleName}.${dtype.name}` : 'none';
  const elementType = torchDtypes.get(name);
  if (!(storage instanceof TorchStorage)) {
    throw session.damaged('a tensor has no storage');
  }
  if (!elementType) {
    throw session.refused(`holds a tensor of the element type '${name}'`, 'generators are made of floats, integers and booleans');
  }
  refuseNegated(args[7], session);
  return viewOf(storage, elementType, args, session);
}

/** `_rebuild_parameter(data, requires_grad, hooks)`, `_rebuild_parameter_with_state(.., state)`: the tensor itself. */
export function rebuildParameter(args: CheckpointList, session: ReadingSession): CheckpointValue {
  const [data] = args;
  if (!isKind(data, 'tensor')) {
    throw session.damaged('a parameter has no tensor');
  }
  return data;
}

/** `_rebuild_from_type_v2(function, type, args, state)`: the tensor that one of the functions above rebuilds. */
export function rebuildFromType(rebuilders: ReadonlyMap<string, Construct>): Construct {
  return (args, session) => {
    const [rebuilder, , innerArgs] = args;
    const construct = isKind(rebuilder, 'global') ? rebuilders.get(`${rebuilder.moduleName}.${rebuilder.name}`) : undefined;
    if (construct === undefined || !isKind(rebuilder, 'global') || !isList(innerArgs)) {
      throw session.damaged('a tensor is rebuilt in an unknown way');
    }
    return construct(innerArgs, session, rebuilder);
  };
}

/** `torch.Size(dims)`: the dims themselves. */
export function torchSize(args: CheckpointList, session: ReadingSession): CheckpointValue {
  const [dims = []] = args;
  if (!isList(dims)) {
    throw session.damaged('a torch.Size has no dimensions');
  }
  return dims;
}

function viewOf(storage: TorchStorage, elementType: ElementType, args: CheckpointList, session: ReadingSession): CheckpointTensor {
  const [, offset, dims, strides] = args;
  if (!isList(dims) || !isList(strides) || typeof offset !== 'number') {
    throw session.damaged('a tensor has no offset, size and stride');
  }
  const view = { elementType, dims: numbers(dims), strides: numbers(strides), offset };
  const problem = viewProblem(view, storage.byteLength);
  if (problem !== undefined) {
    throw session.damaged(problem);
  }
  const tensor: OpenTensor = { kind: 'tensor', ...view, storage: storage.bytes };
  storage.give(tensor);
  return tensor;
}

/** Numbers as they are; anything else as NaN, which no view accepts. */
export function numbers(values: CheckpointList): number[] {
  return values.slice(0, 100).map((value) => (typeof value === 'number' ? value : NaN));
}

/** PyTorch can save a tensor whose sign is flipped only on reading. */
function refuseNegated(metadata: CheckpointValue | undefined, session: ReadingSession): void {
  if (isMap(metadata) && (metadata.get('neg') === true || metadata.get('conj') === true)) {
    throw session.refused('holds a tensor that is saved negated or conjugated', 'save it again after .resolve_neg()');
  }
}
