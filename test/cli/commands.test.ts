import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../src/engine/onnx/graphBuilder';
import { modelBytes } from '../../src/engine/onnx/modelFile';
import { readNpy } from '../../src/engine/npy';
import { parseDirection } from '../../src/shared/direction/checkDirection';
import { vectorRows } from '../../src/shared/direction/directionFile';
import { formatDirection } from '../../src/shared/direction/formatDirection';
import type { DirectionFile } from '../../src/shared/direction/directionFile';
import { differenceOf } from '../support/differences';
import { stylegan2Checkpoint } from '../support/stylegan2Checkpoint';
import { bundle, fixtures, npyOf, plainEnvironment, runCli, snapshot, useOwnFolder } from './commandLine';

const nvlabs = join(fixtures, 'stylegan2-nvlabs');
const official = join(fixtures, 'official-directions');

/** The commands run in a folder of their own. */
const own = useOwnFolder('resefa-commands-', async () => {
  await ok('import', join(nvlabs, 'generator.pkl'), '--out', 'g');
  await ok('discover', 'afhq-cat-64', '--region', 'eyes', '--preset', 'draft', '--count', '3', '--out', 'w');
  await ok('discover', 'afhq-cat-64', '--region', 'eyes', '--preset', 'draft', '--count', '1', '--space', 'w+', '--out', 'wplus');
}, 120_000);

/** Runs a command that must succeed, and answers with what it printed. */
async function ok(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runCli(...args);
  expect({ code, mistakes: stderr.split('\n').filter((line) => line.startsWith('resefa')) }).toEqual({ code: 0, mistakes: [] });
  return stdout;
}

const arrayAt = (path: string) => readNpy(readFileSync(path), path);
const namesIn = (path: string) => readdirSync(path).sort();

/** Reads a direction file, which must be canonical. */
function directionAt(path: string): DirectionFile {
  const text = readFileSync(path, 'utf8');
  const direction = parseDirection(text, path);
  expect(formatDirection(direction)).toBe(text);
  return direction;
}

