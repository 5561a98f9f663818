import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { AllServices } from '../allServices';
import { requireOpenable } from '../workspace/openable';
import { withoutLinks } from '../withoutLinks';
import { referenceOf } from './arguments';
import type { Command } from './command';

/** Shows what a generator is made of, whether it can be differentiated, and what discoveries take on this machine. */
export const examineGenerator: Command = {
  id: 'resefa.examineGenerator',
  run: async (services, argument) => {
    const reference = referenceOf(argument) ?? (await pickGenerator(services));
    if (reference === undefined) return;
    requireOpenable(reference);
    const title = `examining ${basename(reference)}`;
    const progress = { location: vscode.ProgressLocation.Notification, title: withoutLinks(`ReSeFa: ${title}`) };
    const { report } = await services.work.during(title, async () => vscode.window.withProgress(progress, () => services.engine.call('examine', { generator: reference })));
    await services.reports.show(`${basename(reference)} report`, report);
  },
};

/** The generator of the panel in front comes first. */
async function pickGenerator({ generators, panels }: AllServices): Promise<string | undefined> {
  const shown = panels.open.at(-1)?.generator;
  const entries = [...(await generators.entries())].sort((a, b) => Number(b.reference === shown) - Number(a.reference === shown));
  const items = entries.map(({ reference, name, detail }) => ({ label: name, description: detail, reference }));
  return (await vscode.window.showQuickPick(items, { placeHolder: 'The generator to examine', matchOnDescription: true }))?.reference;
}
