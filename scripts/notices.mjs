import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './setup.mjs';

const rule = `\n${'-'.repeat(100)}\n\n`;

/**
 * The notices of everything of others that is shipped: what was bundled into files of dist/, and copied packages.
 *
 * @param bundles names of files in dist/
 * @param modules a node_modules folder that is shipped as it is
 */
export function thirdPartyNotices(bundles, modules) {
  const inBundle = JSON.parse(readFileSync(join(root, 'dist', 'packages.json'), 'utf8'));
  const bundled = bundles.flatMap((name) => inBundle[`dist/${name}`] ?? []).map((name) => join(root, 'node_modules', name));
  const copied = packagesIn(modules).map((name) => (existsSync(join(root, 'node_modules', name)) ? join(root, 'node_modules', name) : join(modules, name)));
  const folders = [...new Set([...bundled, ...copied])];
  const notices = folders.map(notice).sort((a, b) => a.title.localeCompare(b.title));
  return `ReSeFa for VS Code contains the following software of others.\n${notices.map(({ title, text }) => `${rule}${title}\n\n${text.trim()}\n`).join('')}`;
}

function packagesIn(modules) {
  return readdirSync(modules).flatMap((name) => (name.startsWith('@') ? readdirSync(join(modules, name)).map((inner) => `${name}/${inner}`) : [name]));
}

/** Who holds the copyright of packages that come without the text of their licence. */
const holders = { 'onnxruntime-node': 'Microsoft Corporation', 'onnxruntime-common': 'Microsoft Corporation' };

function notice(folder) {
  const { name, version, license, homepage, repository, author } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const place = homepage ?? (typeof repository === 'string' ? repository : repository?.url) ?? '';
  const title = [name, version, license && `(${license})`, place].filter(Boolean).join(' ');
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|notice|third.?party.?notices)/i.test(file)).sort();
  // What libraries are inside of a binary, and under which licences, stands in its package's readme.
  if (name.startsWith('@img/') && files.length === 0) files.push('README.md');
  if (files.length > 0) return { title, text: files.map((file) => readFileSync(join(folder, file), 'utf8').trim()).join('\n\n') };
  const holder = holders[name] ?? (typeof author === 'string' ? author : author?.name) ?? `the authors of ${name}`;
  if (name === 'onnxruntime-node') return { title, text: `${mit(holder)}\n\n${insideOnnxRuntime(version)}` };
  return { title, text: license === 'MIT' ? mit(holder) : `Copyright ${holder}. The licence is ${license}; its text stands at https://spdx.org/licenses.` };
}

const insideOnnxRuntime = (version) => `ONNX Runtime itself contains software of others, among it Abseil, Eigen, ONNX and Protocol Buffers. Their notices stand at
https://github.com/microsoft/onnxruntime/blob/v${version}/ThirdPartyNotices.txt`;

const mit = (holder) => `Copyright (c) ${holder}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation
files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy,
modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the
Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE,
ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;
