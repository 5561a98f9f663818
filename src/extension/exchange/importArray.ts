import * as vscode from 'vscode';
import type { DirectionFile } from '../../shared/direction/directionFile';
import { formatRegion } from '../../shared/region';
import type { Region } from '../../shared/region';
import type { ArrayShape, GeneratorInfo, ImportRequest } from '../../shared/protocol/engineProtocol';
import { counted } from '../../shared/table';
import { UserError } from '../../shared/userError';
import { directionSuffix, freeName, safeFileName } from '../fileNames';
import { askFile } from '../generators/chooseGenerator';
import { notifiedWork, unlessCancelled } from '../notifiedWork';
import { offerToOpen } from '../panel/exportPng';
import type { Services } from '../services';
import { enginePath, nameOf } from '../workspace/files';
import type { KnownGenerator } from '../workspace/generatorScan';
import { directionNamesIn, folderForDirections, writeDirection } from '../workspace/newDirections';

/** So many rows are taken unless the user says otherwise; of more, they choose. */
const fewRows = 10;

/**
 * Takes over directions of a `.npy` file: asks for the generator, which an array does not tell, for the rows and for a region
 * to measure them on, and writes a direction file for each row.
 *
 * @throws UserError when the file holds no directions, or none that a generator here takes
 */
export async function importArray(uri: vscode.Uri, services: Services): Promise<void> {
  const { engine, work } = services;
  const [path, file] = [enginePath(uri), nameOf(uri)];
  const shape = await engine.call('arrayShape', { path });
  const generator = await askGenerator(file, shape, services);
  if (!generator) return;
  const info = await work.during(`opening ${generator.name}`, () => engine.call('open', { generator: generator.reference }));
  const taken = await askRows(file, shape, info);
  const region = taken && (await askRegion(file, info));
  const folder = region && (await askFolder(info.name, services));
  if (!folder) return;
  const directions = await imported({ path, generator: generator.reference, ...taken, ...region }, file, services);
  if (!directions) return;
  const written = await writeAll(folder, directions);
  offerToOpen(`Imported ${counted(written.length, 'direction')} of ${file} into ${vscode.workspace.asRelativePath(folder)}: ${named(written)}`, written[0]!.uri);
}

interface GeneratorItem extends vscode.QuickPickItem {
  readonly generator: KnownGenerator;
}

/** Those that take directions of this shape, then those of which that is not known before they are opened. */
async function askGenerator(file: string, { dims }: ArrayShape, { generators }: Services): Promise<KnownGenerator | undefined> {
  const usable = (await generators.all()).filter(({ problem }) => problem === undefined);
  const fitting = usable.filter((generator) => fits(generator, dims));
  const unknown = usable.filter(({ dimensions }) => dimensions === undefined);
  if (fitting.length + unknown.length === 0) throw new UserError(`${file} has the shape [${dims.join(', ')}], and no generator that is here takes directions of it: import the generator that they are for first`);
  const items = [...fitting, ...unknown].map((generator): GeneratorItem => ({ label: generator.name, description: generator.dimensions === undefined ? `${generator.detail}, not known whether it fits` : generator.detail, generator }));
  return (await vscode.window.showQuickPick(items, { title: `Import directions of ${file}`, placeHolder: `The generator that they are for; the array [${dims.join(', ')}] does not tell`, matchOnDescription: true, ignoreFocusOut: true }))?.generator;
}

function fits({ dimensions, layerCount }: KnownGenerator, dims: readonly number[]): boolean {
  return dims.at(-1) === dimensions && (dims.length < 3 || dims[1] === 1 || dims[1] === layerCount);
}

type Taken = Pick<ImportRequest, 'rows' | 'space'>;

/** The rows to take over; a single one is not asked for. */
async function askRows(file: string, { dims, rows }: ArrayShape, { layers, hasLayers }: GeneratorInfo): Promise<Taken | undefined> {
  if (hasLayers && dims.length === 2 && dims[0] === layers.length) {
    const together = await askTogether(file, layers.length);
    if (together === undefined) return undefined;
    if (together) return { rows: [0], space: 'w+' };
  }
  const usable = rows.filter(({ problem }) => problem === undefined);
  const [only] = usable;
  if (!only) throw new UserError(`${file}: ${rows.length === 1 ? 'it' : 'each of its rows'} ${rows[0]!.problem!}, which is no direction`);
  if (rows.length === 1) return { rows: [only.row] };
  const items = usable.map(({ row, norm }) => ({ label: `Row ${row}`, description: `norm ${Number(norm.toPrecision(4))}`, picked: usable.length <= fewRows, row }));
  const left = rows.length - usable.length;
  const placeHolder = `The rows to import${left > 0 ? `; ${left} of ${rows.length} are no directions (all zeros, or not finite)` : ''}`;
  const picked = await vscode.window.showQuickPick(items, { title: `Import directions of ${file}`, placeHolder, canPickMany: true, ignoreFocusOut: true });
  return picked && picked.length > 0 ? { rows: picked.map(({ row }) => row) } : undefined;
}

