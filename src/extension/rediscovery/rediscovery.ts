import * as vscode from 'vscode';
import { parseDirection } from '../../shared/direction/checkDirection';
import { angleOf } from '../../shared/direction/directionCosines';
import { formatDirection } from '../../shared/direction/formatDirection';
import type { DirectionFile, DiscoveredDirection } from '../../shared/direction/directionFile';
import { requireDiscovered } from '../../shared/direction/requireDiscovered';
import { durationText } from '../../shared/durationText';
import type { Rediscovered } from '../../shared/protocol/engineProtocol';
import { UserError } from '../../shared/userError';
import { presentText } from '../workspace/directionFiles';
import { showError } from '../errors';
import { openedGeneratorOf } from '../generators/missingGenerator';
import { saveAsItIs } from '../panel/saveDirection';
import type { Services } from '../services';
import { withoutLinks } from '../withoutLinks';
import { nameOf } from '../workspace/files';
import { longRepetition, repeating, secondsToRepeat } from './repeating';

/** Degrees within which two directions are the same one. */
const sameAngle = 1;

/**
 * Repeats the discovery of a direction file, as it stands in the editor, and offers to look at what is found, to save it, or
 * to put it in the place of what was there. Returns when that is offered.
 *
 * @throws UserError when the file is no direction that a discovery found, or its generator is another one
 */
export async function rediscoverFile(uri: vscode.Uri, services: Services): Promise<void> {
  const text = await presentText(uri);
  const saved = parseDirection(text, nameOf(uri));
  requireDiscovered(saved);
  const generator = await openedGeneratorOf(saved, nameOf(uri), services);
  if (!generator || !(await mayTakeTime(generator.reference, saved, services))) return;
  const answer = await repeating(`rediscovering ${saved.name}`, services, (options) => services.engine.call('rediscover', { generator: generator.reference, direction: saved }, options));
  if (answer) void offer(new Finding(uri, text, saved, answer), services);
}

/** Asks before it takes long. */
async function mayTakeTime(generator: string, direction: DiscoveredDirection, services: Services): Promise<boolean> {
  const seconds = await secondsToRepeat(generator, direction, services);
  if (seconds <= longRepetition) return true;
  const button = `Rediscover (about ${durationText(seconds)})`;
  const detail = 'Its discovery runs again with all its samples. It can be cancelled at any time, and nothing is changed by it.';
  return (await vscode.window.showInformationMessage(`Rediscover ${direction.name}?`, { modal: true, detail }, button)) === button;
}

/** What was found in place of a saved direction. */
class Finding {
  readonly newText: string;
  private kept: vscode.Uri | undefined;

  /** @param text of the file, from which `saved` was read */
  constructor(readonly uri: vscode.Uri, private readonly text: string, readonly saved: DiscoveredDirection, private readonly found: Rediscovered) {
    this.newText = formatDirection(found.direction);
  }

  get direction(): DirectionFile {
    return this.found.direction;
  }

  /** Whether the file would be another one, in any byte but for line ends. */
  get differs(): boolean {
    return this.newText !== lines(this.text);
  }

  get message(): string {
    const { direction: { discovery }, cosine } = this.found;
    const { name, discovery: before } = this.saved;
    const same = angleOf(cosine) < sameAngle;
    const rank = discovery.rank === before.rank ? '' : `, rank ${before.rank} → ${discovery.rank}`;
    const numbers = `|cos| ${cosine.toFixed(6)}, eigenvalue ${short(before.eigenvalue)} → ${short(discovery.eigenvalue)}${rank}`;
    return same ? `${name} was found again: ${numbers}` : `${name} was not found again; the nearest direction is another one: ${numbers}`;
  }

  /** Where what was found can be read. */
  keptIn({ found }: Services): vscode.Uri {
    this.kept ??= found.keep(`${this.saved.name} found now`, this.newText);
    return this.kept;
  }

  /** Puts it into the file's editor, where it can be undone, and is not saved yet. */
  async replace(): Promise<void> {
    const document = await vscode.workspace.openTextDocument(this.uri);
    if (lines(document.getText()) !== lines(this.text)) throw new UserError(`${nameOf(this.uri)} has changed since it was rediscovered: rediscover it again`);
    await vscode.commands.executeCommand('vscode.open', this.uri);
    const edit = new vscode.WorkspaceEdit();
    edit.replace(this.uri, new vscode.Range(document.positionAt(0), document.positionAt(document.getText().length)), this.newText);
    if (!(await vscode.workspace.applyEdit(edit))) throw new UserError(`${nameOf(this.uri)} cannot be edited here`);
  }
}

const [compare, saveAsNew, replace] = ['Compare', 'Save as New File', 'Replace'];

/** Tells what was found, and does what the user asks for. It stays on offer while they only look at it. */
async function offer(finding: Finding, services: Services): Promise<void> {
  try {
    const writable = vscode.workspace.fs.isWritableFileSystem(finding.uri.scheme) !== false;
    const buttons = [compare, saveAsNew, ...(finding.differs && writable ? [replace] : [])];
    const button = await vscode.window.showInformationMessage(withoutLinks(finding.message), ...buttons);
    if (button === saveAsNew) await saveAsItIs(finding.direction, services);
    if (button === replace) await finding.replace();
    if (button !== compare) return;
    await vscode.commands.executeCommand('resefa.compareDirections', finding.uri, [finding.uri, finding.keptIn(services)]);
    await offer(finding, services);
  } catch (error) {
    showError(error, services.log);
  }
}

function lines(text: string): string {
  return text.replaceAll('\r\n', '\n');
}

function short(value: number): string {
  return `${Number(value.toPrecision(4))}`;
}
