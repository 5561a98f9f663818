import type { Plugin } from 'vitest/config';

/** A Vite plugin: importing a `.woff` file gives its bytes as a Uint8Array, as esbuild's `binary` loader does. */
export function woffPlugin(): Plugin;
