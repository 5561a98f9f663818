import { describe, expect, it } from 'vitest';
import { benchOptions } from '../../bench/benchOptions';
import { userErrorOf } from '../support/userErrors';

const choices = { subjects: ['small', 'middle'], largeSubjects: ['large'], groups: ['forward', 'solve'] };
const options = (...args: string[]) => benchOptions(args, choices);

describe('benchOptions', () => {
  it('measures everything but the large subjects where nothing is asked for', () => {
    expect(options()).toEqual({ subjects: ['small', 'middle'], groups: ['forward', 'solve'], json: undefined, compare: undefined });
  });

  it('takes the large subjects with --full or by name', () => {
    expect(options('--full').subjects).toEqual(['small', 'middle', 'large']);
    expect(options('large').subjects).toEqual(['large']);
    expect(options('small', '--full').subjects).toEqual(['small', 'large']);
  });

  it('chooses subjects and groups by name, in their own order', () => {
    expect(options('solve', 'middle', 'forward', 'small')).toMatchObject({ subjects: ['small', 'middle'], groups: ['forward', 'solve'] });
    expect(options('solve')).toMatchObject({ subjects: ['small', 'middle'], groups: ['solve'] });
  });

  it('knows its files', () => {
    expect(options('--json', 'new.json', '--compare', 'old.json')).toMatchObject({ json: 'new.json', compare: 'old.json' });
  });

  it.each([
    [['--fast'], 'unknown option "--fast"; expected --full, --json <file> or --compare <file>'],
    [['tiny'], 'there is no subject or group "tiny"; subjects are small, middle, large, groups are forward, solve'],
    [['--json'], '--json needs a file'],
    [['--compare', '--full'], '--compare needs a file'],
  ])('refuses %j', async (args, message) => {
    expect(await userErrorOf(() => benchOptions(args, choices))).toBe(message);
  });
});
