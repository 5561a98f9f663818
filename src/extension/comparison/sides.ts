import * as vscode from 'vscode';
import { parseDirection } from '../../shared/direction/checkDirection';
import type { DirectionFile } from '../../shared/direction/directionFile';
import type { ComparedAddress } from '../../shared/protocol/comparisonProtocol';
import { reasonOf } from '../reason';
import { presentText, unsaved } from '../workspace/directionFiles';
import { nameOf } from '../workspace/files';
import { textInHead } from './gitApi';

/** A direction file in one of its states: as it is now, saved or not, or as git has it. */
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
  const withGit = sides.some(({ ref }) => ref !== undefined);
  return Promise.all(sides.map(async (side) => {
    const { text, version } = versionOf(side, withGit);
    const place = { file: shortName(side.uri, sides), ...(version === undefined ? {} : { version }) };
    try {
      return { ...place, direction: parseDirection(await text(), `${place.file}${side.ref === undefined ? '' : ` (${side.ref})`}`), problem: undefined };
    } catch (error) {
      return { ...place, direction: undefined, problem: reasonOf(error) };
    }
  }));
}

function versionOf({ uri, ref }: Side, withGit: boolean): { readonly text: () => Promise<string>; readonly version: string | undefined } {
  if (ref !== undefined) return { text: () => textInHead(uri), version: ref };
  return { text: () => presentText(uri), version: unsaved(uri) ? 'unsaved' : withGit ? 'working tree' : undefined };
}

/** The file's name alone, unless another file has the same. */
function shortName(uri: vscode.Uri, sides: readonly Side[]): string {
  const namesake = sides.some((other) => String(other.uri) !== String(uri) && nameOf(other.uri) === nameOf(uri));
  return namesake ? vscode.workspace.asRelativePath(uri) : nameOf(uri);
}