function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const dot = (x: ArrayLike<number>, y: ArrayLike<number>) => Array.from(x).reduce((sum, value, i) => sum + value * y[i]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

const locality = ({ metrics }: DirectionFile) => metrics!.insideMse / metrics!.outsideMse;

describe('help', () => {
  it('lists the commands', async () => {
    const help = await ok('--help');
    expect(help).toMatch(/^Usage: resefa/);
    for (const command of ['import', 'info', 'synthesize', 'discover', 'edit', 'report', 'compare', 'rediscover', 'compose', 'import-directions', 'export-directions', 'jvp', 'solve', 'demo']) expect(help).toMatch(new RegExp(`^ {2}${command} `, 'm'));
  });

  it.each(['import', 'info', 'synthesize', 'discover', 'edit', 'report', 'compare', 'rediscover', 'compose', 'import-directions', 'export-directions', 'jvp', 'solve', 'demo'])('explains %s', async (command) => {
    expect(await ok(command, '--help')).toMatch(new RegExp(`^Usage: resefa ${command} `));
    expect(await ok(command, '-h')).toMatch(new RegExp(`^Usage: resefa ${command} `));
  });
});

describe('import', () => {
  it('keeps name, licence and regions, and writes the same bytes again', async () => {
    writeFileSync('regions.json', '{ "middle": { "shape": "ellipse", "x": 0.25, "y": 0.25, "width": 0.5, "height": 0.5 } }');
    const args = ['import', join(nvlabs, 'generator.pkl'), '--name', 'noise', '--licence', 'MIT', '--regions', 'regions.json', '--out'] as const;
    expect(await ok(...args, 'named')).toMatch(/found NVlabs StyleGAN2 generator, 32 px, 8 layers, w of 32\nwrote named/);
    expect(namesIn('named')).toEqual(['generator.json', 'mapping.onnx', 'synthesis.onnx']);
    const before = snapshot('named');
    await ok(...args, 'named');
    expect(snapshot('named')).toEqual(before);
    const told = await ok('info', 'named');
    expect(told).toMatch(/^name +noise$/m);
    expect(told).toMatch(/^licence +MIT$/m);
    expect(told).toMatch(/^ {2}middle +ellipse 0.25,0.25 0.5x0.5$/m);
  });

  it('makes a generator that info describes', async () => {
    const told = await ok('info', 'g');
    expect(told).toMatch(/^name +g$/m);
    expect(told).toMatch(/^family +StyleGAN2\narchitecture +stylegan2\nimage +32 px, 3 channels$/m);
    expect(told).toMatch(/^latent +z of 32, w of 32, 8 layers, truncation average known$/m);
    expect(told).toMatch(/^sha256 +[0-9a-f]{64}$/m);
    expect(told.match(/^ {2} ?\d+ +\d+ px {2}b\d+\.\w+$/gm)).toHaveLength(8);
  });
});

describe('synthesize', () => {
  it.each([
    [[], 'ws.npy', 'image.npy'],
    [['--psi', '0.7'], 'ws_psi0.7.npy', 'image_psi0.7.npy'],
  ])('makes the pictures that PyTorch makes (%j)', async (options, ws, image) => {
    const out = `images${options.join('')}`;
    expect(await ok('synthesize', 'g', '--seeds', '0-3', ...options, '--npy', '--out', out)).toBe(`wrote 6 files to ${out}\n`);
    expect(namesIn(out)).toEqual(['image.npy', 'seed0000.png', 'seed0001.png', 'seed0002.png', 'seed0003.png', 'ws.npy']);
    expect(arrayAt(join(out, 'ws.npy')).dims).toEqual([4, 8, 32]);
    expect(arrayAt(join(out, 'image.npy')).dims).toEqual([4, 3, 32, 32]);
    expect(differenceOf(arrayAt(join(out, 'ws.npy')).data, arrayAt(join(nvlabs, ws)).data).largest).toBeLessThan(1e-5);
    expect(differenceOf(arrayAt(join(out, 'image.npy')).data, arrayAt(join(nvlabs, image)).data).relative).toBeLessThan(2e-5);
  });

  it('saves pictures of the native range', async () => {
    await ok('synthesize', 'g', '--seeds', '2', '--npy', '--out', 'one');
    const { data } = arrayAt('one/image.npy');
    const { data: pixels, info } = await sharp('one/seed0002.png').removeAlpha().raw().toBuffer({ resolveWithObject: true });
    expect(info).toMatchObject({ width: 32, height: 32, channels: 3 });
    const expected = Array.from({ length: pixels.length }, (_, i) => Math.min(255, Math.max(0, (data[(i % 3) * 1024 + Math.floor(i / 3)]! + 1) * 127.5)));
    expect(differenceOf(pixels, expected).largest).toBeLessThan(0.51);
  });

  it('takes latent codes', async () => {
    await ok('synthesize', 'g', '--ws', join(nvlabs, 'ws.npy'), '--npy', '--out', 'codes');
    expect(namesIn('codes').filter((name) => name.endsWith('.png'))).toEqual(['ws0000.png', 'ws0001.png', 'ws0002.png', 'ws0003.png']);
    expect(readFileSync('codes/ws.npy').equals(readFileSync(join(nvlabs, 'ws.npy')))).toBe(true);
    expect(differenceOf(arrayAt('codes/image.npy').data, arrayAt(join(nvlabs, 'image.npy')).data).relative).toBeLessThan(2e-5);
  });

  it('takes another output', async () => {
    await ok('synthesize', 'g', '--seeds', '0', '--output', 'image_16', '--out', 'skip');
    expect(await sharp('skip/seed0000.png').metadata()).toMatchObject({ format: 'png', width: 16, height: 16 });
  });

  it('draws classes', async () => {
    writeFileSync('classes.pkl', stylegan2Checkpoint({ resolution: 8, zDim: 8, cDim: 3, wDim: 8, mappingLayers: 1, channelBase: 32, channelMax: 4, numFp16Res: 0, seed: 1 }));
    await ok('import', 'classes.pkl', '--out', 'classes');
    expect(await ok('info', 'classes')).toMatch(/3 classes/);
    for (const label of ['0', '2']) await ok('synthesize', 'classes', '--seeds', '5', '--class', label, '--npy', '--out', `class${label}`);
    expect(differenceOf(arrayAt('class0/ws.npy').data, arrayAt('class2/ws.npy').data).relative).toBeGreaterThan(0.01);
    await ok('discover', 'classes', '--class', '1', '--region', '0,0,0.5,0.5', '--preset', 'draft', '--count', '1', '--out', 'class-directions');
    await ok('edit', 'classes', 'class-directions/region-1.resefa.json', '--class', '1', '--out', 'class.png');
  });
});

describe('importing the same checkpoint again', () => {
  it('keeps the regions, licence and edited layers that were written by hand, and the bytes', async () => {
    await ok('import', join(nvlabs, 'generator.pkl'), '--out', 'twice', '--licence', 'mine');
    const path = join('twice', 'generator.json');
    const edited = readFileSync(path, 'utf8').replace('"edit_layers": [2, 3, 4, 5, 6, 7],', '"edit_layers": [3, 4],\n  "regions": {\n    "top": { "shape": "box", "x": 0, "y": 0, "width": 1, "height": 0.5 }\n  },');
    writeFileSync(path, edited);
    await ok('import', join(nvlabs, 'generator.pkl'), '--out', 'twice');
    expect(readFileSync(path, 'utf8')).toBe(edited);
  });

  it('never replaces the generator of another checkpoint', async () => {
    const before = snapshot('twice');
    writeFileSync('other.pkl', stylegan2Checkpoint({ resolution: 8, wDim: 8, zDim: 8, channelBase: 64, channelMax: 8, mappingLayers: 1 }));
    const { code, stderr } = await runCli('import', 'other.pkl', '--out', 'twice');
    expect(code).toBe(2);
    expect(stderr).toMatch(/^resefa: the folder holds the generator "twice" of another checkpoint than other.pkl: import into another folder/);
    expect(snapshot('twice')).toEqual(before);
  });
});

describe('a generator with four channels', () => {
  it('is imported, and its first three are shown', async () => {
    writeFileSync('rgba.pkl', stylegan2Checkpoint({ resolution: 8, wDim: 8, zDim: 8, channelBase: 64, channelMax: 8, mappingLayers: 1, imgChannels: 4 }));
    await ok('import', 'rgba.pkl', '--out', 'rgba');
    await ok('synthesize', 'rgba', '--seeds', '0,1', '--npy', '--out', 'rgba-samples');
    expect(arrayAt('rgba-samples/image.npy').dims).toEqual([2, 4, 8, 8]);
    expect(namesIn('rgba-samples')).toEqual(['image.npy', 'seed0000.png', 'seed0001.png', 'ws.npy']);
    await ok('discover', 'rgba', '--region', '0,0,0.5,0.5', '--preset', 'draft', '--count', '1', '--out', 'rgba-directions');
    await ok('synthesize', 'rgba', '--seeds', '0', '--output', 'image_4', '--out', 'rgba-previews');
    expect(namesIn('rgba-previews')).toEqual(['seed0000.png']);
  });
});

describe('jvp', () => {
  const expected = arrayAt(join(nvlabs, 'jvp.npy'));

  it.each([
    ['a seed', ['--seed', '0'], 1e-4],
    ['a latent code', ['--ws', 'first.npy'], 1e-4],
    ['the first of several latent codes', ['--ws', join(nvlabs, 'ws.npy')], 1e-4],
    ['a seed, by central differences', ['--seed', '0', '--central'], 1e-2],
  ])('multiplies as PyTorch does, at %s', async (_, sample, tolerance) => {
    writeFileSync('first.npy', npyOf([1, 8, 32], (index) => arrayAt(join(nvlabs, 'ws.npy')).data[index]!));
    expect(await ok('jvp', 'g', ...sample, '--tangents', join(nvlabs, 'tangents.npy'), '--out', 'jvp.npy')).toBe('wrote jvp.npy [6, 3, 32, 32]\n');
    const products = arrayAt('jvp.npy');
    expect(products.dims).toEqual(expected.dims);
    expect(differenceOf(products.data, expected.data).mean).toBeLessThan(tolerance);
  });
});

describe('a generator of one file', () => {
  // A linear network through an operator that has no tangent rule: its Jacobian is known.
  const weights = Float32Array.from({ length: 4 * 48 }, (_, i) => Math.sin(i * i + 1));

  beforeAll(() => {
    const g = new GraphBuilder();
    const flat = g.node('MatMul', [g.input('z', ['N', 4]), g.weight('weight', weights, [4, 48])]);
    // The determinant of one number is that number.
    const same = g.node('Det', [g.node('Reshape', [flat, g.ints([-1, 48, 1, 1])])]);
    g.output('image', g.node('Reshape', [same, g.ints([-1, 3, 4, 4])]), ['N', 3, 4, 4]);
    writeFileSync('linear.onnx', modelBytes(g.build('linear')));
  });

  it('falls back to central differences, and says so', async () => {
    writeFileSync('unit.npy', npyOf([1, 4], (index) => (index === 2 ? 1 : 0)));
    const { code, stderr } = await runCli('jvp', 'linear.onnx', '--seed', '3', '--tangents', 'unit.npy', '--out', 'linear.npy');
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/^note: no tangent rule for Det \(node [^)]+\); using central differences instead\n$/) as string });
    expect(differenceOf(arrayAt('linear.npy').data, weights.subarray(96, 144)).relative).toBeLessThan(1e-3);
  });

  it('takes discoveries and edits', async () => {
    const { code, stderr } = await runCli('discover', 'linear.onnx', '--region', '0,0,0.5,0.5', '--seeds', '0', '--count', '2', '--out', 'linear');
    expect(code).toBe(0);
    expect(stderr).toMatch(/^note: no tangent rule for Det/);
    expect(directionAt('linear/region-1.resefa.json')).toMatchObject({ generator: { name: 'linear', architecture: 'onnx' }, discovery: { jacobian: 'central' }, latent: { dimensions: 4, layers: [0] } });
    await ok('edit', 'linear.onnx', 'linear/region-1.resefa.json', 'linear/region-2.resefa.json', '--out', 'linear.png');
  });
});

