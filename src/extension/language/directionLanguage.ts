import * as vscode from 'vscode';
import { DisposableStore } from '../disposables';
import type { Disposable } from '../disposables';
import type { Services } from '../services';
import { DirectionActions } from './directionActions';
import { DirectionDiagnostics } from './directionDiagnostics';
import { DirectionDocuments } from './directionDocuments';

/**
 * What VS Code says of direction files beyond their schema, and how to mend it.
 *
 * There is no formatter of ours: VS Code's own for JSON is there for the same files, and with two of them it asks people to
 * choose one for all of JSON. Writing a file as ReSeFa does is a source action instead.
 */
export function registerDirectionLanguage(services: Pick<Services, 'generators' | 'log'>): Disposable {
  const store = new DisposableStore();
  const documents = store.add(new DirectionDocuments(services));
  store.add(new DirectionDiagnostics(documents, services.log));
  store.add(vscode.languages.registerCodeActionsProvider({ pattern: '**/*.resefa.json' }, new DirectionActions(documents), { providedCodeActionKinds: DirectionActions.kinds }));
  return store;
}
