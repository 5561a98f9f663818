import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { Generator } from '../../src/engine/generators/generator';
import { discoveryReport } from '../../src/engine/report/discoveryReport';
import { html } from '../../src/engine/report/html';
import { reproductionsOf } from '../../src/engine/report/reproduction';
import { CancelledError } from '../../src/shared/cancelledError';
import type { DirectionFile, DiscoveredDirection } from '../../src/shared/direction/directionFile';
import { exampleDirection } from '../support/directions';
import { userErrorOf } from '../support/userErrors';

const [dimensions, layers] = [128, [2, 3, 4, 5, 6, 7, 8, 9]];

function directionOf(name: string, components: readonly number[], x = 0.2): DiscoveredDirection {
  const vector = Array.from({ length: dimensions }, (_, k) => (components.includes(k) ? 1 / Math.sqrt(components.length) : 0));
  const { discovery } = exampleDirection;
  return { ...exampleDirection, name, latent: { space: 'w', dimensions, layers }, region: { shape: 'box', x, y: 0.4, width: 0.3, height: 0.2 }, discovery: { ...discovery, seeds: '0,100' }, vector };
}

const [eyes, turned, mouth] = [directionOf('eyes-1', [3]), directionOf('eyes-2', [3, 4]), directionOf('mouth-1', [40], 0.5)];

let generator: Generator;
let report: string;

beforeAll(async () => {
  generator = await Generator.open('afhq-cat-64', fileURLToPath(new URL('../../models/', import.meta.url)));
  report = await discoveryReport(generator, [eyes, mouth, turned]);
});

const pictures = (page: string) => [...page.matchAll(/src="data:image\/webp;base64,([^"]+)"/g)].map(([, data]) => Buffer.from(data!, 'base64'));

/** The text of a page between its tags. */
const textOf = (page: string) => page.slice(page.indexOf('<body>')).replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ');

