import * as vscode from 'vscode';
import { parseDirection } from '../../shared/direction/checkDirection';
import type { DirectionFile } from '../../shared/direction/directionFile';
import type { ComparedAddress } from '../../shared/protocol/comparisonProtocol';
import { reasonOf } from '../reason';
import { presentText, unsaved } from '../workspace/directionFiles';
import { nameOf } from '../workspace/files';
import { gitVersion } from '../workspace/gitVersion';
import { textInHead } from './gitApi';

/** A direction file in one of its states: as it is now, saved or not, as git has it, or wherever else its address leads. */
export interface Side {
  readonly uri: vscode.Uri;
  readonly ref?: string;
}

/** What was found there. */
export interface FoundSide {
  readonly file: string;
  readonly version?: string;
  /** The direction, or in one line why there is none. */
  readonly direction: DirectionFile | undefined;
  readonly problem: string | undefined;
}

export function addressOf({ uri, ref }: Side): ComparedAddress {
  return { uri: String(uri), ...(ref === undefined ? {} : { ref }) };
}

export function sideAt({ uri, ref }: ComparedAddress): Side {
  return { uri: vscode.Uri.parse(uri, true), ...(ref === undefined ? {} : { ref }) };
}

/** Reads the sides of a comparison. */
export async function readSides(sides: readonly Side[]): Promise<FoundSide[]> {
  const withVersions = sides.some(({ uri, ref }) => ref !== undefined || isElsewhere(uri));
  return Promise.all(sides.map(async (side) => {
    const { text, version } = versionOf(side, withVersions);
    const place = { file: shortName(side.uri, sides), ...(version === undefined ? {} : { version }) };
    try {
      return { ...place, direction: parseDirection(await text(), `${place.file}${side.ref === undefined ? '' : ` (${side.ref})`}`), problem: undefined };
    } catch (error) {
      return { ...place, direction: undefined, problem: reasonOf(error) };
    }
  }));
}

function versionOf({ uri, ref }: Side, withVersions: boolean): { readonly text: () => Promise<string>; readonly version: string | undefined } {
  if (ref !== undefined) return { text: () => textInHead(uri), version: ref };
  if (isElsewhere(uri)) return { text: () => presentText(uri), version: gitVersion(uri) ?? wordsFor[uri.scheme] ?? uri.scheme };
  return { text: () => presentText(uri), version: unsaved(uri) ? 'unsaved' : withVersions ? 'working tree' : undefined };
}

/** Whether an address leads to a version that nobody can edit: one of git's, of a pull request, or of VS Code's local history. */
function isElsewhere({ scheme }: vscode.Uri): boolean {
  return scheme !== 'untitled' && vscode.workspace.fs.isWritableFileSystem(scheme) !== true;
}

const wordsFor: Readonly<Record<string, string>> = { 'vscode-local-history': 'local history' };

/** The file's name alone, unless another file has the same. */
function shortName(uri: vscode.Uri, sides: readonly Side[]): string {
  const namesake = sides.some((other) => other.uri.path !== uri.path && nameOf(other.uri) === nameOf(uri));
  return namesake ? vscode.workspace.asRelativePath(isElsewhere(uri) ? vscode.Uri.file(uri.path) : uri) : nameOf(uri);
}
