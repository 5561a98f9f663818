import { expect } from 'vitest';
import { readCheckpoint } from '../../src/engine/importers/checkpoint/readCheckpoint';
import { toFloat32 } from '../../src/engine/importers/checkpoint/tensorViews';
import type { CheckpointTensor, CheckpointValue, PersistentObject } from '../../src/engine/importers/checkpoint/values';
import { isKind, isMap } from '../../src/engine/importers/checkpoint/values';
import { UserError } from '../../src/shared/userError';

/** Follows keys and attribute names into maps and the states of objects. */
export function at(value: CheckpointValue | undefined, ...path: readonly string[]): CheckpointValue | undefined {
  return path.reduce<CheckpointValue | undefined>((inner, key) => {
    const map = isKind(inner, 'persistent') || isKind(inner, 'object') ? inner.state : inner;
    return isMap(map) ? map.get(key) : undefined;
  }, value);
}

export function asTensor(value: CheckpointValue | undefined): CheckpointTensor {
  expect(isKind(value, 'tensor')).toBe(true);
  return value as CheckpointTensor;
}

export function asPersistent(value: CheckpointValue | undefined): PersistentObject {
  expect(isKind(value, 'persistent')).toBe(true);
  return value as PersistentObject;
}

/** The elements of a tensor as plain numbers. */
export function elements(value: CheckpointValue | undefined): number[] {
  return [...toFloat32(asTensor(value))];
}

/** The message with which a file is refused; anything but a `UserError` of one line fails the test. */
export function refusal(bytes: Uint8Array, name = 'x.pkl'): string {
  try {
    readCheckpoint(bytes, name);
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    const { message } = error as UserError;
    expect(message).toMatch(/^x\.[a-z]+ [^\n]+[^\n. ]$/);
    return message;
  }
  return 'it was read';
}
