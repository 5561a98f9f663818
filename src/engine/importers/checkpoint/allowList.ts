import type { UserError } from '../../../shared/userError';
import { arrayFromBuffer, dtype, emptyArray, scalar, setArrayState, setDtypeState } from './numpyObjects';
import { printable } from './printable';
import type { Construct, UnderConstruction } from './pythonObjects';
import { byteString, defaultDictionary, dictionary, encoded, list, persistentObject, plainObject, reconstructed, set } from './pythonObjects';
import type { ReadingSession } from './readingSession';
import { loadFromBytes, rebuildFromType, rebuildParameter, rebuildTensor, rebuildTensorWithDtype, torchDtypes, torchSize } from './torchObjects';
import { storageTypes } from './torchStorage';
import type { CheckpointList, CheckpointValue, GlobalName } from './values';
import { isKind, isMap } from './values';

const tensorRebuilders: ReadonlyMap<string, Construct> = new Map<string, Construct>([
  ['torch._utils._rebuild_tensor', rebuildTensor],
  ['torch._utils._rebuild_tensor_v2', rebuildTensor],
  ['torch._utils._rebuild_tensor_v3', rebuildTensorWithDtype],
  ['torch._utils._rebuild_parameter', rebuildParameter],
  ['torch._utils._rebuild_parameter_with_state', rebuildParameter],
]);

/** Names that a file may call, and what the call amounts to. None of them runs anything of the file. */
const callable: ReadonlyMap<string, Construct> = new Map<string, Construct>([
  ...tensorRebuilders,
  ['torch._tensor._rebuild_from_type_v2', rebuildFromType(tensorRebuilders)],
  ['torch.storage._load_from_bytes', loadFromBytes],
  ['torch.Size', torchSize],
  ['torch.device', plainObject],

  ['torch_utils.persistence._reconstruct_persistent_obj', persistentObject],
  ['dnnlib.util.EasyDict', dictionary],
  ['easydict.EasyDict', dictionary],

  ...inEither(['numpy.core.multiarray', 'numpy._core.multiarray'], { scalar, _reconstruct: emptyArray }),
  ...inEither(['numpy.core.numeric', 'numpy._core.numeric'], { _frombuffer: arrayFromBuffer }),
  ['numpy.dtype', dtype],

  ['collections.OrderedDict', dictionary],
  ['collections.Counter', dictionary],
  ['collections.defaultdict', defaultDictionary],
  ['argparse.Namespace', plainObject],
  ...inEither(['builtins', '__builtin__'], {
    dict: dictionary,
    list,
    tuple: list,
    set,
    frozenset: set,
    bytes: byteString,
    bytearray: byteString,
    complex: plainObject,
    object: plainObject,
  }),
  ['_codecs.encode', encoded],
  ...inEither(['copyreg', 'copy_reg'], { _reconstructor: reconstructed(construct) }),
]);

/** Names that a file may hold as values, but not call. */
const inert: ReadonlySet<string> = new Set([
  ...storageTypes.keys(),
  ...torchDtypes.keys(),
  'torch.Tensor',
  'torch.nn.parameter.Parameter',
  'numpy.ndarray',
  ...['bool', 'int', 'float', 'str', 'long', 'unicode'].flatMap((name) => [`builtins.${name}`, `__builtin__.${name}`]),
]);

/** All names that are known are shorter; a longer one would be joined and compared again each time it is used. */
const MAX_NAME = 200;

/** The layers of PyTorch, such as `torch.nn.modules.container.ModuleList`: plain objects here. */
const torchLayer = /^torch\.nn\.modules\.[a-z_]+\.[A-Z]\w*$/;

/** Pickles of StyleGAN and StyleGAN2 for TensorFlow, and of their forerunner. */
const tensorFlowNetwork = /^(dnnlib\.tflib\.|tfutil\.)/;

/**
 * The class, function or constant of that name, where checkpoints of generators need it.
 *
 * @throws UserError for every other name.
 */
export function findGlobal(moduleName: string, name: string, session: ReadingSession): GlobalName {
  if (moduleName.length + name.length > MAX_NAME) {
    throw unknownName(`${moduleName.slice(0, MAX_NAME)}.${name.slice(0, MAX_NAME)}`, session);
  }
  const fullName = `${moduleName}.${name}`;
  if (tensorFlowNetwork.test(fullName)) {
    throw session.refused('is a network of the TensorFlow era of StyleGAN', 'convert it first with legacy.py of stylegan2-ada-pytorch or stylegan3');
  }
  if (!callable.has(fullName) && !inert.has(fullName) && !torchLayer.test(fullName)) {
    throw unknownName(fullName, session);
  }
  return { kind: 'global', moduleName, name };
}

function unknownName(fullName: string, session: ReadingSession): UserError {
  return session.refused(
    `asks for '${printable(fullName)}', which a generator checkpoint does not need: the file is not opened`,
    "take a checkpoint from the generator's authors, or save its state_dict() alone",
  );
}

/** What calling an allowed name amounts to; a `UserError` for names that are only values, and for arguments that do not fit. */
export function construct(global: GlobalName, args: CheckpointList, session: ReadingSession): CheckpointValue {
  const fullName = `${global.moduleName}.${global.name}`;
  const meaning = callable.get(fullName) ?? (torchLayer.test(fullName) ? plainObject : undefined);
  if (meaning === undefined) {
    throw session.damaged(`'${printable(fullName)}' is called, which is a value`);
  }
  return meaning(args, session, global);
}

/** What BUILD does to each kind of object. */
export function setState(object: CheckpointValue, state: CheckpointValue, session: ReadingSession): void {
  if (isKind(object, 'tensor')) {
    setArrayState(object, state, session);
  } else if (isKind(object, 'dtype')) {
    setDtypeState(object, state, session);
  } else if (isKind(object, 'object')) {
    (object as UnderConstruction).state = state;
  } else if (!isMap(object)) {
    // Attributes of a dictionary, such as the _metadata of a state_dict(), are of no use here.
    throw session.damaged('what is given a state takes none');
  }
}

function inEither(moduleNames: readonly string[], meanings: Readonly<Record<string, Construct>>): [string, Construct][] {
  return moduleNames.flatMap((moduleName) => Object.entries(meanings).map(([name, meaning]): [string, Construct] => [`${moduleName}.${name}`, meaning]));
}