/** Whether as many rows as there are layers are one direction; nothing where the user gives up. */
async function askTogether(file: string, layerCount: number): Promise<boolean | undefined> {
  const items = [
    { label: `${layerCount} directions in w`, detail: 'Each row is a direction', together: false },
    { label: 'One direction in w+', detail: `Each row is for one of the ${layerCount} layers`, together: true },
  ];
  return (await vscode.window.showQuickPick(items, { title: `Import directions of ${file}`, placeHolder: `The array has as many rows as the generator has layers`, ignoreFocusOut: true }))?.together;
}

type Measurement = Pick<ImportRequest, 'region' | 'label'>;

interface RegionItem extends vscode.QuickPickItem {
  readonly region: Region | undefined;
}

/** What the directions are for, which they are measured on; nothing where the user gives up. */
async function askRegion(file: string, { regions, classes }: GeneratorInfo): Promise<Measurement | undefined> {
  const named = Object.entries(regions);
  if (named.length === 0) return {};
  const items: RegionItem[] = [
    { label: 'No region', detail: 'The directions are not measured', region: undefined },
    ...named.map(([label, region]) => ({ label, description: formatRegion(region), region })),
  ];
  const chosen = await vscode.window.showQuickPick(items, { title: `Import directions of ${file}`, placeHolder: 'What they are for: how local they are is measured on it', matchOnDescription: true, ignoreFocusOut: true });
  if (!chosen?.region) return chosen && {};
  if (classes === 0) return { region: chosen.region };
  const label = await askClass(classes);
  return label === undefined ? undefined : { region: chosen.region, label };
}

async function askClass(classes: number): Promise<number | undefined> {
  const text = await vscode.window.showInputBox({
    title: 'The class to measure on',
    prompt: `0 to ${classes - 1}`,
    value: '0',
    ignoreFocusOut: true,
    validateInput: (value) => (/^\s*\d+\s*$/.test(value) && Number(value) < classes ? undefined : `Enter a class from 0 to ${classes - 1}`),
  });
  return text === undefined ? undefined : Number(text);
}

async function askFolder(generator: string, services: Services): Promise<vscode.Uri | undefined> {
  const folder = await folderForDirections(generator, services);
  return folder === 'none' ? askFile({ title: 'The folder to write directions into', openLabel: 'Import Here', canSelectFolders: true, canSelectFiles: false }) : folder;
}

/** Reads and measures, with a notification that cancels; nothing comes back where the user does. */
async function imported(request: ImportRequest, file: string, services: Services): Promise<readonly DirectionFile[] | undefined> {
  const answer = await unlessCancelled(notifiedWork(`importing ${file}`, services, (signal, report) => {
    const onProgress = ({ done, all }: { readonly done: number; readonly all: number }) => { report(`measuring ${Math.min(done + 1, all)} of ${all}`, done / all); };
    return services.engine.call('importDirections', request, { signal, onProgress });
  }));
  return answer?.directions;
}

interface Written {
  readonly name: string;
  readonly uri: vscode.Uri;
}

/** Writes each direction under a name that is free. */
async function writeAll(folder: vscode.Uri, directions: readonly DirectionFile[]): Promise<Written[]> {
  const taken = new Set(await directionNamesIn(folder));
  const written: Written[] = [];
  for (const direction of directions) {
    const name = freeName(safeFileName(direction.name, 'direction'), taken);
    const uri = vscode.Uri.joinPath(folder, `${name}${directionSuffix}`);
    await writeDirection(uri, { ...direction, name });
    taken.add(name);
    written.push({ name, uri });
  }
  return written;
}

function named(written: readonly Written[]): string {
  const names = written.slice(0, 3).map(({ name }) => name);
  return `${names.join(', ')}${written.length > names.length ? ' ..' : ''}`;
}