describe('the report of a discovery', () => {
  it('is the same bytes each time', async () => {
    expect(await discoveryReport(generator, [eyes, mouth, turned])).toBe(report);
  });

  it('asks for nothing and runs nothing', () => {
    expect(report).not.toMatch(/<script|<link|<iframe|\bon\w+=|@import|url\((?!data:)|https?:/i);
    expect(report).toContain('content="default-src &#39;none&#39;; img-src data:;');
  });

  it('has well-formed markup', () => {
    const open: string[] = [];
    for (const [, end, name] of report.replace(/<style>[^]*?<\/style>/, '').matchAll(/<(\/?)([a-z]\w*)/g)) {
      if (['meta', 'img', 'br', 'hr'].includes(name!)) continue;
      if (end) expect(open.pop()).toBe(name);
      else open.push(name!);
    }
    expect(open).toEqual([]);
  });

  it('shows a strip of seven alphas on four samples that took no part, and each region once', async () => {
    // Three strips of 4 x 7, and two regions.
    expect(pictures(report)).toHaveLength(3 * 28 + 2);
    for (const picture of [pictures(report)[0]!, pictures(report).at(-1)!]) expect((await sharp(picture).metadata()).format).toBe('webp');
    expect(textOf(report)).toContain('seeds 101-104 at psi 0.7');
  });

  it('tells the generator, the table and the cosines, direction by direction', () => {
    const text = textOf(report);
    expect(text).toContain('SHA-256 ' + generator.identity.sha256);
    expect(text).toMatch(/eyes-1 w 2-9 12\.3/);
    // 1/sqrt 2 between the two of the eyes, nothing in common with the mouth.
    const matrix = text.slice(text.indexOf('How alike'));
    expect(matrix).toMatch(/eyes-1 1\.00 0\.71 0\.00/);
  });

  it('puts directions of one region together', () => {
    const names = [...textOf(report).matchAll(/(?:eyes|mouth)-\d(?= w )/g)].map(([name]) => name);
    expect(names).toEqual(['eyes-1', 'eyes-2', 'mouth-1']);
    expect(textOf(report).slice(textOf(report).indexOf('How alike'))).toMatch(/eyes-2 0\.71 1\.00 0\.00 mouth-1 0\.00 0\.00 1\.00/);
  });

  it('says what was measured', async () => {
    const measured = { ...eyes, metrics: { seeds: '100-107', alpha: 1.5, insideMse: 0.02, outsideMse: 0.002 } };
    const text = textOf(await discoveryReport(generator, [measured], { seeds: [1, 2], psi: 0.5 }));
    expect(text).toMatch(/12\.3 10\.0 \u22126 to \+6/);
    expect(text).toContain('at alpha 1.50 the inside changes by 0.0200, the outside by 0.00200');
    expect(text).toContain('seeds 1-2 at psi 0.5');
  });

  it('takes names as text, whatever stands in them', async () => {
    const name = '<script>alert(1)</script>"&\'\u0000\ud800';
    const page = await discoveryReport(generator, [{ ...eyes, name }], { seeds: [1] });
    expect(page).not.toContain('<script');
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;&quot;&amp;&#39;\ufffd\ufffd');
    expect(html`<p title="${'"'}">${'<b>'}${html`<i>x</i>`}</p>`.text).toBe('<p title="&quot;">&lt;b&gt;<i>x</i></p>');
  });

  it('takes directions that come from elsewhere', async () => {
    const { region, discovery, ...rest } = eyes;
    expect([region, discovery].every(Boolean)).toBe(true);
    const imported: DirectionFile = { ...rest, version: 2, source: { kind: 'npy', file: 'boundary.npy', sha256: '0'.repeat(64), row: 3 } };
    const page = await discoveryReport(generator, [imported], { seeds: [1] });
    expect(textOf(page)).toContain('boundary.npy, row 3');
    expect(pictures(page)).toHaveLength(7);
  });

  it('stays small enough to be sent', async () => {
    const eight = Array.from({ length: 8 }, (_, i) => directionOf(`eyes-${i + 1}`, [i]));
    expect(Buffer.byteLength(await discoveryReport(generator, eight))).toBeLessThan(2e6);
  });

  it('can be cancelled', async () => {
    await expect(discoveryReport(generator, [eyes], {}, { signal: AbortSignal.abort() })).rejects.toThrow(CancelledError);
  });

  it('refuses no directions, and too many samples', async () => {
    expect(await userErrorOf(() => discoveryReport(generator, []))).toBe('a report cannot have 0 directions: give 1 to 200');
    expect(await userErrorOf(() => discoveryReport(generator, [eyes], { seeds: Array.from({ length: 17 }, (_, i) => i) }))).toBe('a report cannot have 17 samples: give 1 to 16');
  });
});

describe('the command that finds directions again', () => {
  it('is one for the directions of a discovery', () => {
    const [first, second] = reproductionsOf('afhq-cat-64', [eyes, { ...turned, discovery: { ...turned.discovery, rank: 5 } }, mouth]);
    expect(first).toEqual({
      command: 'resefa discover afhq-cat-64 --region 0.2,0.4,0.3,0.2 --preset standard --space w --layers 2-9 --seeds 0,100 --psi 1 --tau 0.001 --rank-by eigenvalue --count 5 --name eyes --out directions',
      names: ['eyes-1', 'eyes-2'],
    });
    expect(second!.names).toEqual(['mouth-1']);
  });

  it('says what differs from the usual', () => {
    const { discovery } = eyes;
    const region = { shape: 'ellipse', x: 0.36, y: 0.74, width: 0.28, height: 0.12 } as const;
    const other: DiscoveredDirection = { ...eyes, name: 'mouth-7', region, discovery: { ...discovery, rankedBy: 'locality', rank: 2, class: 3, jacobian: 'central', truncation: 0.7, grams: 'tiles' } };
    const { command, note } = reproductionsOf('cats', [other])[0]!;
    expect(command).toBe('resefa discover cats --region ellipse:0.36,0.74,0.28,0.12 --preset standard --space w --layers 2-9 --seeds 0,100 --psi 0.7 --class 3 --tau 0.001 --rank-by locality --jacobian central --count 7 --name mouth --out directions');
    expect(note).toMatch(/tiles/);
    const polygon = { ...eyes, region: { shape: 'polygon', points: [[0, 0], [1, 0], [0.5, 1]] } } as const;
    expect(reproductionsOf('cats', [polygon])[0]!.command).toContain('--region polygon:0,0,1,0,0.5,1 ');
  });

  it('runs nothing else in a shell, whatever a direction or a generator is called', () => {
    const masked: DiscoveredDirection = { ...eyes, name: "a'; touch hacked; '", region: { shape: 'mask', width: 4, height: 1, rows: ['1+2'] } };
    const { command } = reproductionsOf('g$(touch hacked) `x`', [masked])[0]!;
    const printed = execFileSync('sh', ['-c', `resefa() { printf '%s\\n' "$@"; }\n${command}`], { encoding: 'utf8' }).split('\n');
    expect(printed.slice(0, 4)).toEqual(['discover', 'g$(touch hacked) `x`', '--region', "a'; touch hacked; '.resefa.json"]);
  });
});
