import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatDirection } from '../../src/shared/direction/formatDirection';
import type { DirectionFile } from '../../src/shared/direction/directionFile';
import { exampleDirection } from '../support/directions';
import { bundle, plainEnvironment, runCli, useOwnFolder } from './commandLine';

const own = useOwnFolder('resefa-compare-', () => {
  save('eyes-1.resefa.json', eyes);
  save('turned.resefa.json', { ...eyes, name: 'turned', vector: turned(12) });
  save('stacked.resefa.json', stacked);
  save('wide.resefa.json', { ...eyes, name: 'wide', latent: { ...eyes.latent, dimensions: 3 }, vector: [0, 0.6, 0.8] });
  writeFileSync('flipped.resefa.json', JSON.stringify({ ...eyes, edit: { alpha: [-6, 2] }, vector: [0, 0, 0, -1] }));
  writeFileSync('broken.resefa.json', conflict);
  return Promise.resolve();
}, 10_000);

const eyes: DirectionFile = { ...exampleDirection, edit: { alpha: [-2, 6] }, metrics: { seeds: '100-107', alpha: 1.35, insideMse: 0.02, outsideMse: 0.0021 }, vector: [0, 0, 0, 1] };
const stacked: DirectionFile = { ...eyes, name: 'stacked', latent: { space: 'w+', dimensions: 4, layers: [2, 3] }, vector: [[0, 0, 0, 0.6], [0.8, 0, 0, 0]] };
const conflict = '{\n<<<<<<< HEAD\n  "format": "resefa-direction"\n=======\n>>>>>>> theirs\n}\n';

/** The example's vector turned by an angle. */
function turned(degrees: number): number[] {
  return [0, 0, Math.sin((degrees * Math.PI) / 180), Math.cos((degrees * Math.PI) / 180)];
}

/** A direction that git does not take for another one under a new name. */
function unlike(seed: number): DirectionFile {
  return { ...eyes, latent: { space: 'w', dimensions: 400, layers: [1] }, vector: Array.from({ length: 400 }, (_, i) => (Math.sin(seed * (i + 1) ** 2) < 0 ? -0.05 : 0.05)) };
}

function save(path: string, direction: DirectionFile): void {
  writeFileSync(path, formatDirection(direction));
}

