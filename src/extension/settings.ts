import * as vscode from 'vscode';
import { presets } from '../shared/direction/directionFile';
import type { Preset } from '../shared/direction/directionFile';
import { Field } from '../shared/field';
import { executionProviders } from '../shared/protocol/engineProtocol';
import type { EngineSettings } from '../shared/protocol/engineProtocol';
import type { EngineLog } from './engineProcess';
import { relativeFolder } from './fileNames';
import { reasonOf } from './reason';

const megabyte = 2 ** 20;

/** A terabyte, in megabytes. */
const largestBudget = 2 ** 20;

/** The user's settings `resefa.*`. A value that does not fit is logged, and its default is used. */
export class Settings {
  /** @param cacheFolder where the engine keeps what it will need again */
  constructor(private readonly log: EngineLog, private readonly cacheFolder: string) {}

  get engine(): EngineSettings {
    return {
      threads: this.read('threads', 0, (field) => field.integer({ min: 0, max: 256 })),
      memoryBudget: megabyte * this.read('memoryBudget', 0, (field) => field.integer({ min: 0, max: largestBudget })),
      executionProvider: this.read('executionProvider', 'auto', (field) => field.oneOf(executionProviders)),
      cacheFolder: this.cacheFolder,
      cacheSize: megabyte * this.read('cacheSize', 2048, (field) => field.integer({ min: 0, max: largestBudget })),
    };
  }

  get defaultPreset(): Preset {
    return this.read('defaultPreset', 'standard', (field) => field.oneOf(presets));
  }

  /** A path relative to the workspace folder, with "/" between its parts. */
  directionsFolder(scope?: vscode.Uri): string {
    return this.read('directionsFolder', 'directions', relativeFolder, scope);
  }

  private read<Value>(key: string, standard: Value, check: (field: Field) => Value, scope?: vscode.Uri): Value {
    const value = vscode.workspace.getConfiguration('resefa', scope).get<unknown>(key);
    try {
      return value === undefined ? standard : check(new Field(value, 'settings', [`resefa.${key}`]));
    } catch (error) {
      this.log.warn(`${reasonOf(error)}; ${String(standard)} is used`);
      return standard;
    }
  }
}
