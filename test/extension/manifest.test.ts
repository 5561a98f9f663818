import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { commandList } from '../../src/extension/commands/commandList';
import { directionViewType } from '../../src/extension/directionEditor/directionEditorProvider';
import { presets } from '../../src/shared/direction/directionFile';

vi.mock('vscode', () => ({ Uri: class {} }));

interface Entry {
  readonly command: string;
  readonly when?: string;
}

interface Manifest {
  readonly main: string;
  readonly icon: string;
  readonly activationEvents: readonly string[];
  readonly capabilities: { readonly untrustedWorkspaces: { readonly restrictedConfigurations: readonly string[] } };
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly title: string; readonly category: string }[];
    readonly menus: Readonly<Record<string, readonly Entry[]>>;
    readonly customEditors: readonly { readonly viewType: string; readonly selector: readonly { readonly filenamePattern: string }[]; readonly priority: string }[];
    readonly configurationDefaults: Readonly<Record<string, unknown>>;
    readonly views: Readonly<Record<string, readonly { readonly id: string; readonly icon: string }[]>>;
    readonly viewsContainers: Readonly<Record<string, readonly { readonly id: string; readonly icon: string }[]>>;
    readonly viewsWelcome: readonly { readonly view: string; readonly contents: string }[];
    readonly configuration: { readonly properties: Readonly<Record<string, { readonly default: unknown; readonly enum?: readonly string[]; readonly enumDescriptions?: readonly string[]; readonly markdownDescription: string; readonly minimum?: number; readonly maximum?: number }>> };
    readonly walkthroughs: readonly { readonly id: string; readonly steps: readonly { readonly description: string; readonly media: { readonly markdown: string }; readonly completionEvents: readonly string[] }[] }[];
  };
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
const { commands, menus, views, viewsContainers, viewsWelcome, configuration, walkthroughs } = manifest.contributes;
const registered = commandList.map(({ id }) => id);
const contributed = commands.map(({ command }) => command);
const viewIds = Object.values(views).flat().map(({ id }) => id);

describe('the manifest', () => {
  it('contributes every command but the one of the status bar, each once', () => {
    expect(new Set(registered).size).toBe(registered.length);
    expect([...contributed, 'resefa.revealPanel'].sort()).toEqual([...registered].sort());
  });

  it('names only commands and views that there are', () => {
    const links = [...viewsWelcome.map(({ contents }) => contents), ...walkthroughs.flatMap(({ steps }) => steps.map(({ description }) => description))].join('\n');
    const named = [...Object.values(menus).flat().map(({ command }) => command), ...[...links.matchAll(/command:([\w.]+)/g)].map((match) => match[1])];
    expect(named.filter((command) => !contributed.includes(command!))).toEqual([]);
    const placed = Object.values(menus).flat().flatMap(({ when }) => [...(when ?? '').matchAll(/view == ([\w.]+)/g)].map((match) => match[1]!));
    expect([...placed, ...viewsWelcome.map(({ view }) => view)].filter((view) => !viewIds.includes(view))).toEqual([]);
  });

  it('hides commands that need a tree item from the palette', () => {
    const hidden = (menus.commandPalette ?? []).filter(({ when }) => when === 'false').map(({ command }) => command);
    expect(hidden.sort()).toEqual(['copyPath', 'deleteDirection', 'removeGenerator', 'revealInExplorer', 'revealInFileManager'].map((name) => `resefa.${name}`));
  });

  it('has the palette titles that people are told of', () => {
    const titles = commands.map(({ category, title }) => `${category}: ${title}`);
    expect(titles).toEqual(expect.arrayContaining(['Discover Directions', 'Import Generator', 'Examine Generator', 'Write Settings of an ONNX File', 'Apply Direction', 'Open Direction', 'Show Log', 'Restart Engine', 'Clear Cache', 'Choose Execution Provider', 'Set Up CUDA', 'Get Started'].map((title) => `ReSeFa: ${title}`)));
  });

  it('opens direction files as previews, and differences and versions of them as text', () => {
    const [editor, ...others] = manifest.contributes.customEditors;
    expect(others).toEqual([]);
    expect(editor).toMatchObject({ viewType: directionViewType, selector: [{ filenamePattern: '*.resefa.json' }], priority: 'default' });
    expect(manifest.contributes.configurationDefaults).toMatchObject({
      'workbench.editorAssociations': { '{git,gitlens}:/**/*.resefa.json': 'default' }, 'workbench.diffEditorAssociations': { '*.resefa.json': 'default' },
    });
  });

  it('points at files that exist', () => {
    const icons = [...Object.values(views), ...Object.values(viewsContainers)].flat().map(({ icon }) => icon);
    const pages = walkthroughs.flatMap(({ steps }) => steps.map(({ media }) => media.markdown));
    expect([manifest.icon, ...icons, ...pages, 'media/panel-light.svg', 'media/panel-dark.svg'].filter((path) => !existsSync(path))).toEqual([]);
  });

  it('describes each setting, with a default that it allows', () => {
    expect(Object.keys(configuration.properties)).toEqual(['executionProvider', 'threads', 'memoryBudget', 'cacheSize', 'defaultPreset', 'directionsFolder'].map((key) => `resefa.${key}`));
    for (const setting of Object.values(configuration.properties)) {
      expect(setting.markdownDescription).toMatch(/^[A-Z].+\.$/);
      if (setting.enum) expect(setting.enum).toContain(setting.default);
      if (setting.enum) expect(setting.enumDescriptions).toHaveLength(setting.enum.length);
      if (setting.minimum !== undefined) expect(setting.default).toBeGreaterThanOrEqual(setting.minimum);
    }
    expect(configuration.properties['resefa.defaultPreset']?.enum).toEqual(presets);
    const restricted = manifest.capabilities.untrustedWorkspaces.restrictedConfigurations;
    expect(restricted.filter((key) => !(key in configuration.properties))).toEqual([]);
    // A workspace that is not trusted may say what a panel begins with, and nothing that takes the machine's resources or names a place on it.
    expect(Object.keys(configuration.properties).filter((key) => !restricted.includes(key))).toEqual(['resefa.defaultPreset']);
  });

  it('ends each step of the walkthrough', () => {
    const ends = walkthroughs.flatMap(({ steps }) => steps.flatMap(({ completionEvents }) => completionEvents));
    expect(ends).toEqual(['onCommand:resefa.discover', 'onContext:resefa.discovered', 'onContext:resefa.edited', 'onContext:resefa.saved', 'onCommand:resefa.importGenerator']);
  });

  it('wakes the extension for panels that a window reload brings back', () => {
    expect(manifest.activationEvents).toContain('onWebviewPanel:resefa.discover');
  });
});
