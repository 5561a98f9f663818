import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { bundle, plainEnvironment, useOwnFolder } from '../cli/commandLine';

/** Enough work for a kill to hit every part of it: two jobs of two samples and two regions. */
const plan = { format: 'resefa-plan', version: 1, generators: ['afhq-cat-64'], regions: ['eyes', 'mouth'], seeds: ['0-1', '2-3'], preset: 'draft', count: 1, strips: true };

const own = useOwnFolder('resefa-kills-', () => {
  writeFileSync('plan.json', JSON.stringify(plan));
  return Promise.resolve();
}, 60_000);

/** Runs the plan in a process of its own; `interrupt` gets the means to end it. */
async function run(out: string, interrupt: (kill: () => void) => Promise<void> = () => Promise.resolve()): Promise<number | NodeJS.Signals> {
  const child = spawn(process.execPath, [bundle, 'discover', '--plan', 'plan.json', '--out', out], { cwd: own.path, env: plainEnvironment(own.path), stdio: ['ignore', 'ignore', 'pipe'] });
  let words = '';
  child.stderr.on('data', (chunk: Buffer) => { words += chunk.toString(); });
  const ended = new Promise<number | NodeJS.Signals>((resolve) => child.once('exit', (code, signal) => { resolve(code ?? signal!); }));
  await Promise.race([interrupt(() => { child.kill('SIGKILL'); }), ended]);
  const how = await ended;
  if (how !== 0 && how !== 'SIGKILL') throw new Error(`it ended with ${how}: ${words}`);
  return how;
}

/** All files with their bytes, what is remembered included. */
function bytesOf(out: string): Record<string, string> {
  const files = readdirSync(out, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(files.map((entry) => join(entry.parentPath, entry.name)).sort().map((path) => [path.slice(out.length + 1), readFileSync(path).toString('base64')]));
}

function filesBelow(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder, { recursive: true }).map(String) : [];
}

it('a batch that is killed again and again leaves what one leaves that was never killed, to the byte', async () => {
  const began = performance.now();
  expect(await run('whole')).toBe(0);
  const duration = performance.now() - began;

  // Once when samples are kept, once when a region is done, and at random moments.
  const when = (there: () => boolean) => async (kill: () => void) => {
    while (!there()) await sleep(2);
    kill();
  };
  expect(await run('out', when(() => filesBelow('out/.resefa-batch/sums').some((name) => name.endsWith('.sums'))))).toBe('SIGKILL');
  expect(filesBelow('out/afhq-cat-64')).toEqual([]);
  expect(await run('out', when(() => filesBelow('out/afhq-cat-64').some((name) => name.startsWith('eyes-seeds0-1-1.resefa'))))).toBe('SIGKILL');
  for (let attempt = 0; attempt < 4; attempt++) {
    await run('out', async (kill) => {
      await sleep(duration * (0.1 + 0.4 * Math.random()));
      kill();
    });
  }
  expect(await run('out')).toBe(0);
  expect(bytesOf('out')).toEqual(bytesOf('whole'));
  expect(Object.keys(bytesOf('whole'))).toHaveLength(2 * 2 * 2 + 3);
}, 240_000);
