import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { summarizeDirection } from '../../src/extension/workspace/directionSummary';
import { fittingGenerator } from '../../src/extension/workspace/fittingGenerator';
import { summarizeGenerator } from '../../src/extension/workspace/generatorSummary';
import { formatDirection } from '../../src/shared/direction/formatDirection';
import { exampleDirection } from '../support/directions';
import { userErrorOf } from '../support/userErrors';

describe('summarizeGenerator', () => {
  const embedded = readFileSync('models/afhq-cat-64/generator.json', 'utf8');

  it('reads the embedded generator', () => {
    expect(summarizeGenerator(embedded, 'generator.json')).toEqual({
      name: 'afhq-cat-64',
      detail: 'stylegan2, 64 px',
      sha256: '7d7e7e6355b795e2d97a7095028df8d13881e90ab732d2d37ffd8dfa1bc512e0',
      licence: 'CC BY-NC 4.0, see LICENSE',
      dimensions: 128,
      layerCount: 10,
    });
  });

  it('takes the hash of the network where the checkpoint is not known', () => {
    const { sha256 } = JSON.parse(embedded) as { sha256: { synthesis: string } };
    const text = JSON.stringify({ ...(JSON.parse(embedded) as object), sha256: { synthesis: sha256.synthesis } });
    expect(summarizeGenerator(text, 'generator.json').sha256).toBe(sha256.synthesis);
  });

  it.each([
    ['{', 'generator.json:1:2'],
    ['[]', 'generator.json: must be an object'],
    ['{"format": "other"}', '"format"'],
    ['{"format": "resefa-generator", "name": 3, "sha256": {}}', '"name"'],
    ['{"format": "resefa-generator", "name": "a", "architecture": "b", "resolution": "c", "sha256": {}}', '"resolution"'],
    ['{"format": "resefa-generator", "name": "a", "architecture": "b", "resolution": 4, "sha256": {}}', '"sha256.synthesis"'],
  ])('refuses %s', async (text, place) => {
    expect(await userErrorOf(() => summarizeGenerator(text, 'generator.json'))).toContain(place);
  });
});

describe('summarizeDirection', () => {
  it('says space and measured locality', () => {
    const metrics = { seeds: '100-107', alpha: 1, insideMse: 0.02, outsideMse: 0.0016129 };
    const summary = summarizeDirection(formatDirection({ ...exampleDirection, metrics }), 'eyes-1.resefa.json');
    expect(summary).toMatchObject({ name: 'eyes-1', generator: 'cats', detail: 'w, inside/outside 12.4' });
    expect(summary.lines).toContain('space w, layers 2-5');
  });

  it('says the eigenvalue where nothing was measured', () => {
    expect(summarizeDirection(formatDirection(exampleDirection), 'eyes-1.resefa.json').detail).toBe('w, eigenvalue 12.3');
  });

  it('refuses a file that is no direction, with the reason', async () => {
    expect(await userErrorOf(() => summarizeDirection('{"format": "x"}', 'eyes-1.resefa.json'))).toMatch(/^eyes-1.resefa.json: /);
  });
});

describe('fittingGenerator', () => {
  const { sha256 } = exampleDirection.generator;

  it('goes by the hash, in any case of letters', () => {
    const known = [{ name: 'cats', sha256: 'f'.repeat(64) }, { name: 'renamed', sha256: sha256.toUpperCase() }];
    expect(fittingGenerator(exampleDirection, known)).toBe(known[1]);
  });

  it('goes by the name of a bare file only where no hash fits', () => {
    const bare = { name: 'cats' };
    expect(fittingGenerator(exampleDirection, [bare])).toBe(bare);
    const hashed = { name: 'renamed', sha256 };
    expect(fittingGenerator(exampleDirection, [bare, hashed])).toBe(hashed);
  });

  it('finds none among others', () => {
    expect(fittingGenerator(exampleDirection, [{ name: 'cats', sha256: 'f'.repeat(64) }, { name: 'dogs' }])).toBeUndefined();
  });
});
