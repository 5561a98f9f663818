import { dirname, relative, sep } from 'node:path';
import * as vscode from 'vscode';
import { latentSpaces, presets } from '../../shared/direction/directionFile';
import type { LatentSpace, Preset } from '../../shared/direction/directionFile';
import { durationText } from '../../shared/durationText';
import { parseInteger, parseSeeds } from '../../shared/numberList';
import { fileNameOf } from '../../shared/plainFileName';
import type { PlanFile } from '../../shared/plan';
import type { GeneratorInfo } from '../../shared/protocol/engineProtocol';
import { formatRegion } from '../../shared/region';
import type { Region } from '../../shared/region';
import { counted } from '../../shared/table';
import { freeName } from '../fileNames';
import { reasonOf } from '../reason';
import { withoutLinks } from '../withoutLinks';
import type { AllServices } from '../allServices';
import type { KnownGenerator } from '../workspace/generatorScan';

/** What the user chose, and whether to discover it now or to save it as a plan. */
export interface AskedPlan {
  readonly plan: PlanFile;
  readonly then: 'discover' | 'save';
}

/** A generator of the plan, opened. */
interface Chosen {
  readonly known: KnownGenerator;
  readonly info: GeneratorInfo;
  readonly label?: number;
}

interface ChosenRegion {
  readonly name: string;
  /** What generators call it. */
  readonly called?: string;
  readonly region: Region;
}

const title = 'Discover for Several Regions';
const directions = 8;

const presetDetails: Readonly<Record<Preset, string>> = {
  draft: '2 samples at 64 px or less: a first impression',
  standard: '20 samples at 256 px or less',
  exact: '20 samples at full size: slower',
  official: '1 sample, as in the ReSeFa authors\' code',
};

/**
 * Asks step by step what to discover; nothing where the user gives up.
 *
 * @param start generators that are chosen already
 * @param folder the folder of the plan, which paths in it are relative to
 */
export async function askPlan(services: AllServices, start: readonly KnownGenerator[], folder: vscode.Uri): Promise<AskedPlan | undefined> {
  const known = start.length > 0 ? start : await askGenerators(services);
  if (!known) return undefined;
  const chosen = await opened(known, services);
  const labelled = await askClasses(chosen);
  const regions = labelled && (await askRegions(labelled, services));
  const seeds = regions && (await askSeeds());
  const spaces = seeds && (await askSpaces(labelled));
  const preset = spaces && (await askPreset(spaces, services));
  if (!preset) return undefined;
  const plan = planOf(labelled, regions, folder, { seeds, spaces, preset });
  const then = await askWhatThen(plan, labelled, services);
  return then && { plan, then };
}

async function askGenerators({ generators, panels }: AllServices): Promise<readonly KnownGenerator[] | undefined> {
  const shown = panels.open.at(-1)?.generator;
  const items = (await generators.all()).filter(({ problem }) => problem === undefined).map((generator) => ({ label: generator.name, description: generator.detail, picked: generator.reference === shown, generator }));
  if (items.length === 1) return items.map(({ generator }) => generator);
  const picked = await vscode.window.showQuickPick(items, { title, placeHolder: 'The generators', canPickMany: true, matchOnDescription: true, ignoreFocusOut: true });
  return picked && picked.length > 0 ? picked.map(({ generator }) => generator) : undefined;
}

async function opened(known: readonly KnownGenerator[], { engine, work }: AllServices): Promise<Chosen[]> {
  return work.during('opening generators', async () => {
    const chosen: Chosen[] = [];
    for (const each of known) chosen.push({ known: each, info: await engine.call('open', { generator: each.reference }) });
    return chosen;
  });
}

