import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import './activation';
import './commands';
import './directionFiles';
import './settings';
import './panels';
import { runCases } from './registry';
import { resultsFile } from './resultsFile';

/** VS Code calls this in the extension host. */
export async function run(): Promise<void> {
  writeFileSync(join(__dirname, resultsFile), JSON.stringify(await runCases()));
}