async function told(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runCli('compare', ...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

describe('two directions', () => {
  it('are told by a verdict, by layers and by what differs', async () => {
    const text = await told('eyes-1.resefa.json', 'turned.resefa.json');
    expect(text).toMatch(/^eyes-1 and turned: \|cos\| 0\.97814[78], rotated 12 degrees\n\nlayers +\|cos\|\n/);
    expect(text).toMatch(/^2-5 +0\.97814[78]$/m);
    const [different, same] = text.split('\nthe same');
    expect(different).toMatch(/^name +eyes-1 +turned$/m);
    expect(same).toMatch(/^alpha range +-2 to 6$/m);
    expect(same).toMatch(/^inside\/outside +9\.52381$/m);
  });

  it('are the same edit where sign and range are both turned', async () => {
    const text = await told('eyes-1.resefa.json', 'flipped.resefa.json');
    expect(text).toMatch(/^eyes-1.resefa.json and flipped.resefa.json: \|cos\| 1\.000000, same direction, sign flipped and alpha range mirrored: the same edit\n\nThe edits do the same thing: .* alpha 1 of the first is alpha -1 of the other\.\n/);
    expect(text).toMatch(/^2-5 +1\.000000 +flipped$/m);
  });

  it('of different latent vectors are compared in their fields', async () => {
    const text = await told('eyes-1.resefa.json', 'wide.resefa.json');
    expect(text).toMatch(/^eyes-1 and wide: not comparable: latent vectors of 4 and of 3 numbers\n/);
    expect(text).toMatch(/^dimensions +4 +3$/m);
    expect(text).not.toMatch(/\|cos\|/);
  });
});

it('compares three with a matrix of all with all', async () => {
  const text = await told('eyes-1.resefa.json', 'turned.resefa.json', 'stacked.resefa.json');
  expect(text).toMatch(/^eyes-1 and turned are the most alike: rotated 12 degrees\n\neyes-1 and turned: \|cos\| 0\.97814[78], rotated 12 degrees\neyes-1 and stacked: \|cos\| 0\.300000, /);
  expect(text).toMatch(/^\|cos\| +eyes-1 +turned +stacked$/m);
  // In w+ the four layers of the one count and the two of the other: 0.6 / sqrt(4).
  expect(text).toMatch(/^stacked +0\.300000 +0\.29344[34] +1\.000000$/m);
});

describe('one direction', () => {
  it('is a text with a line for each field', async () => {
    const lines = (await told('eyes-1.resefa.json')).trimEnd().split('\n');
    expect(lines).toContain('alpha range           -2 to 6');
    expect(lines).toContain('region                box 0.2,0.4 0.6x0.15');
    expect(lines).toContain(`generator hash        ${eyes.generator.sha256}`);
    expect(lines).toContain('every layer           norm 1, largest 1 at 3, 0 at 0, 0 at 1, 0 at 2');
    expect(lines.filter((line) => !/^\S.{19} {2}\S/.test(line))).toEqual([]);
  });

  it('is told layer by layer in w+', async () => {
    const text = await told('stacked.resefa.json');
    expect(text).toMatch(/^layer 2 +norm 0\.6, largest 0\.6 at 3, 0 at 0, 0 at 1$/m);
    expect(text).toMatch(/^layer 3 +norm 0\.8, largest 0\.8 at 0, 0 at 1, 0 at 2$/m);
  });

  it('reads differently after any change', async () => {
    const text = await told('eyes-1.resefa.json');
    const mask = { shape: 'mask', width: 64, height: 64, rows: Array.from({ length: 64 }, () => '3+5 12+20') } as const;
    const changes: readonly DirectionFile[] = [
      { ...eyes, name: 'eyes-2' },
      { ...eyes, vector: [0.000001, 0, 0, 1] },
      { ...eyes, edit: { alpha: [-2, 6.00001] } },
      { ...eyes, generator: { ...eyes.generator, sha256: `${'0123456789abcdef'.repeat(3)}0123456789abcdee` } },
      { ...eyes, note: 'mine' } as DirectionFile,
      { ...eyes, region: mask },
      { ...eyes, region: { ...mask, rows: [...mask.rows.slice(1), '3+6 12+19'] } },
    ];
    const texts = [text];
    for (const change of changes) {
      save('changed.resefa.json', change);
      texts.push(await told('changed.resefa.json'));
    }
    expect(new Set(texts).size).toBe(texts.length);
    expect(Math.max(...texts.flatMap((each) => each.split('\n')).map(({ length }) => length))).toBeLessThan(220);
  });
});

// The two set-ups of the README in a repository of its own, with the bundle as a process of its own.
describe('git diff', () => {
  const environment = () => ({ ...plainEnvironment(own.path), GIT_CONFIG_NOSYSTEM: '1', GIT_PAGER: 'cat', GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@b', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@b' });
  const git = (...args: readonly string[]) => execFileSync('git', args, { cwd: join(own.path, 'repository'), encoding: 'utf8', env: environment() });
  const file = (name: string) => join(own.path, 'repository', 'directions', `${name}.resefa.json`);
  const program = () => `"${process.execPath}" "${bundle}" compare`;

  /** A repository with one commit, and changes of every kind after it. */
  function repository(): void {
    rmSync('repository', { recursive: true, force: true });
    mkdirSync('repository/directions', { recursive: true });
    git('init', '--quiet');
    writeFileSync('repository/.gitattributes', '*.resefa.json diff=resefa\n');
    for (const name of ['turns', 'moves', 'breaks', 'stays']) save(file(name), { ...eyes, name });
    save(file('goes'), { ...unlike(1), name: 'goes' });
    git('add', '.');
    git('commit', '--quiet', '-m', 'directions');
    save(file('turns'), { ...eyes, name: 'turns', vector: turned(12), discovery: { ...exampleDirection.discovery, eigenvalue: 24.6912 } });
    rmSync(file('goes'));
    renameSync(file('moves'), file('moved'));
    save(file('moved'), { ...eyes, name: 'moved' });
    writeFileSync(file('breaks'), conflict);
    save(file('comes'), { ...unlike(2), name: 'comes' });
    git('add', '--all');
  }

  it('shows texts that can be read, by a text converter', () => {
    repository();
    git('config', 'diff.resefa.textconv', `${program()} --git-textconv`);
    const diff = git('diff', '--cached', '-M');
    expect(diff).toMatch(/^-eigenvalue +12\.3456\n(?:.*\n)*?\+eigenvalue +24\.6912$/m);
    expect(diff).toMatch(/^\+every layer +norm 1, largest 0\.978148 at 3, 0\.207912 at 2, 0 at 0, 0 at 1$/m);
    expect(diff).toMatch(/^rename to directions\/moved.resefa.json\n(?:.*\n){3}@@.*\n-name +moves\n\+name +moved$/m);
    expect(diff).toMatch(/^\+not shown as a direction \(direction:2:1: .*\)\n\+\{\n\+<<<<<<< HEAD$/m);
    expect(diff).not.toMatch(/"vector"/);
    expect(git('log', '-p')).toMatch(/^\+eigenvalue +12\.3456$/m);
  });

  it('gives VS Code, which asks for converted texts too, the files as they are', () => {
    repository();
    git('config', 'diff.resefa.textconv', `${program()} --git-textconv`);
    const shown = (variables: NodeJS.ProcessEnv) => execFileSync('git', ['show', '--textconv', 'HEAD:directions/stays.resefa.json'], { cwd: join(own.path, 'repository'), env: { ...environment(), ...variables } });
    expect(shown({ VSCODE_GIT_COMMAND: 'show' })).toEqual(readFileSync(file('stays')));
    expect(shown({}).toString()).toMatch(/^name +stays\n/);
  });

  it('shows comparisons, by an external driver', () => {
    repository();
    git('config', 'diff.resefa.command', `${program()} --git-diff`);
    const parts = new Map(git('diff', '--cached', '-M').split(/^(?=diff --resefa )/m).map((part) => [/^diff --resefa a\/directions\/(\w+)/.exec(part)?.[1] ?? '', part]));
    expect([...parts.keys()].sort()).toEqual(['breaks', 'comes', 'goes', 'moves', 'turns']);
    expect(parts.get('turns')).toMatch(/^diff --resefa a\/directions\/turns.resefa.json b\/directions\/turns.resefa.json\nindex [0-9a-f]{7}\.\.[0-9a-f]{7} 100644\n\na\/directions\/turns.* and b\/directions\/turns.*: \|cos\| 0\.97814[78], rotated 12 degrees\n/);
    expect(parts.get('turns')).toMatch(/^eigenvalue +12\.3456 +24\.6912 \(x 2\)$/m);
    expect(parts.get('turns')).not.toMatch(/the same/);
    expect(parts.get('goes')).toMatch(/\ndeleted file mode 100644\nindex [0-9a-f]{7}\.\.0000000\n\nThe direction is gone\.\n\nname +goes\n/);
    expect(parts.get('comes')).toMatch(/\nnew file mode 100644\nindex 0000000\.\.[0-9a-f]{7}\n\nA new direction\.\n\nname +comes\n/);
    expect(parts.get('moves')).toMatch(/^diff --resefa a\/directions\/moves.resefa.json b\/directions\/moved.resefa.json\nsimilarity index \d+%\nrename from directions\/moves.resefa.json\nrename to directions\/moved.resefa.json\n/);
    expect(parts.get('moves')).toMatch(/identical but for its name/);
    expect(parts.get('breaks')).toMatch(/\n\nNot compared as directions:\nb\/directions\/breaks.resefa.json:2:1: /);
  });

  it('shows what is not staged, and modes', () => {
    repository();
    git('reset', '--quiet');
    git('config', 'diff.resefa.command', `${program()} --git-diff`);
    expect(git('diff')).toMatch(/directions\/turns.resefa.json\nindex [0-9a-f]{7}\.\.0000000 100644\n/);
    git('update-index', '--chmod=+x', 'directions/stays.resefa.json');
    expect(git('diff', '--cached', '--', 'directions/stays.resefa.json')).toMatch(/\nold mode 100644\nnew mode 100755\nindex .*\n\n.*identical\n/);
  });

  it('goes on at a link, a conflict and a file that is not text', () => {
    repository();
    git('reset', '--hard', '--quiet');
    git('config', 'diff.resefa.command', `${program()} --git-diff`);
    git('checkout', '--quiet', '-b', 'theirs');
    save(file('turns'), { ...eyes, name: 'theirs' });
    git('commit', '--quiet', '-am', 'theirs');
    git('checkout', '--quiet', '-');
    save(file('turns'), { ...eyes, name: 'ours' });
    git('commit', '--quiet', '-am', 'ours');
    expect(spawnSync('git', ['merge', 'theirs'], { cwd: join(own.path, 'repository'), env: environment() }).status).toBe(1);
    writeFileSync(file('goes'), Uint8Array.from({ length: 256 }, (_, i) => i));
    rmSync(file('stays'));
    symlinkSync('turns.resefa.json', file('stays'));
    expect(git('diff', '--cached')).toMatch(/^\* Unmerged path directions\/turns.resefa.json$/m);
    const diff = git('diff');
    expect(diff).toMatch(/^b\/directions\/goes.resefa.json:1:1: /m);
    expect(diff).toMatch(/directions\/stays.resefa.json/);
  });
});
