import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder of the embedded generators, which stands beside the folder that the program runs from. */
export function embeddedGenerators(from: string = __dirname): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const models = join(folder, 'models');
    if (existsSync(join(folder, 'package.json')) && existsSync(models)) return models;
    if (dirname(folder) === folder) return join(from, 'models');
  }
}