describe('discover', () => {
  it('writes canonical files and a table', async () => {
    const out = await ok('discover', 'afhq-cat-64', '--region', 'Left_Eye', '--preset', 'draft', '--seeds', '3,5', '--count', '2', '--out', 'eye');
    expect(out).toMatch(/^afhq-cat-64: left-eye, ellipse 0.25,0.45 0.2x0.14, layers 2-9, w, preset draft, seeds 3,5\n/);
    expect(out).toMatch(/\nleft-eye-1 .*\nleft-eye-2 .*\nwrote 2 files to eye\n$/);
    expect(namesIn('eye')).toEqual(['left-eye-1.resefa.json', 'left-eye-2.resefa.json']);
    const [first, second] = namesIn('eye').map((name) => directionAt(join('eye', name)));
    expect(first).toMatchObject({ name: 'left-eye-1', latent: { space: 'w', dimensions: 128, layers: [2, 3, 4, 5, 6, 7, 8, 9] }, discovery: { seeds: '3,5', preset: 'draft', rank: 1 } });
    expect(second!.discovery!.eigenvalue).toBeLessThan(first!.discovery!.eigenvalue);
    expect(first!.metrics!.insideMse).toBeCloseTo(0.02, 3);
  });

  it('says which files of an earlier discovery stayed', async () => {
    const discover = (count: string) => ok('discover', 'g', '--region', '0.2,0.4,0.6,0.15', '--preset', 'draft', '--count', count, '--out', 'rerun');
    expect(await discover('3')).not.toContain('note');
    expect(await discover('2')).toMatch(/\nnote: 1 file of an earlier discovery called region stayed there: region-3.resefa.json\n$/);
  });

  it('measures on samples that took no part', async () => {
    await ok('discover', 'g', '--region', '0.2,0.4,0.6,0.15', '--preset', 'draft', '--seeds', '98-101', '--count', '1', '--out', 'apart');
    expect(directionAt('apart/region-1.resefa.json')).toMatchObject({ discovery: { seeds: '98-101' }, metrics: { seeds: '102-109' } });
  });

  it('names its files after the region of a direction file', async () => {
    await ok('discover', 'g', '--region', 'apart/region-1.resefa.json', '--name', 'nose', '--preset', 'draft', '--count', '1', '--out', 'named-after');
    await ok('discover', 'g', '--region', 'named-after/nose-1.resefa.json', '--preset', 'draft', '--count', '1', '--out', 'named-after/more');
    expect(namesIn('named-after/more')).toEqual(['nose-1.resefa.json']);
  });

  it('writes the same bytes again, whatever the file of the region', async () => {
    const before = snapshot('w');
    await ok('discover', 'afhq-cat-64', '--region', 'eyes', '--preset', 'draft', '--count', '3', '--out', 'w');
    expect(snapshot('w')).toEqual(before);
    await ok('discover', 'afhq-cat-64', '--region', 'w/eyes-1.resefa.json', '--name', 'eyes', '--preset', 'draft', '--count', '3', '--out', 'again');
    expect([...snapshot('again').values()]).toEqual([...before.values()]);
  });

  it('finds one vector for each layer in w+', () => {
    const { latent, vector } = directionAt('wplus/eyes-1.resefa.json');
    expect(latent.space).toBe('w+');
    expect(vector).toHaveLength(8);
    expect((vector as number[][]).every((row) => row.length === 128)).toBe(true);
    expect(Math.hypot(...(vector as number[][]).flat())).toBeCloseTo(1, 4);
  });

  it.each([
    ['box:0.2,0.2,0.3,0.4', { shape: 'box', x: 0.2, y: 0.2, width: 0.3, height: 0.4 }],
    ['ellipse:0.1,0.2,0.5,0.5', { shape: 'ellipse', x: 0.1, y: 0.2, width: 0.5, height: 0.5 }],
    ['polygon:0.1,0.1,0.9,0.1,0.5,0.6', { shape: 'polygon', points: [[0.1, 0.1], [0.9, 0.1], [0.5, 0.6]] }],
    ['mask.json', { shape: 'mask', width: 4, height: 4, rows: ['', '1+2', '1+2', ''] }],
  ])('takes the region %s', async (text, region) => {
    writeFileSync('mask.json', '{ "shape": "mask", "width": 4, "height": 4, "rows": ["", "1+2", "1+2", ""] }');
    await ok('discover', 'g', '--region', text, '--name', 'shape', '--preset', 'draft', '--count', '1', '--layers', '3-5', '--out', 'shape');
    expect(directionAt('shape/shape-1.resefa.json')).toMatchObject({ region, latent: { layers: [3, 4, 5] } });
  });

  it('ranks by measured locality, and writes strips', async () => {
    await ok('discover', 'g', '--region', '0.2,0.3,0.5,0.2', '--preset', 'draft', '--rank-by', 'locality', '--count', '6', '--strips', '--out', 'ranked');
    expect(namesIn('ranked').filter((name) => name.endsWith('.png'))).toHaveLength(6);
    const directions = namesIn('ranked').filter((name) => name.endsWith('.json')).map((name) => directionAt(join('ranked', name)));
    expect(directions).toHaveLength(6);
    expect(directions.every(({ discovery }) => discovery!.rankedBy === 'locality')).toBe(true);
    const localities = directions.map(locality);
    expect(localities).toEqual([...localities].sort((a, b) => b - a));
    const eigenvalues = directions.map(({ discovery }) => discovery!.eigenvalue);
    expect(eigenvalues).not.toEqual([...eigenvalues].sort((a, b) => b - a));
    expect((await sharp('ranked/region-1.png').metadata()).format).toBe('png');
  });

  it('agrees with central differences', async () => {
    await ok('discover', 'afhq-cat-64', '--region', 'eyes', '--preset', 'draft', '--jacobian', 'central', '--count', '1', '--out', 'central');
    const [forward, central] = [directionAt('w/eyes-1.resefa.json'), directionAt('central/eyes-1.resefa.json')];
    expect(central.discovery!.jacobian).toBe('central');
    expect(Math.abs(cosine(vectorRows(forward).flat(), vectorRows(central).flat()))).toBeGreaterThan(0.999);
  });

  it('takes the settings of a preset', async () => {
    await ok('discover', 'g', '--region', '0.2,0.3,0.5,0.2', '--preset', 'official', '--count', '1', '--out', 'authors');
    expect(directionAt('authors/region-1.resefa.json')).toMatchObject({ discovery: { seeds: '0', preset: 'official', tau: 0, truncation: 1 } });
    await ok('discover', 'g', '--region', '0.2,0.3,0.5,0.2', '--seeds', '0', '--tau', '0.01', '--psi', '0.5', '--count', '1', '--out', 'own');
    expect(directionAt('own/region-1.resefa.json')).toMatchObject({ discovery: { seeds: '0', preset: 'standard', tau: 0.01, truncation: 0.5 } });
  });
});

