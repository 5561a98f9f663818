import { parseDirection } from '../../src/shared/direction/checkDirection';
import { Dice } from '../fuzz/dice';
import { mutateJson } from '../fuzz/mutateJson';
import { handmadeDirection } from './handmadeDirections';

/** Texts that dice have damaged so that no reader takes them, the same in every run. */
export function damagedDirections(count: number): readonly string[] {
  const texts: string[] = [];
  for (let seed = 0; texts.length < count; seed++) {
    const text = damaged(new Dice(seed));
    if (!isReadable(text)) texts.push(text);
  }
  return texts;
}

/** A handmade direction with entries changed, with pieces cut out or put in, or left as it is. */
export function damaged(dice: Dice): string {
  const { text, value } = handmadeDirection(dice);
  switch (dice.below(5)) {
    case 0: return text.slice(0, dice.below(text.length));
    case 1: {
      const [at, length] = [dice.below(text.length), dice.below(8)];
      return text.slice(0, at) + dice.pick(['', ',', '"', '}', '-', '\n=======\n', '0', '\u0001']) + text.slice(at + length);
    }
    case 2: return disordered(text, dice);
    case 3: return text;
    default: return Buffer.from(mutateJson(Buffer.from(JSON.stringify(value)), dice)).toString('utf8');
  }
}

/** Alpha the wrong way around, and layers backwards or twice. */
function disordered(text: string, dice: Dice): string {
  const layers = text.replace(/("layers"\s*:\s*\[)([^\]]*)/, (_, start: string, list: string) => `${start}${dice.pick([list, list.split(',').reverse().join(','), `${list}, ${list}`])}`);
  return layers.replace(/("alpha"\s*:\s*\[)([^,\]]*),([^\]]*)/, (_, start: string, least: string, most: string) => `${start}${most},${least}`);
}

export function isReadable(text: string): boolean {
  try {
    parseDirection(text, 'damaged');
    return true;
  } catch {
    return false;
  }
}
