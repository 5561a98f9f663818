import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parsePlan } from '../../src/shared/plan';
import { useVsCode } from './support/useVsCode';
import { until } from './support/waiting';

const planName = 'faces.resefa-plan.json';
const plan = { format: 'resefa-plan', version: 1, generators: ['afhq-cat-64'], regions: ['eyes', 'mouth'], seeds: ['0-7', '8-39'], preset: 'draft', count: 4 };
const tasks = ['eyes-seeds0-7', 'mouth-seeds0-7', 'eyes-seeds8-39', 'mouth-seeds8-39'];

const vscode = useVsCode({
  theme: 'Default Dark Modern',
  before: ({ workspace }) => { writeFileSync(join(workspace, planName), `${JSON.stringify(plan, null, 2)}\n`); },
});

const folder = () => join(vscode.server.workspace, 'directions', 'afhq-cat-64');
const files = () => (existsSync(folder()) ? readdirSync(folder()).filter((name) => name.endsWith('.resefa.json')).sort() : []);

/** When each file was written; a number that is no less than any after it has been written once more. */
function times(): Record<string, number> {
  return Object.fromEntries(files().map((name) => [name, statSync(join(folder(), name)).mtimeMs]));
}

const isDone = (task: string) => files().filter((name) => name.startsWith(`${task}-`)).length === plan.count;

describe('a plan in the explorer', () => {
  let cancelled: Record<string, number>;
  let killed: Record<string, number>;

  it('is discovered until somebody cancels', async () => {
    await vscode.window.chooseInExplorer(planName, 'Discover for Several Regions');
    await until('the first region', () => isDone(tasks[0]!));
    await vscode.window.answerNotification(`discovering ${planName}`, 'Cancel');
    await vscode.window.waitForNotification(`Stopped discovering ${planName}`);
    cancelled = times();
    expect(files().length).toBeLessThan(tasks.length * plan.count);
  });

  it('goes on where it was, until the engine process is killed', async () => {
    await vscode.window.answerNotification(`Stopped discovering ${planName}`, 'Continue');
    await until('samples of the second list', () => existsSync(join(vscode.server.workspace, 'directions', '.resefa-batch', 'sums', 'afhq-cat-64', 'w-seeds8-39.sums')));
    await vscode.server.killEngine();
    await vscode.window.waitForNotification(`Discovering ${planName} was interrupted: the engine process ended unexpectedly`);
    killed = times();
    expect(killed).toMatchObject(cancelled);
    expect(files().length).toBeLessThan(tasks.length * plan.count);
  });

  it('and again, rewrites nothing of what is done, and opens its summary', async () => {
    await vscode.window.answerNotification('was interrupted', 'Continue');
    const notification = await vscode.window.waitForNotification(/\d discover(y|ies) made, \d done before/);
    await expect.poll(() => notification.textContent()).not.toContain('failed');
    expect(tasks.filter(isDone)).toEqual(tasks);
    expect(times()).toMatchObject(killed);
    await vscode.window.answerNotification('done before', 'Open Summary');
    await vscode.window.tab('summary.md').waitFor();
    expect(readFileSync(join(vscode.server.workspace, 'directions', 'summary.md'), 'utf8')).toContain('4 discoveries: 4 done, 0 failed.');
    await vscode.window.dismissNotifications();
  });

  it('finds nothing to do when all is done, and shows its directions in the activity bar', async () => {
    const before = times();
    await vscode.window.runAndPick('ReSeFa: Discover for Several Regions', planName);
    await vscode.window.waitForNotification('0 discoveries made, 4 done before.');
    expect(times()).toEqual(before);
    await vscode.window.runCommand('ReSeFa: Focus on Directions View');
    await vscode.window.page.getByRole('treeitem', { name: /mouth-seeds8-39-4/ }).first().waitFor();
    await vscode.window.dismissNotifications();
  });
});

describe('a plan that is made step by step', () => {
  it('asks for regions, samples, spaces and a preset, and is saved as a file that the command line takes, too', async () => {
    const { window } = vscode;
    await window.runAndPick('ReSeFa: Discover for Several Regions', 'Choose generators and regions...');
    for (const region of ['nose', 'left-eye']) await window.pick(region);
    await window.page.keyboard.press('Enter');
    await window.page.getByText(/The samples to average over/).first().waitFor();
    await window.answer('0-1; 2');
    await window.pick('w+');
    await window.page.keyboard.press('Enter');
    await window.pick('draft');
    await window.quickPick('Discover').first().waitFor();
    await window.pick('Save Plan');
    await window.answer('mine');
    await window.tab('mine.resefa-plan.json').waitFor();
    const saved = parsePlan(readFileSync(join(vscode.server.workspace, 'mine.resefa-plan.json'), 'utf8'), 'mine');
    expect(saved).toMatchObject({ seeds: ['0-1', '2'], spaces: ['w', 'w+'], preset: 'draft', count: 8 });
    expect(saved.generators.map(({ reference, regions }) => [reference, regions.map(({ name }) => name)])).toEqual([['afhq-cat-64', ['left-eye', 'nose']]]);
  });

  it('has caused no error in the console', () => {
    // Its preview of Markdown is not ours, and VS Code writes the text of every error notification to the console.
    expect(vscode.window.consoleErrors(/was interrupted|engine process ended unexpectedly/, /extensionId=vscode\.markdown/)).toEqual([]);
  });
});