async function askClasses(chosen: readonly Chosen[]): Promise<readonly Chosen[] | undefined> {
  const labelled: Chosen[] = [];
  for (const each of chosen) {
    const most = each.info.classes - 1;
    if (most < 0) {
      labelled.push(each);
      continue;
    }
    const text = await vscode.window.showInputBox({ title, prompt: withoutLinks(`The class of ${each.known.name}, 0 to ${most}`), value: '0', ignoreFocusOut: true, validateInput: (value) => problemOf(() => parseInteger(value, 'the class', { min: 0, max: most })) });
    if (text === undefined) return undefined;
    labelled.push({ ...each, label: Number(text) });
  }
  return labelled;
}

async function askRegions(chosen: readonly Chosen[], { panels }: AllServices): Promise<readonly ChosenRegion[] | undefined> {
  const items = [...namedRegions(chosen), ...drawnRegions(panels.open, chosen)];
  if (items.length === 0) {
    void vscode.window.showInformationMessage('The generators have no named regions, and none is drawn in an open panel. Draw one in a panel first.');
    return undefined;
  }
  const picked = await vscode.window.showQuickPick(items, { title, placeHolder: 'The regions', canPickMany: true, matchOnDescription: true, ignoreFocusOut: true });
  if (!picked || picked.length === 0) return undefined;
  const taken = new Set<string>();
  return picked.map(({ chosen: { called, region }, label }) => {
    const name = freeName(fileNameOf(label, 'region'), taken);
    taken.add(name);
    return { name, region, ...(called === undefined ? {} : { called }) };
  });
}

interface RegionPick extends vscode.QuickPickItem {
  readonly chosen: Omit<ChosenRegion, 'name'>;
}

/** The regions that the generators name. One that only some of them know is taken as a shape for all. */
function namedRegions(chosen: readonly Chosen[]): RegionPick[] {
  const names = [...new Set(chosen.flatMap(({ info }) => Object.keys(info.regions)))];
  return names.map((name) => {
    const owners = chosen.filter(({ info }) => Object.hasOwn(info.regions, name));
    const region = owners[0]!.info.regions[name]!;
    const everywhere = owners.length === chosen.length;
    return { label: name, description: `${formatRegion(region)}${everywhere ? '' : ` of ${owners[0]!.known.name}`}`, chosen: { region, ...(everywhere ? { called: name } : {}) } };
  });
}

/** The regions that are drawn in open panels, but for those that are named ones. */
function drawnRegions(panels: AllServices['panels']['open'], chosen: readonly Chosen[]): RegionPick[] {
  const named = new Set(chosen.flatMap(({ info }) => Object.values(info.regions)).map(sameText));
  return panels.flatMap((panel) => panel.regions.flatMap(({ name, region }) => (region && !named.has(sameText(region)) ? [{ label: name, description: `${formatRegion(region)}, drawn in ${panel.title}`, picked: true, chosen: { region } }] : [])));
}

