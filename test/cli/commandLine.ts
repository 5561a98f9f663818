import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, vi } from 'vitest';
import { run } from '../../src/cli/main';
import { writeNpy } from '../../src/engine/npy';
import { sizeOf } from '../../src/engine/tensor';

export const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url));
export const bundle = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

/** What a command line did, as a shell sees it. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line in this process. */
export async function runCli(...args: readonly string[]): Promise<Outcome> {
  const written = { stdout: '', stderr: '' };
  const capture = (stream: keyof typeof written) =>
    vi.spyOn(process[stream], 'write').mockImplementation((chunk) => {
      written[stream] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8');
      return true;
    });
  const spies = [capture('stdout'), capture('stderr'), vi.spyOn(console, 'log').mockImplementation((line) => { written.stdout += `${String(line)}\n`; })];
  try {
    return { code: await run(args), ...written };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

/** Every file and folder below a folder, with the hash of its contents. */
export function snapshot(folder: string): Map<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return new Map(entries.map((entry) => {
    const path = join(entry.parentPath, entry.name);
    return [path, entry.isFile() ? createHash('sha256').update(readFileSync(path)).digest('hex') : 'folder'];
  }));
}

/** A .npy file with the given shape, or one with values of its own. */
export function npyOf(dims: readonly number[], value: (index: number) => number = (index) => Math.sin(index + 1)): Uint8Array {
  return writeNpy(dims, Float32Array.from({ length: sizeOf(dims) }, (_, index) => value(index)));
}

/**
 * The environment of a user's shell whose home is `home`: without what hides the habits of ONNX Runtime, which
 * keeps still in tests and continuous integration.
 */
export function plainEnvironment(home: string): NodeJS.ProcessEnv {
  const hiding = ['ORT_DISABLE_TELEMETRY', 'ORT_RUNNING_UNIT_TESTS', 'CI'];
  const rest = Object.entries(process.env).filter(([name]) => !hiding.includes(name));
  return { ...Object.fromEntries(rest), HOME: home, XDG_CACHE_HOME: join(home, '.cache') };
}

/**
 * Gives the tests of a file a folder of their own, which is the current one while they run, with temporary files
 * below it; `prepare` fills it.
 */
export function useOwnFolder(prefix: string, prepare: () => Promise<void>, timeout: number): { readonly path: string } {
  const own = { path: '' };
  let home: string;
  let temporary: string | undefined;
  beforeAll(async () => {
    own.path = realpathSync(mkdtempSync(join(tmpdir(), prefix)));
    [home, temporary] = [process.cwd(), process.env.TMPDIR];
    process.chdir(own.path);
    mkdirSync('tmp');
    process.env.TMPDIR = join(own.path, 'tmp');
    await prepare();
  }, timeout);
  afterAll(() => {
    process.chdir(home);
    if (temporary === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = temporary;
    rmSync(own.path, { recursive: true });
  });
  return own;
}
