import type { ReadingSession } from './readingSession';
import type { CheckpointList, CheckpointMap, CheckpointValue, GlobalName, PersistentObject, PlainObject } from './values';
import { isKind, isList, isMap, isSet } from './values';

/** What calling an allowed name amounts to. */
export type Construct = (args: CheckpointList, session: ReadingSession, global: GlobalName) => CheckpointValue;

/** An object that BUILD may still give its state. */
export type UnderConstruction = { -readonly [K in keyof PlainObject]: PlainObject[K] };

/** `dict()`, `dict(mapping)`, `dict(pairs)`, as any class of dictionaries takes them. */
export function dictionary(args: CheckpointList, session: ReadingSession): CheckpointValue {
  const source = optional(args, session) ?? [];
  if (isMap(source)) {
    session.countObjects(source.size);
    return mapOf(source, session);
  }
  const pairs = members(source, session);
  session.countObjects(pairs.length);
  return mapOf(pairs.map((pair) => keyAndValue(pair, session)), session);
}

/** `defaultdict(factory)`, `defaultdict(factory, mapping)`. */
export function defaultDictionary(args: CheckpointList, session: ReadingSession): CheckpointValue {
  return dictionary(args.slice(1), session);
}

/** `list()`, `list(items)`, and the same for tuples. */
export function list(args: CheckpointList, session: ReadingSession): CheckpointValue {
  const items = members(optional(args, session) ?? [], session);
  session.countObjects(items.length);
  return [...items];
}

/** `set()`, `set(items)`, and the same for frozen sets. */
export function set(args: CheckpointList, session: ReadingSession): CheckpointValue {
  const items = members(optional(args, session) ?? [], session);
  session.countObjects(items.length);
  for (const item of items) {
    session.checkKey(item);
  }
  return new Set(items);
}

/** `bytes()`, `bytes(b)`, `bytearray(b)`, `bytearray(text, 'latin-1')`; never a length to fill. */
export function byteString(args: CheckpointList, session: ReadingSession): CheckpointValue {
  const [source = new Uint8Array()] = args;
  if (source instanceof Uint8Array && args.length < 2) {
    return source;
  }
  return encoded(args, session);
}

/** `_codecs.encode(text, 'latin1')`, as Python writes bytes at protocol 2. */
export function encoded(args: CheckpointList, session: ReadingSession): CheckpointValue {
  const [text, encoding = 'latin1'] = args;
  if (typeof text !== 'string' || typeof encoding !== 'string' || !/^(latin-?1|iso-?8859-1)$/i.test(encoding) || args.length > 2) {
    throw session.damaged('bytes are written in an unknown way');
  }
  return latin1Bytes(text, session);
}

/** The bytes of a text whose characters are bytes; counted as a copy. */
export function latin1Bytes(text: string, session: ReadingSession): Uint8Array {
  // eslint-disable-next-line no-control-regex -- every byte is meant, control characters too
  if (/[^\u0000-\u00ff]/.test(text)) {
    throw session.damaged('a text that stands for bytes has characters that are none');
  }
  session.countCopy(text.length);
  return new Uint8Array(Buffer.from(text, 'latin1'));
}

/** An object of an allowed class, with nothing done to it. */
export function plainObject(args: CheckpointList, _session: ReadingSession, { moduleName, name }: GlobalName): CheckpointValue {
  return { kind: 'object', moduleName, className: name, args, state: null } satisfies PlainObject;
}

/** `copyreg._reconstructor(class, base, state)`, as protocol 2 and older write plain objects. */
export function reconstructed(construct: (global: GlobalName, args: CheckpointList, session: ReadingSession) => CheckpointValue): Construct {
  return (args, session) => {
    const [type, base, state] = args;
    if (args.length !== 3 || !isKind(type, 'global') || !isKind(base, 'global')) {
      throw session.damaged('an object is not rebuilt from its class, its base and its value');
    }
    return construct(type, base.name === 'object' ? [] : [state ?? null], session);
  };
}

/**
 * `torch_utils.persistence._reconstruct_persistent_obj(meta)` of NVlabs' StyleGAN repositories. The source code in
 * `meta.module_src`, which Python would run, is left out.
 */
export function persistentObject(args: CheckpointList, session: ReadingSession): CheckpointValue {
  const [meta] = args;
  const className = isMap(meta) ? meta.get('class_name') : undefined;
  if (!isMap(meta) || args.length !== 1 || meta.get('type') !== 'class' || typeof className !== 'string') {
    throw session.damaged('a persistent object has no class name');
  }
  return { kind: 'persistent', className, state: meta.get('state') ?? null } satisfies PersistentObject;
}

function mapOf(entries: Iterable<readonly [CheckpointValue, CheckpointValue]>, session: ReadingSession): CheckpointMap {
  const map = new Map<CheckpointValue, CheckpointValue>();
  for (const [key, value] of entries) {
    session.checkKey(key);
    map.set(key, value);
  }
  return map;
}

function optional(args: CheckpointList, session: ReadingSession): CheckpointValue | undefined {
  if (args.length > 1) {
    throw session.damaged('a collection is made of more than one');
  }
  return args[0];
}

function members(source: CheckpointValue, session: ReadingSession): readonly CheckpointValue[] {
  if (isSet(source)) {
    return [...source];
  }
  if (!isList(source)) {
    throw session.damaged('a collection is made of what is none');
  }
  return source;
}

function keyAndValue(pair: CheckpointValue, session: ReadingSession): [CheckpointValue, CheckpointValue] {
  if (!isList(pair) || pair.length !== 2) {
    throw session.damaged('a dictionary is made of what are no pairs');
  }
  return [pair[0] ?? null, pair[1] ?? null];
}
