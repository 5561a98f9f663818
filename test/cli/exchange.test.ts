import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readNpy } from '../../src/engine/npy';
import { parseDirection } from '../../src/shared/direction/checkDirection';
import { vectorRows } from '../../src/shared/direction/directionFile';
import type { DirectionFile } from '../../src/shared/direction/directionFile';
import { formatDirection } from '../../src/shared/direction/formatDirection';
import { fixtures, npyOf, runCli, useOwnFolder } from './commandLine';

const cat = 'afhq-cat-64';

useOwnFolder('resefa-exchange-', async () => {
  await ok('discover', cat, '--region', 'eyes', '--preset', 'draft', '--count', '3', '--out', 'w');
  await ok('discover', cat, '--region', 'mouth', '--preset', 'draft', '--count', '1', '--space', 'w+', '--layers', '6-9', '--out', 'plus');
  await ok('import', join(fixtures, 'stylegan2-nvlabs', 'generator.pkl'), '--out', 'g');
}, 120_000);

/** Runs a command that must succeed, and answers with what it printed. */
async function ok(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runCli(...args);
  expect({ code, mistakes: stderr.split('\n').filter((line) => line.startsWith('resefa')) }).toEqual({ code: 0, mistakes: [] });
  return stdout;
}

/** Reads a direction file, which must be canonical. */
function directionAt(path: string): DirectionFile {
  const text = readFileSync(path, 'utf8');
  const direction = parseDirection(text, path);
  expect(formatDirection(direction)).toBe(text);
  return direction;
}

const cosineIn = (told: string) => Number(/\|cos\| (\d\.\d{6})/.exec(told)?.[1]);

describe('rediscover', () => {
  it('finds a direction of an embedded generator again, and writes the same bytes', async () => {
    const told = await ok('rediscover', 'w/eyes-2.resefa.json', '--out', 'again.resefa.json', '--threads', '1');
    expect(told).toMatch(/^eyes-2: \|cos\| 1\.000000 to what is found now at rank 2, /);
    expect(told).toMatch(/^ +then +now$/m);
    expect(told).toMatch(/^eigenvalue +([\d.]+) +\1$/m);
    expect(told).toMatch(/\nwrote again\.resefa\.json\n$/);
    expect(directionAt('again.resefa.json')).toMatchObject({ name: 'eyes-2', discovery: { seeds: '0-1', rank: 2 } });
    const again = await ok('rediscover', 'again.resefa.json', '--out', 'twice.resefa.json', '--threads', '1');
    expect(again).toMatch(/rank 2, identical\n/);
    expect(readFileSync('twice.resefa.json', 'utf8')).toBe(readFileSync('again.resefa.json', 'utf8'));
  });

  it('finds one in w+, ranked by locality, and one of a generator that is given', async () => {
    expect(cosineIn(await ok('rediscover', 'plus/mouth-1.resefa.json'))).toBeGreaterThan(0.9999);
    await ok('discover', 'g', '--region', '0.2,0.2,0.5,0.4', '--preset', 'official', '--rank-by', 'locality', '--count', '2', '--psi', '0.8', '--tau', '0.01', '--out', 'local');
    const direction = directionAt('local/region-1.resefa.json');
    expect(direction.discovery).toMatchObject({ rankedBy: 'locality', truncation: 0.8, preset: 'official' });
    const told = await ok('rediscover', 'local/region-1.resefa.json', '--generator', 'g', '--memory', '64');
    expect(cosineIn(told)).toBeGreaterThan(0.9999);
    expect(told).toContain(`at rank ${direction.discovery!.rank},`);
  });

  it('says in words that a direction edited by hand is another one, which is no failure', async () => {
    const direction = directionAt('w/eyes-1.resefa.json');
    writeFileSync('edited.resefa.json', formatDirection({ ...direction, name: 'edited', latent: { ...direction.latent, layers: [2] }, discovery: { ...direction.discovery!, eigenvalue: 1 }, edit: { alpha: [-2, 2] } }));
    const told = await ok('rediscover', 'edited.resefa.json', '--out', 'mended.resefa.json');
    expect(cosineIn(told)).toBeLessThan(0.95);
    expect(told).toMatch(/^edited: .*(rotated \d+ degrees|unrelated directions)/);
    expect(told).toMatch(/^eigenvalue +1 +[\d.]+$/m);
    expect(directionAt('mended.resefa.json')).toMatchObject({ name: 'edited', latent: { layers: [2] }, edit: { alpha: [-2, 2] } });
  });
});

