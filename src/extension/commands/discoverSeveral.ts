import { dirname, isAbsolute, join, resolve } from 'node:path';
import * as vscode from 'vscode';
import { formatPlan, parsePlan, planSuffix } from '../../shared/plan';
import type { PlanFile } from '../../shared/plan';
import { UserError } from '../../shared/userError';
import type { AllServices } from '../allServices';
import { askPlan } from '../batch/askPlan';
import { runPlan } from '../batch/runPlan';
import { fileNameProblem } from '../fileNames';
import { withoutLinks } from '../withoutLinks';
import { enginePath, mayWrite, nameOf, readText, writeFile } from '../workspace/files';
import { unsaved } from '../workspace/directionFiles';
import { requireTrusted } from '../workspace/openable';
import type { KnownGenerator } from '../workspace/generatorScan';
import { generatorOf } from './arguments';
import type { Command } from './command';

/** A plan with ten thousand regions is smaller. */
const largestPlan = 16 * 2 ** 20;
const mostPlans = 100;

/**
 * Discovers what a plan file asks for; without one, asks for the plan step by step. What is done is not repeated, so that
 * running it again goes on.
 */
export const discoverSeveral: Command = {
  id: 'resefa.discoverSeveral',
  run: async (services, argument, selection) => {
    const start = generatorsOf(argument, selection);
    const file = argument instanceof vscode.Uri && isPlan(argument) ? argument : start.length > 0 ? undefined : await pickPlan();
    if (file === 'none') return;
    if (file) await runFile(file, services);
    else await runAsked(start, services);
  },
};

function isPlan(uri: vscode.Uri): boolean {
  return nameOf(uri).toLowerCase().endsWith(planSuffix);
}

/** The generators of the tree items that were selected where the menu was opened. */
function generatorsOf(argument: unknown, selection: unknown): readonly KnownGenerator[] {
  const chosen = Array.isArray(selection) && selection.length > 0 ? (selection as unknown[]) : [argument];
  return chosen.flatMap((each) => generatorOf(each) ?? []).filter(({ problem }) => problem === undefined);
}

/** A plan file of the workspace; undefined for a new one, and 'none' where the user gives up. */
async function pickPlan(): Promise<vscode.Uri | 'none' | undefined> {
  const plans = await vscode.workspace.findFiles(`**/*${planSuffix}`, '**/node_modules/**', mostPlans);
  if (plans.length === 0) return undefined;
  const items = [
    { label: 'Choose generators and regions...', iconPath: new vscode.ThemeIcon('list-selection'), description: '', uri: undefined },
    ...plans.map((uri) => ({ label: nameOf(uri), iconPath: new vscode.ThemeIcon('run-all'), description: vscode.workspace.asRelativePath(uri), uri })).sort((a, b) => a.description.localeCompare(b.description)),
  ];
  const picked = await vscode.window.showQuickPick(items, { title: 'Discover for Several Regions', placeHolder: 'A plan of the workspace, or a new one', matchOnDescription: true });
  return picked ? picked.uri : 'none';
}

async function runFile(uri: vscode.Uri, services: AllServices): Promise<void> {
  requireTrusted(uri);
  const path = enginePath(uri);
  // What stands in the editor is what the user means, saved or not.
  const text = unsaved(uri)?.getText() ?? (await readText(uri, largestPlan));
  requireTrustedGenerators(text, nameOf(uri), dirname(path));
  const folder = vscode.workspace.getWorkspaceFolder(uri)?.uri ?? vscode.Uri.joinPath(uri, '..');
  await runPlan({ plan: text, name: nameOf(uri), base: dirname(path), out: outputFolder(folder, services), force: false }, services);
}

/** @throws UserError where the plan is broken, or asks for a generator that nobody has trusted */
function requireTrustedGenerators(text: string, name: string, base: string): void {
  for (const { reference } of parsePlan(text, name).generators) requireTrusted(vscode.Uri.file(isAbsolute(reference) ? resolve(reference) : join(base, reference)));
}

function outputFolder(folder: vscode.Uri, { settings }: AllServices): string {
  return enginePath(vscode.Uri.joinPath(folder, settings.directionsFolder(folder)));
}

async function runAsked(start: readonly KnownGenerator[], services: AllServices): Promise<void> {
  const folder = await askFolder();
  const asked = folder && (await askPlan(services, start, folder));
  if (!asked) return;
  const text = formatPlan(asked.plan);
  parsePlan(text, 'the plan');
  if (asked.then === 'save') await savePlan(text, folder);
  else await runPlan({ plan: text, name: nameOfPlan(asked.plan), base: enginePath(folder), out: outputFolder(folder, services), force: false }, services);
}

/** What messages call a plan that has no file. */
function nameOfPlan({ regions }: PlanFile): string {
  const names = regions.map((region) => (typeof region === 'string' ? region : region.name));
  return `${names.slice(0, 3).join(', ')}${names.length > 3 ? ' and others' : ''}`;
}

async function askFolder(): Promise<vscode.Uri | undefined> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  if (folders.length === 0) throw new UserError('open a folder first: the directions are saved in it');
  if (folders.length === 1) return folders[0]!.uri;
  return (await vscode.window.showWorkspaceFolderPick({ placeHolder: 'The workspace folder to save the directions in' }))?.uri;
}

async function savePlan(text: string, folder: vscode.Uri): Promise<void> {
  const name = await vscode.window.showInputBox({
    title: 'Save plan',
    prompt: withoutLinks(`Saved as <name>${planSuffix} in ${vscode.workspace.asRelativePath(folder)}`),
    value: 'regions',
    ignoreFocusOut: true,
    validateInput: (value) => fileNameProblem(value),
  });
  if (name === undefined) return;
  const uri = vscode.Uri.joinPath(folder, `${name}${planSuffix}`);
  if (!(await mayWrite(uri))) return;
  await writeFile(uri, new TextEncoder().encode(text));
  await vscode.window.showTextDocument(uri);
}
