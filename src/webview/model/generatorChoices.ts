import type { GeneratorEntry } from '../../shared/protocol/pageProtocol';

const origins: readonly GeneratorEntry['origin'][] = ['embedded', 'workspace', 'imported', 'elsewhere'];

/** Generators by where they come from; the order within an origin stays. */
export function generatorChoices(entries: readonly GeneratorEntry[]): GeneratorEntry[] {
  return origins.flatMap((origin) => entries.filter((entry) => entry.origin === origin));
}