describe('report', () => {
  it('is one HTML file', async () => {
    expect(await ok('report', 'afhq-cat-64', 'w/eyes-1.resefa.json', 'wplus/eyes-1.resefa.json', '--seeds', '0', '--out', 'report.html')).toMatch(/^wrote report.html: 2 directions of afhq-cat-64, 0\.\d MB\n$/);
    expect(readFileSync('report.html', 'utf8')).toMatch(/^<!DOCTYPE html>/);
  });

  it('has the command line that finds the directions again, to the last byte', async () => {
    await ok('report', 'afhq-cat-64', 'w/eyes-1.resefa.json', 'w/eyes-3.resefa.json', '--seeds', '0', '--out', 'again.html');
    const [, command] = /<pre><code>resefa ([^<]*) --out directions<\/code>/.exec(readFileSync('again.html', 'utf8'))!;
    await ok(...command!.split(' '), '--out', 'again');
    for (const name of ['eyes-1', 'eyes-2', 'eyes-3']) expect(readFileSync(`again/${name}.resefa.json`, 'utf8')).toBe(readFileSync(`w/${name}.resefa.json`, 'utf8'));
  });
});

describe('edit', () => {
  const sizeOf = async (path: string) => {
    const { format, width, height, pages = 1 } = await sharp(path).metadata();
    return { format, width, height, pages };
  };

  it('draws a strip', async () => {
    expect(await ok('edit', 'afhq-cat-64', 'w/eyes-1.resefa.json', '--seeds', '0-1', '--out', 'strip.png')).toBe('wrote strip.png: eyes-1 on 2 samples at 7 alphas\n');
    const { format, width, height } = await sizeOf('strip.png');
    expect(format).toBe('png');
    // Seven columns and two rows of pictures of 128 px.
    expect([Math.floor(width / 128), Math.floor(height / 128)]).toEqual([7, 2]);
  });

  it.each(['gif', 'webp'])('animates as %s, there and back', async (format) => {
    await ok('edit', 'afhq-cat-64', 'w/eyes-1.resefa.json', '--seeds', '0', '--alpha', '-2:2:5', '--out', `sweep.${format}`);
    expect(await sizeOf(`sweep.${format}`)).toMatchObject({ format, pages: 8 });
  });

  it('gives each direction rows of its own, or adds them up', async () => {
    const directions = ['w/eyes-1.resefa.json', 'w/eyes-2.resefa.json', 'wplus/eyes-1.resefa.json'];
    await ok('edit', 'afhq-cat-64', ...directions, '--seeds', '0-1', '--alpha', '-1,0,1', '--out', 'rows.png');
    await ok('edit', 'afhq-cat-64', ...directions, '--seeds', '0-1', '--alpha', '-1,0,1', '--together', '--out', 'together.png');
    const [rows, together] = [await sizeOf('rows.png'), await sizeOf('together.png')];
    expect([Math.floor(rows.height / 128), Math.floor(together.height / 128)]).toEqual([6, 2]);
  });

  it('shows directions side by side as a grid, one or both ways', async () => {
    const directions = ['w/eyes-1.resefa.json', 'w/eyes-2.resefa.json'];
    await ok('edit', 'afhq-cat-64', ...directions, '--seeds', '0-2', '--grid', '--size', '64', '--out', 'grid.png');
    await ok('edit', 'afhq-cat-64', ...directions, '--seeds', '0-2', '--grid', '--both', '--size', '64', '--out', 'both.webp');
    const [one, both] = [await sizeOf('grid.png'), await sizeOf('both.webp')];
    expect([one.format, both.format]).toEqual(['png', 'webp']);
    // The unedited picture and one column for each direction, or two.
    expect(one.width).toBeGreaterThan(3 * 64);
    expect(both.width - one.width).toBeGreaterThanOrEqual(2 * 64);
  });

  it('times an animation as it is told', async () => {
    await ok('edit', 'afhq-cat-64', 'w/eyes-1.resefa.json', '--seeds', '0', '--alpha', '-2:2:5', '--fps', '20', '--loop', '3', '--jump', '--size', '64', '--out', 'timed.gif');
    const { pages, delay, width } = await sharp('timed.gif').metadata();
    expect({ pages, delay, width }).toEqual({ pages: 5, delay: Array.from({ length: 5 }, () => 50), width: 64 });
  });

  it('edits latent codes of an array as it edits the samples that they are of', async () => {
    await ok('synthesize', 'afhq-cat-64', '--seeds', '0-1', '--psi', '0.7', '--npy', '--out', 'codes');
    await ok('edit', 'afhq-cat-64', 'w/eyes-1.resefa.json', '--ws', 'codes/ws.npy', '--alpha', '-2:2:5', '--size', '64', '--out', 'of-codes.gif');
    await ok('edit', 'afhq-cat-64', 'w/eyes-1.resefa.json', '--seeds', '0-1', '--alpha', '-2:2:5', '--size', '64', '--out', 'of-seeds.gif');
    expect(readFileSync('of-codes.gif').equals(readFileSync('of-seeds.gif'))).toBe(true);
  });

  it('edits the layers that are asked for', async () => {
    const draw = async (name: string, direction: string, ...layers: readonly string[]) => {
      await ok('edit', 'afhq-cat-64', direction, '--seeds', '0', '--alpha', '3', ...layers, '--out', name);
      return readFileSync(name);
    };
    const own = await draw('own.png', 'w/eyes-1.resefa.json');
    expect((await draw('same.png', 'w/eyes-1.resefa.json', '--layers', '2-9')).equals(own)).toBe(true);
    expect((await draw('fine.png', 'w/eyes-1.resefa.json', '--layers', '8,9')).equals(own)).toBe(false);
    const stacked = await draw('stacked.png', 'wplus/eyes-1.resefa.json');
    expect((await draw('all.png', 'wplus/eyes-1.resefa.json', '--layers', 'all')).equals(stacked)).toBe(true);
  });
});

