import * as vscode from 'vscode';
import { requireFits } from '../../shared/direction/directionFile';
import type { DirectionFile } from '../../shared/direction/directionFile';
import type { Steps } from '../../shared/protocol/engineProtocol';
import { safeFileName } from '../fileNames';
import { generatorOfDirection } from '../generators/generatorOfDirection';
import { notifiedWork, unlessCancelled } from '../notifiedWork';
import { placeFor } from '../panel/exportPng';
import type { Services } from '../services';
import { withoutLinks } from '../withoutLinks';
import { writeFile } from '../workspace/files';

/**
 * Asks for a place and writes an HTML report of some directions there, with a notification that cancels; nothing is written
 * where the user gives up.
 *
 * @param files the directions' files, for messages
 * @throws UserError where the generator is missing or a direction does not fit it
 */
export async function exportReportFile(directions: readonly DirectionFile[], files: readonly string[], services: Services): Promise<void> {
  const { reference, info } = await generatorOfDirection(directions[0]!, files[0]!, services);
  directions.forEach((direction, i) => { requireFits(direction, { ...info, layerCount: info.layers.length }, files[i]!); });
  const name = `${safeFileName(directions.length === 1 ? directions[0]!.name : info.name, 'directions')}-report.html`;
  const uri = await vscode.window.showSaveDialog({ defaultUri: placeFor(name), filters: { HTML: ['html', 'htm'] }, saveLabel: 'Export' });
  if (!uri) return;
  const html = await computed(reference, directions, services);
  if (html === undefined) return;
  await writeFile(uri, new TextEncoder().encode(html));
  offerToShow(uri);
}

/** The report; nothing where the user cancels. */
async function computed(generator: string, directions: readonly DirectionFile[], services: Services): Promise<string | undefined> {
  const answer = await unlessCancelled(notifiedWork('making a report', services, (signal, report) => {
    const onProgress = ({ done, total }: Steps) => { report(`${done} of ${total} directions`, done / total); };
    return services.engine.call('report', { generator, directions }, { signal, onProgress });
  }));
  return answer?.html;
}

/** Says what has been written, with a button that shows it: in the browser where that can read the file. Returns at once. */
function offerToShow(uri: vscode.Uri): void {
  const path = vscode.workspace.asRelativePath(uri);
  const local = uri.scheme === 'file' && vscode.env.remoteName === undefined && vscode.env.uiKind === vscode.UIKind.Desktop;
  void vscode.window.showInformationMessage(withoutLinks(`Exported ${path}`), local ? 'Open in Browser' : 'Open').then((button) => {
    if (button === undefined) return;
    if (local) void vscode.env.openExternal(uri);
    else void vscode.commands.executeCommand('vscode.open', uri);
  });
}
