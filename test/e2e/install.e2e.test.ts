import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureEditorTools } from '../../scripts/editorTools.mjs';
import { startVsCode } from './support/vsCodeServer';
import type { VsCodeServer } from './support/vsCodeServer';

describe('the extension as VS Code installs it', () => {
  let server: VsCodeServer;
  let folder: string;
  let files: readonly string[];

  beforeAll(async () => {
    server = await startVsCode({ extension: 'vsix' });
    const extensions = join(server.home, 'extensions');
    folder = join(extensions, readdirSync(extensions).find((name) => name.startsWith('resefa.')) ?? '');
    files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  });
  afterAll(() => { server.stop(); });

  it.each(['dist/extension.js', 'dist/engine.js', 'dist/cli.js', 'dist/webview.js', 'dist/webview.css', 'dist/directionEditor.js', 'dist/comparison.js', 'dist/export.js', 'schemas/direction.schema.json', 'schemas/plan.schema.json', 'models/afhq-cat-64/synthesis.onnx', 'media/icon.png'])('has %s', (file) => {
    expect(files).toContain(file);
  });

  it('has nothing that only its developers need', () => {
    const needless = /\.map$|^src|^test|^bench|dist\/(bench|quality|packages|\.sources)|\.d\.[cm]?ts$|node_modules\/(esbuild|vitest|typescript|@bufbuild|opentype)/;
    expect(files.filter((file) => needless.test(file))).toEqual([]);
  });

  it('has binaries of one platform', () => {
    const other = process.arch === 'x64' ? 'arm64' : 'x64';
    expect(files.filter((file) => /(win32|darwin)/.test(file) || file.includes(`linux/${other}`) || file.includes(`linux-${other}`))).toEqual([]);
    expect(files.filter((file) => file.endsWith('.node'))).toHaveLength(2);
  });

  it('names no scripts and no development packages in its manifest', () => {
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Readonly<Record<string, unknown>>;
    expect(manifest).not.toHaveProperty('scripts');
    expect(manifest).not.toHaveProperty('devDependencies');
    expect(manifest).toHaveProperty('contributes.commands');
  });

  it.each(['onnxruntime-node', 'sharp', '@img/sharp-libvips', 'ml-matrix', '@bufbuild/protobuf', '@vscode/codicons', '@fontsource/inter', '@vscode/webview-ui-toolkit'])('carries the licence of %s', (name) => {
    expect(readFileSync(join(folder, 'dist', 'THIRD_PARTY_NOTICES.txt'), 'utf8')).toMatch(new RegExp(`^${name}\\S* \\d`, 'm'));
  });

  it('brings all that its engine needs: networks run, and pictures are written', async () => {
    const { node } = await ensureEditorTools();
    const out = mkdtempSync(join(tmpdir(), 'resefa-installed-'));
    try {
      execFileSync(node, [join(folder, 'dist', 'cli.js'), 'synthesize', 'afhq-cat-64', '--seeds', '0', '--out', out], { cwd: out, stdio: 'pipe' });
      const [picture = ''] = readdirSync(out);
      expect(existsSync(join(out, picture))).toBe(true);
      expect(readFileSync(join(out, picture)).subarray(1, 4).toString()).toBe('PNG');
    } finally {
      rmSync(out, { recursive: true, force: true });
    }
  });
});
