import { beforeEach, describe, expect, it, vi } from 'vitest';
import { findingOf } from '../../src/extension/language/generatorFinding';
import { saidByJsonFeatures } from '../../src/extension/language/jsonFeatures';
import { exampleDirection } from '../support/directions';
import { Uri } from './vscodeStub';

const editor = vi.hoisted(() => ({ jsonFeatures: true, validate: undefined as boolean | undefined }));

vi.mock('vscode', () => ({
  extensions: { getExtension: (id: string) => (editor.jsonFeatures && id === 'vscode.json-language-features' ? {} : undefined) },
  workspace: { getConfiguration: (section: string) => ({ get: (key: string, usual: boolean) => (section === 'json' && key === 'validate.enable' ? (editor.validate ?? usual) : undefined) }) },
}));

describe('saidByJsonFeatures', () => {
  const uri = Uri.file('/ws/a.resefa.json') as never;

  beforeEach(() => { Object.assign(editor, { jsonFeatures: true, validate: undefined }); });

  it('leaves to VS Code what it says of any JSON file, and what the schema says', () => {
    for (const code of ['syntax', 'shape', 'duplicateKey'] as const) expect(saidByJsonFeatures(code, { languageId: 'json', uri })).toBe(true);
    for (const code of ['norm', 'conflict', 'unreadable', 'layerOrder', 'generatorMissing', 'sign', 'newerVersion'] as const) expect(saidByJsonFeatures(code, { languageId: 'json', uri })).toBe(false);
  });

  it('says itself that comments have no place where VS Code allows them', () => {
    expect(saidByJsonFeatures('syntax', { languageId: 'jsonc', uri })).toBe(false);
    expect(saidByJsonFeatures('shape', { languageId: 'jsonc', uri })).toBe(true);
  });

  it('says everything itself where VS Code does not look', () => {
    expect(saidByJsonFeatures('shape', { languageId: 'plaintext', uri })).toBe(false);
    editor.validate = false;
    expect(saidByJsonFeatures('shape', { languageId: 'json', uri })).toBe(false);
    Object.assign(editor, { jsonFeatures: false, validate: true });
    expect(saidByJsonFeatures('shape', { languageId: 'json', uri })).toBe(false);
  });
});

describe('findingOf', () => {
  const named = exampleDirection.generator;
  const cats = { name: 'renamed', sha256: named.sha256.toUpperCase(), dimensions: 4, layerCount: 6 };

  it('knows what a listed generator is like', () => {
    expect(findingOf(named, [{ name: 'cats', sha256: 'f'.repeat(64), dimensions: 1, layerCount: 1 }, cats], false)).toEqual({ name: 'renamed', dimensions: 4, layerCount: 6 });
  });

  it('knows nothing of a bare file of that name', () => {
    expect(findingOf(named, [{ name: 'cats' }], false)).toBeUndefined();
  });

  it.each([
    [[], false, 'the generator "cats" (sha256 0123456789ab) is not here: import it or put it into the workspace'],
    [[], true, 'the generator "cats" (sha256 0123456789ab) is not here: import it, or trust the workspace to see its generators'],
    [[{ ...cats, problem: 'broken' }], false, 'the generator "cats" (sha256 0123456789ab) is not here: import it or put it into the workspace'],
    [[{ ...cats, name: 'cats', sha256: 'f'.repeat(64) }], false, 'the generator "cats" that is here is another one (sha256 ffffffffffff): import the checkpoint that the direction was made for (sha256 0123456789ab)'],
  ])('says why there is none: %#', (listed, hidden, missing) => {
    expect(findingOf(named, listed, hidden)).toEqual({ missing });
  });
});
