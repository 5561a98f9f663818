import { spawn } from 'node:child_process';
import { cpSync, existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { bundle, fixtures, plainEnvironment, runCli, snapshot, useOwnFolder } from './commandLine';

const box = { shape: 'box', x: 0.2, y: 0.4, width: 0.6, height: 0.15 };
const plan = { format: 'resefa-plan', version: 1, generators: ['g'], regions: [{ name: 'band', ...box }, { name: 'top', ...box, y: 0 }], preset: 'draft', count: 2 };

const own = useOwnFolder('resefa-plans-', async () => {
  expect(await runCli('import', join(fixtures, 'stylegan2-nvlabs/generator.pkl'), '--out', 'g')).toMatchObject({ code: 0 });
  writeFileSync('plan.resefa-plan.json', JSON.stringify(plan));
}, 60_000);

const discover = (...args: readonly string[]) => runCli('discover', '--plan', 'plan.resefa-plan.json', ...args);

describe('discover --plan', () => {
  it('discovers what a plan asks for, says what there is, and repeats nothing', async () => {
    const first = await discover('--out', 'out');
    expect(first).toMatchObject({ code: 0 });
    expect(first.stdout).toMatch(/^g\/band: wrote 2 files\ng\/top: wrote 2 files\ndiscovery +directions +eigenvalue +inside\/outside +most local\n[- ]+\ng\/band +2 +\S+ +\S+ .*\ng\/top +2 .*\n2 discoveries made, 0 done before, 0 failed; see out\/summary.md\n$/);
    const before = snapshot('out');
    const second = await discover('--out', 'out');
    expect(second).toMatchObject({ code: 0, stderr: '' });
    expect(second.stdout).toMatch(/^2 of 2 discoveries done already\n/);
    expect(second.stdout).toMatch(/\n0 discoveries made, 2 done before, 0 failed; see out\/summary.md\n$/);
    expect(snapshot('out')).toEqual(before);
  });

  it('writes the bytes that discover writes for each of the regions', async () => {
    expect(await runCli('discover', 'g', '--region', '0.2,0.4,0.6,0.15', '--name', 'band', '--preset', 'draft', '--count', '2', '--out', 'alone')).toMatchObject({ code: 0 });
    for (const file of ['band-1.resefa.json', 'band-2.resefa.json']) expect(readFileSync(join('out/g', file), 'utf8')).toBe(readFileSync(join('alone', file), 'utf8'));
  });

  it('leaves edited files, says so, and makes them anew when it is told to', async () => {
    const made = readFileSync('out/g/top-1.resefa.json', 'utf8');
    writeFileSync('out/g/top-1.resefa.json', made.replace('"top-1"', '"forehead"'));
    const left = await discover('--out', 'out');
    expect(left.code).toBe(0);
    expect(left.stdout).toMatch(/\nnote: 1 file left, which this plan did not make or somebody has edited: g\/top-1.resefa.json; --force makes them anew\n$/);
    expect(readFileSync('out/g/top-1.resefa.json', 'utf8')).toContain('forehead');
    expect((await discover('--out', 'out', '--force')).stdout).toMatch(/^1 of 2 discoveries done already\ng\/top: wrote 2 files\n/);
    expect(readFileSync('out/g/top-1.resefa.json', 'utf8')).toBe(made);
  });

  it('does what it can, and ends with 2 and a line that says what failed', async () => {
    cpSync('g', 'plans/g', { recursive: true });
    writeFileSync('plans/p.json', JSON.stringify({ ...plan, generators: ['./missing', './g'] }));
    const { code, stdout, stderr } = await runCli('discover', '--plan', 'plans/p.json', '--out', 'some');
    expect(code).toBe(2);
    expect(stderr).toMatch(/^note: missing\/band and 1 more failed: there is no generator ".\/missing"; expected a path relative to the plan's folder, or the name of an embedded generator \(afhq-cat-64\)$/m);
    expect(stderr).toMatch(/\nresefa: 2 of 4 discoveries failed: missing\/band: there is no generator ".\/missing"; .*, and 1 more, see above\n$/);
    expect(stdout).toMatch(/\n2 discoveries made, 0 done before, 2 failed; see some\/summary.md\n$/);
    expect(readdirSync('some/g')).toHaveLength(4);
  });

  it('stops at Ctrl+C, says how to go on, and does', async () => {
    writeFileSync('long.json', JSON.stringify({ ...plan, seeds: ['0-19'] }));
    const child = spawn(process.execPath, [bundle, 'discover', '--plan', 'long.json', '--out', 'long'], { cwd: own.path, env: plainEnvironment(own.path), stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => { stderr += chunk.toString(); });
    const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => { resolve(code); }));
    while (!existsSync('long/.resefa-batch/sums/g/w-seeds0-19.sums')) await sleep(5);
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    expect(stderr).toMatch(/\nstopped: 0 of 2 discoveries done; the same command goes on from here\n$/);
    expect(existsSync('long/.resefa-batch/lock')).toBe(false);
    expect(existsSync('long/.resefa-batch/sums/g/w-seeds0-19.sums')).toBe(true);
    expect(await runCli('discover', '--plan', 'long.json', '--out', 'long')).toMatchObject({ code: 0 });
    expect(readdirSync('long/g')).toHaveLength(4);
  });
});
