import type { Dice } from './dice';

/** Changes one to three entries of a JSON text. */
export function mutateJson(bytes: Uint8Array, dice: Dice): Uint8Array {
  const root = JSON.parse(Buffer.from(bytes).toString('utf8')) as object;
  for (let rounds = 1 + dice.below(3); rounds > 0; rounds--) mutateEntry(root, dice);
  return Buffer.from(JSON.stringify(root));
}

function mutateEntry(container: object, dice: Dice): void {
  const entries = container as Record<string, unknown>;
  const keys = Object.keys(entries);
  if (keys.length === 0) return;
  const key = dice.pick(keys);
  const value = entries[key];
  if (typeof value === 'object' && value !== null && dice.chance(0.7)) {
    mutateEntry(value, dice);
    return;
  }
  switch (dice.below(4)) {
    case 0:
      if (Array.isArray(entries)) entries.splice(Number(key), 1);
      else Reflect.deleteProperty(entries, key);
      break;
    case 1: entries[key] = entries[dice.pick(keys)]; break;
    case 2: entries[key] = typeof value === 'number' ? Number(dice.integerNear(BigInt(Math.trunc(value)))) : `${String(value)}x`; break;
    default: entries[key] = dice.pick<() => unknown>([() => null, () => dice.real(), () => Number(dice.integer()), () => [], () => ({}), () => '', () => 'x'.repeat(5000), () => true, () => [[1]]])();
  }
}
