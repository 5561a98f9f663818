import * as vscode from 'vscode';
import { enginePath, folderOf, nameOf } from '../workspace/files';
import type { DirectionItem } from '../views/directionsView';
import type { GeneratorItem } from '../views/generatorsView';
import type { KnownDirection } from '../workspace/directionCatalog';
import type { KnownGenerator } from '../workspace/generatorScan';

/** The generator of a tree item. */
export function generatorOf(argument: unknown): KnownGenerator | undefined {
  return hasKind(argument, 'generator') ? (argument as GeneratorItem).generator : undefined;
}

/** The direction of a tree item. */
export function directionOf(argument: unknown): KnownDirection | undefined {
  return hasKind(argument, 'direction') ? (argument as DirectionItem).direction : undefined;
}

/** The file that a command was called on: a Uri, or what a tree item stands for. */
export function uriOf(argument: unknown): vscode.Uri | undefined {
  if (argument instanceof vscode.Uri) return argument;
  return generatorOf(argument)?.uri ?? directionOf(argument)?.uri;
}

/** The files that a command was called on: what was selected where its menu was opened, or the one that it was given. */
export function urisOf(argument: unknown, selection: unknown): vscode.Uri[] {
  const chosen = Array.isArray(selection) && selection.length > 0 ? (selection as unknown[]) : [argument];
  return chosen.flatMap((each) => uriOf(each) ?? []);
}

/**
 * The generator that a command was called on: a reference, a tree item, an .onnx file, a generator folder or the
 * generator.json in it.
 *
 * @throws UserError for a file that is not on the disk.
 */
export function referenceOf(argument: unknown): string | undefined {
  if (typeof argument === 'string') return argument;
  if (argument instanceof vscode.Uri) return enginePath(nameOf(argument) === 'generator.json' ? folderOf(argument) : argument);
  return generatorOf(argument)?.reference;
}

function hasKind(argument: unknown, kind: string): boolean {
  return typeof argument === 'object' && argument !== null && 'kind' in argument && argument.kind === kind;
}
