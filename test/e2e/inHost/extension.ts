import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { ReSeFaApi } from '../../../src/extension/api';

/** The part of package.json that the tests compare with. */
export interface Manifest {
  readonly contributes: {
    readonly commands: readonly { readonly command: string }[];
    readonly configuration: { readonly properties: Readonly<Record<string, { readonly default: unknown }>> };
    readonly views: Readonly<Record<string, readonly { readonly id: string }[]>>;
  };
}

/** The installed extension. */
export function extension(): vscode.Extension<ReSeFaApi> {
  const found = vscode.extensions.getExtension<ReSeFaApi>('resefa.resefa');
  assert.ok(found, 'the extension is not installed');
  return found;
}

export function manifest(): Manifest {
  return extension().packageJSON as Manifest;
}

export async function api(): Promise<ReSeFaApi> {
  return extension().activate();
}

/** Asks again and again until there is an answer. */
export async function eventually<Answer>(what: string, ask: () => Answer | undefined | false): Promise<Answer> {
  for (let tries = 0; tries < 600; tries++) {
    const answer = ask();
    if (answer !== undefined && answer !== false) return answer;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`waited 30 s for ${what}`);
}