describe('import-directions and export-directions', () => {
  it('go round: the vectors are the same to the last digit', async () => {
    expect(await ok('export-directions', 'w/eyes-1.resefa.json', 'w/eyes-2.resefa.json', '--out', 'eyes.npy')).toBe('wrote eyes.npy [2, 128]: 2 directions; the array does not tell the layers (2-9)\n');
    const told = await ok('import-directions', 'eyes.npy', '--generator', cat, '--region', 'eyes', '--out', 'again');
    expect(told).toMatch(/^eyes-1 +w +2-9 +-\d+ to \d+ +[\d.]+$/m);
    expect(told).toMatch(/^wrote 2 files to again$/m);
    for (const name of ['eyes-1', 'eyes-2']) {
      const [before, after] = [directionAt(`w/${name}.resefa.json`), directionAt(`again/${name}.resefa.json`)];
      expect(after.vector).toEqual(before.vector);
      expect({ version: after.version, latent: after.latent, region: after.region, edit: after.edit }).toEqual({ version: 2, latent: before.latent, region: before.region, edit: before.edit });
      expect(after.metrics!.insideMse / after.metrics!.outsideMse).toBeCloseTo(before.metrics!.insideMse / before.metrics!.outsideMse, 1);
    }
  });

  it('take w and w+ together', async () => {
    expect(await ok('export-directions', 'w/eyes-1.resefa.json', 'plus/mouth-1.resefa.json', '--out', 'both.npy')).toBe('wrote both.npy [2, 10, 128]: 2 directions\n');
    const { dims, data } = readNpy(readFileSync('both.npy'), 'both.npy');
    expect(dims).toEqual([2, 10, 128]);
    const mouth = directionAt('plus/mouth-1.resefa.json');
    expect(Array.from(data.subarray(16 * 128))).toEqual(Array.from(Float32Array.from(vectorRows(mouth).flat())));
    await ok('import-directions', 'both.npy', '--generator', cat, '--rows', '1', '--name', 'mouth', '--out', 'parts');
    await ok('import-directions', 'both.npy', '--generator', cat, '--rows', '0', '--space', 'w', '--out', 'parts');
    expect(readdirSync('parts').sort()).toEqual(['both-1.resefa.json', 'mouth-2.resefa.json']);
    expect(directionAt('parts/mouth-2.resefa.json')).toMatchObject({ latent: mouth.latent, vector: mouth.vector });
    expect(directionAt('parts/both-1.resefa.json')).toMatchObject({ latent: { space: 'w', layers: [2, 3, 4, 5, 6, 7, 8, 9] }, vector: directionAt('w/eyes-1.resefa.json').vector });
  });

  it('scale the range by the norm, and give files that edits take', async () => {
    writeFileSync('long name!.npy', npyOf([1, 32], (index) => 4 * Math.cos(index)));
    await ok('import-directions', 'long name!.npy', '--generator', 'g', '--layers', '4,5', '--out', 'long');
    const [file] = readdirSync('long') as [string];
    expect(file).toBe('long-name-1.resefa.json');
    const { edit, latent } = directionAt(join('long', file));
    const norm = Math.hypot(...Array.from({ length: 32 }, (_, index) => Math.fround(4 * Math.cos(index))));
    expect(edit.alpha[1]).toBeCloseTo(3 * norm, 3);
    expect(latent.layers).toEqual([4, 5]);
    await ok('edit', 'g', join('long', file), '--seeds', '0', '--out', 'long.png');
  });

  it('says that rows may be layers', async () => {
    writeFileSync('rows.npy', npyOf([8, 32]));
    expect(await ok('import-directions', 'rows.npy', '--generator', 'g', '--out', 'rows')).toContain('note: rows.npy has as many rows as g has layers; --space w+ reads it as one direction\n');
    expect(await ok('import-directions', 'rows.npy', '--generator', 'g', '--space', 'w+', '--out', 'one')).not.toContain('note');
    expect(readdirSync('one')).toEqual(['rows-1.resefa.json']);
  });
});

describe('compose', () => {
  it('writes the weighted sum, whose edits are the sum of the edits', async () => {
    const told = await ok('compose', 'w/eyes-1.resefa.json', 'w/eyes-2.resefa.json', '--weights', '1,-0.5', '--out', 'sum.resefa.json');
    expect(told).toMatch(/^wrote sum\.resefa\.json: eyes-1 - 0\.5 eyes-2, w, layers 2-9, alpha -?[\d.]+ to [\d.]+\n$/);
    const [a, b, sum] = ['w/eyes-1', 'w/eyes-2', 'sum'].map((name) => vectorRows(directionAt(`${name}.resefa.json`))[0]!) as [number[], number[], number[]];
    const expected = a.map((value, i) => value - 0.5 * b[i]!);
    const scale = Math.hypot(...expected) * Math.sign(expected.reduce((total, value, i) => total + value * sum[i]!, 0));
    expect(sum).toEqual(expected.map((value) => expect.closeTo(value / scale, 5) as number));
  });

  it('with Gram-Schmidt, over the layers of both', async () => {
    await ok('compose', 'w/eyes-1.resefa.json', 'plus/mouth-1.resefa.json', '--weights', '0,1', '--orthogonal', '--name', 'mouth without eyes', '--out', 'rest.resefa.json');
    const rest = directionAt('rest.resefa.json');
    expect(rest).toMatchObject({ name: 'mouth without eyes', latent: { space: 'w+', layers: [2, 3, 4, 5, 6, 7, 8, 9] }, source: { kind: 'composition', orthogonal: true } });
    expect(rest.region).toEqual(directionAt('plus/mouth-1.resefa.json').region);
    const eyes = vectorRows(directionAt('w/eyes-1.resefa.json')).flat();
    expect(vectorRows(rest).flat().reduce((sum, value, i) => sum + value * eyes[i]!, 0)).toBeCloseTo(0, 4);
    await ok('edit', cat, 'rest.resefa.json', '--seeds', '0', '--out', 'rest.png');
  });
});
