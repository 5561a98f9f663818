import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Dice } from './dice';
import { mutated, subjects } from './subjects';
import type { Subject } from './subjects';

const all = await subjects(fileURLToPath(new URL('../..', import.meta.url)));
const seeds = Array.from({ length: 20 }, (_, seed) => seed);

/** The mutant of a seed as text, to be compared. */
function mutant(subject: Subject, seed: number): string {
  return Object.values(mutated(subject, new Dice(seed), Buffer.from('another file, to take pieces from'))).map((bytes) => Buffer.from(bytes).toString('latin1')).join();
}

describe.each(all.map((subject) => [subject.name, subject] as const))('mutants of %s', (_name, subject) => {
  it('are the same for the same seed, and others for others', () => {
    const first = seeds.map((seed) => mutant(subject, seed));
    expect(seeds.map((seed) => mutant(subject, seed)).every((text, i) => text === first[i])).toBe(true);
    expect(new Set(first).size).toBeGreaterThan(seeds.length / 2);
  });

  it('leave the subject as it is', () => {
    const before = Object.values(subject.files).map((bytes) => Buffer.from(bytes));
    for (const seed of seeds) mutant(subject, seed);
    expect(Object.values(subject.files).every((bytes, i) => before[i]!.equals(bytes))).toBe(true);
  });
});