describe('compare', () => {
  it('knows the same direction', async () => {
    const told = await ok('compare', 'w/eyes-1.resefa.json', 'w/eyes-1.resefa.json');
    expect(told).toMatch(/: \|cos\| 1.000000, identical\n/);
    expect(told).toMatch(/^2-9 +1.000000$/m); // one row: the layers of a direction in w are alike
  });

  it('knows a direction whose sign is flipped', async () => {
    const direction = directionAt('w/eyes-1.resefa.json');
    // No file of ours is like this: the sign is canonical. Those that people make may be.
    writeFileSync('flipped.resefa.json', JSON.stringify({ ...direction, name: 'flipped', vector: (direction.vector as number[]).map((value) => -value) }));
    expect(await ok('compare', 'w/eyes-1.resefa.json', 'flipped.resefa.json')).toMatch(/^eyes-1 and flipped: \|cos\| 1.000000, same direction, sign flipped\n/);
  });

  it('compares w with w+ layer by layer', async () => {
    const told = await ok('compare', 'w/eyes-1.resefa.json', 'wplus/eyes-1.resefa.json');
    const [w, wplus] = ['w', 'wplus'].map((name) => vectorRows(directionAt(join(name, 'eyes-1.resefa.json'))));
    const full = Math.abs(cosine(w!.flat(), wplus!.flat()));
    expect(told).toMatch(new RegExp(`\\|cos\\| ${full.toFixed(6)}, rotated \\d+ degrees`));
    expect(told).toMatch(new RegExp(`^9 +${Math.abs(cosine(w![7]!, wplus![7]!)).toFixed(6)}$`, 'm'));
  });

  it('says when directions are of different generators', async () => {
    const direction = directionAt('w/eyes-1.resefa.json');
    writeFileSync('other.resefa.json', JSON.stringify({ ...direction, generator: { ...direction.generator, sha256: 'b'.repeat(64) } }));
    expect(await ok('compare', 'w/eyes-1.resefa.json', 'other.resefa.json')).toMatch(/made for different generators/);
  });
});

