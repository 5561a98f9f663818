import * as vscode from 'vscode';
import type { ProblemCode } from '../../shared/direction/complaint';

/** The extension of VS Code that checks JSON files against schemas. */
const jsonFeatures = 'vscode.json-language-features';

/** The setting that turns its checks off. */
export const validateSetting = 'json.validate.enable';

/** Whether VS Code itself complains of it, by our schema or as it does in any JSON file, so that we need not. */
export function saidByJsonFeatures(code: ProblemCode, { languageId, uri }: Pick<vscode.TextDocument, 'languageId' | 'uri'>): boolean {
  const checked = languageId === 'json' || languageId === 'jsonc';
  if (!checked || !vscode.extensions.getExtension(jsonFeatures) || !vscode.workspace.getConfiguration('json', uri).get<boolean>('validate.enable', true)) return false;
  // With comments it takes what no reader of a direction does.
  return code === 'shape' || code === 'duplicateKey' || (code === 'syntax' && languageId === 'json');
}
