import { readFile } from 'node:fs/promises';

/** A Vite plugin: importing a `.woff` file gives its bytes as a Uint8Array, as esbuild's `binary` loader does. */
export function woffPlugin() {
  return {
    name: 'woff-bytes',
    enforce: 'pre',
    async load(id) {
      if (!id.endsWith('.woff')) {
        return null;
      }
      const base64 = (await readFile(id)).toString('base64');
      return `export const bytes = new Uint8Array(Buffer.from('${base64}', 'base64'));\nexport default bytes;\n`;
    },
  };
}