describe('solve', () => {
  // The directions are those of the authors' code for the same Jacobian.
  it.each([
    ['eyes', [], 'eyes.npy'],
    ['nose', [], 'nose.npy'],
    ['mouth', [], 'mouth.npy'],
    ['eyes', ['--full-rank'], 'eyes_full_rank.npy'],
    ['nose', ['--full-rank'], 'nose_full_rank.npy'],
    ['mouth', ['--full-rank'], 'mouth_full_rank.npy'],
    ['142,131,40,46', [], 'nose.npy'],
    ['184,127,30,70', ['--tau', '0.001'], 'mouth_full_rank.npy'],
  ])('finds the same directions for %s %j', async (region, options, reference) => {
    await ok('solve', join(official, 'jacobian.npy'), '--region', region, ...options, '--out', 'solved.npy');
    const [found, expected] = [arrayAt('solved.npy'), arrayAt(join(official, reference))];
    expect(found.dims).toEqual(expected.dims);
    for (const rank of [0, 1, 2]) {
      const [a, b] = [found, expected].map(({ data }) => data.subarray(rank * 12, (rank + 1) * 12));
      expect(Math.abs(cosine(a!, b!))).toBeGreaterThan(0.9995);
    }
  });
});

describe('demo', () => {
  it('leaves directions and strips of the embedded generator', async () => {
    const told = await ok('demo', '--out', 'demo');
    expect(told).toMatch(/8 directions and their strips are in demo/);
    const names = ['eyes', 'mouth'].flatMap((region) => [1, 2, 3, 4].flatMap((rank) => [`${region}-${rank}.png`, `${region}-${rank}.resefa.json`]));
    expect(namesIn('demo')).toEqual(names);
    for (const name of names.filter((each) => each.endsWith('.json'))) expect(directionAt(join('demo', name)).discovery).toMatchObject({ seeds: '0-19', preset: 'standard' });
  });
});

