import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { damagedDirections } from '../../support/damagedDirections';
import { malformedDirections, soundDirection } from '../../support/malformedDirections';
import { api, eventually } from './extension';
import { inHost } from './registry';

/** VS Code closes the first documents that nobody looks at once there are fifty. */
const documentsAtOnce = 40;

const ownDiagnosticsOf = (uri: vscode.Uri) => vscode.languages.getDiagnostics(uri).filter(({ source }) => source === 'ReSeFa');

inHost('finds a place for what is wrong in each of 200 malformed direction files, fails at none and touches none', async (note) => {
  const all = [...malformedDirections.map(({ text }) => text), ...damagedDirections(220 - malformedDirections.length)];
  // What has a NUL in it VS Code takes for a binary file, which it does not open; and one with thousands of open brackets neither.
  const texts = all.filter((text) => !text.includes('\0') && (text.match(/[[{]/g) ?? []).length < 2000);
  assert.ok(texts.length >= 200, `${texts.length} files`);
  const resefa = await api();
  const logged = resefa.logLines().length;
  // With its own validation, VS Code says what the schema says; but only of files that somebody looks at.
  await validateJson(false);
  const began = performance.now();
  for (let first = 0; first < texts.length; first += documentsAtOnce) await lookAt(texts.slice(first, first + documentsAtOnce), first);
  await validateJson(undefined);
  note(`${texts.length} malformed files were open and looked at after ${(performance.now() - began).toFixed(0)} ms`);
  assert.deepEqual(resefa.logLines().slice(logged), []);
  await vscode.workspace.fs.delete(vscode.Uri.joinPath(folder(), 'malformed'), { recursive: true });
});

async function validateJson(enabled: boolean | undefined): Promise<void> {
  await vscode.workspace.getConfiguration('json').update('validate.enable', enabled, vscode.ConfigurationTarget.Global);
}

/** Opens files, waits until each has a problem, and looks at the problems and their fixes. */
async function lookAt(texts: readonly string[], first: number): Promise<void> {
  const files = await Promise.all(texts.map(async (text, i) => ({ text, uri: await written(`malformed/${first + i}.resefa.json`, text) })));
  const documents = await Promise.all(files.map(({ uri }) => vscode.workspace.openTextDocument(uri)));
  for (const [i, document] of documents.entries()) {
    await eventually(`a problem in ${document.fileName}`, () => ownDiagnosticsOf(document.uri).length > 0);
    for (const { range } of ownDiagnosticsOf(document.uri)) assert.ok(document.validateRange(range).isEqual(range), `${document.fileName}: ${JSON.stringify(range)} is not inside`);
    const whole = new vscode.Range(new vscode.Position(0, 0), document.lineAt(document.lineCount - 1).range.end);
    for (const kind of [vscode.CodeActionKind.QuickFix, vscode.CodeActionKind.Source]) await vscode.commands.executeCommand('vscode.executeCodeActionProvider', document.uri, whole, kind.value);
    assert.equal(document.isDirty, false);
    assert.equal(Buffer.from(await vscode.workspace.fs.readFile(document.uri)).toString('utf8'), files[i]!.text);
  }
}

inHost('offers what mends a direction, and nothing for one that is sound', async () => {
  const spoilt = soundDirection.replace('0.5, -0.5', '-5, 5').replace('[-6, 6]', '[6, -6]').replace('"x": 0.2, "y": 0.4', '"y": 0.4, "x": 0.2');
  const document = await vscode.workspace.openTextDocument(await written('spoilt.resefa.json', spoilt));
  const ask = async (kind: vscode.CodeActionKind) => {
    const whole = new vscode.Range(new vscode.Position(0, 0), document.lineAt(document.lineCount - 1).range.end);
    return (await vscode.commands.executeCommand<vscode.CodeAction[]>('vscode.executeCodeActionProvider', document.uri, whole, kind.value)).filter(({ edit }) => edit !== undefined);
  };
  assert.deepEqual((await ask(vscode.CodeActionKind.QuickFix)).map(({ title }) => title), ['Swap the ends of alpha', 'Renormalise the vector']);
  const all = (await ask(vscode.CodeActionKind.SourceFixAll))[0]!;
  assert.ok(await vscode.workspace.applyEdit(all.edit!));
  assert.match(document.getText(), /"alpha": \[-6, 6\][^]*"vector": \[\n {4}0\.70/);
  const canonical = (await ask(vscode.CodeActionKind.Source)).find(({ title }) => title === 'Write the File as ReSeFa Does')!;
  assert.ok(await vscode.workspace.applyEdit(canonical.edit!));
  assert.match(document.getText(), /"x": 0\.2, "y": 0\.4/);
  assert.deepEqual((await ask(vscode.CodeActionKind.Source)).map(({ title }) => title), []);
  await document.save();
});

inHost('leaves other JSON files alone', async () => {
  const { uri } = await vscode.workspace.openTextDocument(await written('other.json', '{ "format": "resefa-direction", "version": 9 }'));
  const known = await vscode.workspace.openTextDocument(await written('known.resefa.json', '{ "format": "resefa-direction", "version": 9 }'));
  await eventually('a problem in known.resefa.json', () => ownDiagnosticsOf(known.uri).length > 0);
  assert.deepEqual(ownDiagnosticsOf(uri), []);
});

function folder(): vscode.Uri {
  const first = vscode.workspace.workspaceFolders?.[0];
  assert.ok(first, 'no folder is open');
  return first.uri;
}

async function written(path: string, text: string): Promise<vscode.Uri> {
  const uri = vscode.Uri.joinPath(folder(), path);
  await vscode.workspace.fs.writeFile(uri, Buffer.from(text));
  return uri;
}