function sameText(region: Region): string {
  return JSON.stringify(Object.entries(region).sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function askSeeds(): Promise<readonly string[] | undefined> {
  const text = await vscode.window.showInputBox({
    title,
    prompt: 'The samples to average over, such as 0-19. Several lists, with ; between them, are discoveries of their own. Empty: as many as the preset takes.',
    ignoreFocusOut: true,
    validateInput: (value) => problemOf(() => { requireSeeds(seedLists(value)); }),
  });
  return text === undefined ? undefined : seedLists(text);
}

function seedLists(text: string): string[] {
  return text.trim() === '' ? [] : text.split(';').map((part) => part.trim());
}

function requireSeeds(lists: readonly string[]): void {
  for (const list of lists) parseSeeds(list, 'samples');
}

async function askSpaces(chosen: readonly Chosen[]): Promise<readonly LatentSpace[] | undefined> {
  if (!chosen.every(({ info }) => info.hasLayers)) return ['w'];
  const items = [
    { label: 'w', description: 'one vector for all edited layers', picked: true },
    { label: 'w+', description: 'one vector for each of them: slower, mostly more local', picked: false },
  ];
  const picked = await vscode.window.showQuickPick(items, { title, placeHolder: 'The latent spaces', canPickMany: true, ignoreFocusOut: true });
  return picked && picked.length > 0 ? latentSpaces.filter((space) => picked.some(({ label }) => label === space)) : undefined;
}

async function askPreset(spaces: readonly LatentSpace[], { settings }: AllServices): Promise<Preset | undefined> {
  const standard = settings.defaultPreset;
  const fitting = presets.filter((preset) => preset !== 'official' || !spaces.includes('w+'));
  const items = [...fitting].sort((a, b) => Number(b === standard) - Number(a === standard)).map((preset) => ({ label: preset, description: presetDetails[preset], preset }));
  return (await vscode.window.showQuickPick(items, { title, placeHolder: 'The preset', ignoreFocusOut: true }))?.preset;
}

function planOf(chosen: readonly Chosen[], regions: readonly ChosenRegion[], folder: vscode.Uri, { seeds, spaces, preset }: { readonly seeds: readonly string[]; readonly spaces: readonly LatentSpace[]; readonly preset: Preset }): PlanFile {
  const taken = new Set<string>();
  const generators = chosen.map(({ known, label }) => {
    const reference = referenceFrom(folder, known);
    const plain = lastPart(reference);
    const name = freeName(fileNameOf(known.name, 'generator').slice(0, 50), taken);
    taken.add(name);
    return name === plain && label === undefined ? reference : { generator: reference, ...(name === plain ? {} : { name }), ...(label === undefined ? {} : { class: label }) };
  });
  return {
    generators,
    regions: regions.map(({ name, called, region }) => called ?? { name, ...region }),
    ...(seeds.length > 0 ? { seeds } : {}),
    ...(spaces.length === 1 && spaces[0] === 'w' ? {} : { spaces }),
    preset,
    count: directions,
  };
}

/** Paths inside the plan's folder are relative, so that others can use the plan, too. */
function referenceFrom(folder: vscode.Uri, { reference, origin }: KnownGenerator): string {
  if (origin === 'embedded' || folder.scheme !== 'file') return reference;
  const path = relative(folder.fsPath, reference);
  return path === '' || path.startsWith('..') || dirname(path) === path || path === reference ? reference : `./${path.split(sep).join('/')}`;
}

function lastPart(reference: string): string {
  return fileNameOf((reference.split(/[\\/]/).at(-1) ?? '').replace(/\.onnx$/i, ''), '');
}

async function askWhatThen(plan: PlanFile, chosen: readonly Chosen[], services: AllServices): Promise<AskedPlan['then'] | undefined> {
  const seconds = await services.work.during('timing the generators', () => secondsOf(plan, chosen, services));
  const results = plan.generators.length * plan.regions.length * Math.max(1, plan.seeds?.length ?? 1) * (plan.spaces?.length ?? 1);
  const items = [
    { label: 'Discover', iconPath: new vscode.ThemeIcon('run-all'), description: `${counted(results, 'discovery')}, ${counted(results * directions, 'direction')}, about ${durationText(seconds)}`, then: 'discover' as const },
    { label: 'Save Plan', iconPath: new vscode.ThemeIcon('save'), description: 'a file in the workspace, for later and for the command line', then: 'save' as const },
  ];
  return (await vscode.window.showQuickPick(items, { title, placeHolder: `It will take about ${durationText(seconds)} on this machine`, ignoreFocusOut: true }))?.then;
}

async function secondsOf({ preset = 'standard', spaces = ['w'], seeds, regions }: PlanFile, chosen: readonly Chosen[], { engine }: AllServices): Promise<number> {
  let seconds = 0;
  // The regions of a job share its samples, and are measured each.
  const count = Math.min(1000, directions * regions.length);
  for (const { known, info, label } of chosen) {
    for (const space of spaces) {
      const request = { generator: known.reference, preset, space, layers: info.editLayers, count, ...(label === undefined ? {} : { label }) };
      for (const each of seeds ?? [undefined]) seconds += (await engine.call('estimate', { ...request, ...(each === undefined ? {} : { seeds: each }) })).exactSeconds;
    }
  }
  return seconds;
}

function problemOf(check: () => unknown): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}