describe('as a process of its own', () => {
  it('writes what it was asked for, and nothing else anywhere', () => {
    const before = snapshot(own.path);
    const { status, stderr } = spawnSync(process.execPath, [bundle, 'synthesize', 'afhq-cat-64', '--seeds', '0', '--out', 'process'], { encoding: 'utf8', env: plainEnvironment(own.path) });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const added = [...snapshot(own.path).keys()].filter((path) => !before.has(path));
    expect(added).toEqual([join(own.path, 'process'), join(own.path, 'process', 'seed0000.png')]);
  });

  // Windows has no signals that a test could send.
  it.runIf(process.platform !== 'win32')('ends with 130 and leaves nothing when it is interrupted', async () => {
    const before = snapshot(own.path);
    // The Jacobian does not fit into the memory that it gets: it goes to a temporary file, which must go too.
    const args = ['discover', 'afhq-cat-64', '--region', 'eyes', '--space', 'w+', '--memory', '16', '--out', 'interrupted'];
    const child = spawn(process.execPath, [bundle, ...args], { env: plainEnvironment(own.path) });
    child.stderr.once('data', () => child.kill('SIGINT'));
    const code = await new Promise((resolve) => child.once('exit', resolve));
    expect(code).toBe(130);
    expect(snapshot(own.path)).toEqual(before);
  });
});
