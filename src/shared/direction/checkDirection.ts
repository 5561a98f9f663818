import { Field, FieldError } from '../field';
import { parseJson } from '../jsonText';
import { parseSeeds } from '../numberList';
import { quote } from '../quote';
import { checkRegion } from '../region';
import { gramSources, jacobianChannels, jacobianMethods, latentSpaces, latestVersion, presets, rankings, sixDigits, sourceKinds } from './directionFile';
import type { DirectionFile } from './directionFile';

/**
 * Reads a direction file.
 *
 * Keys that the format does not know stay on the returned objects, and formatDirection writes them again.
 * Throws UserError with the reason and the place for broken JSON and for every value that does not fit.
 */
export function parseDirection(text: string, where: string): DirectionFile {
  return checkDirection(new Field(parseJson(text, where), where));
}

/**
 * Checks that a value that is parsed already is a direction, and returns it with every key that it has.
 *
 * Throws UserError with the reason and the place.
 */
export function checkDirection(file: Field): DirectionFile {
  for (const section of directionSections) {
    for (const check of section(file)) check();
  }
  return file.value as DirectionFile;
}

/** Every complaint about a value that is parsed already, and not only the first; none where it is a direction. */
export function directionErrors(file: Field): readonly FieldError[] {
  const errors = new Map<string, FieldError>();
  const note = (step: () => void) => {
    try {
      step();
    } catch (error) {
      if (!(error instanceof FieldError)) throw error;
      if (!errors.has(error.message)) errors.set(error.message, error);
    }
  };
  for (const section of directionSections) {
    note(() => {
      for (const check of section(file)) note(check);
    });
  }
  return [...errors.values()];
}

/** Throws FieldError where a direction breaks one of the format's rules. */
type Check = () => unknown;

/**
 * Checks that belong together, made as they go: where making the next one throws FieldError there is nothing left to look at.
 * A section stands on its own, and complains again of what it needs to know of another one.
 */
type Section = (file: Field) => Iterable<Check>;

const directionSections: readonly Section[] = [
  headerChecks,
  (file) => generatorChecks(file.at('generator')),
  (file) => latentChecks(file.at('latent')),
  regionChecks,
  originChecks,
  (file) => alphaChecks(file.at('edit').at('alpha')),
  (file) => (file.at('metrics').present ? metricsChecks(file.at('metrics')) : []),
  vectorChecks,
];

function* headerChecks(file: Field): Iterable<Check> {
  const version = file.at('version');
  yield () => file.at('format').oneOf(['resefa-direction']);
  yield () => {
    if (version.integer({ min: 1 }) > latestVersion) {
      version.fail(`is ${version.integer()}, which is newer than the version ${latestVersion} that this program reads: update ReSeFa`, 'newerVersion');
    }
  };
  yield () => file.at('name').text();
}

function* generatorChecks(generator: Field): Iterable<Check> {
  yield () => generator.at('name').text();
  yield () => generator.at('architecture').text();
  yield () => generator.at('resolution').integer({ min: 1, max: 65536 });
  yield () => { checkDigest(generator.at('sha256')); };
}

function checkDigest(digest: Field): void {
  if (typeof digest.value !== 'string' || !/^[0-9a-f]{64}$/i.test(digest.value)) digest.refuse('64 hexadecimal digits');
}

function* latentChecks(latent: Field): Iterable<Check> {
  yield () => latent.at('space').oneOf(latentSpaces);
  yield () => dimensionsOf(latent);
  yield* layersOf(latent).map((layer): Check => () => layer.integer({ min: 0 }));
  yield () => { checkAscending(layersOf(latent)); };
}

function dimensionsOf(latent: Field): number {
  return latent.at('dimensions').integer({ min: 1, max: 65536 });
}

function layersOf(latent: Field): readonly Field[] {
  const layers = latent.at('layers').list();
  if (layers.length === 0) latent.at('layers').fail('is empty, must name at least one layer');
  return layers;
}

function checkAscending(layers: readonly Field[]): void {
  let least = 0;
  for (const layer of layers) {
    const index = layer.integer({ min: 0 });
    if (index < least) layer.fail(`is ${index}, must be at least ${least}: layers ascend and do not repeat`, 'layerOrder');
    least = index + 1;
  }
}

/** A discovery is for a region, and so are metrics. */
function* regionChecks(file: Field): Iterable<Check> {
  const needed = wasDiscovered(file) || file.at('metrics').present;
  yield () => {
    if (needed || file.at('region').present) checkRegion(file.at('region'));
  };
}

/** Where it comes from. Version 1 knows discoveries only. */
function* originChecks(file: Field): Iterable<Check> {
  const [version, discovery, source] = [file.at('version'), file.at('discovery'), file.at('source')];
  yield () => {
    if (version.value === 1 && !discovery.present && source.present) {
      version.fail('is 1, which knows discovered directions only: with a "source" in place of a "discovery" it must be 2', 'versionOfSource');
    }
  };
  if (wasDiscovered(file)) yield* discoveryChecks(discovery);
  else if (!source.present) source.fail('is missing: a direction without a "discovery" must say where it comes from');
  if (source.present) yield* sourceChecks(source);
}

function wasDiscovered(file: Field): boolean {
  return file.at('discovery').present || (file.at('version').value === 1 && !file.at('source').present);
}

function* sourceChecks(source: Field): Iterable<Check> {
  if (source.at('kind').oneOf(sourceKinds) === 'npy') {
    yield () => source.at('file').text();
    yield () => { checkDigest(source.at('sha256')); };
    yield () => source.at('row').integer({ min: 0 });
    return;
  }
  const [orthogonal, terms] = [source.at('orthogonal'), source.at('terms')];
  yield () => typeof orthogonal.value === 'boolean' || orthogonal.refuse('true or false');
  if (terms.list().length === 0) terms.fail('is empty, must name at least one direction');
  for (const term of terms.list()) {
    yield () => term.at('name').text();
    yield () => term.at('weight').number();
  }
}

function* discoveryChecks(discovery: Field): Iterable<Check> {
  yield () => { checkSeeds(discovery.at('seeds')); };
  yield () => discovery.at('truncation').number();
  yield () => discovery.at('preset').oneOf(presets);
  yield () => discovery.at('jacobianResolution').integer({ min: 1, max: 65536 });
  yield () => discovery.at('channels').oneOf(jacobianChannels);
  yield () => discovery.at('tau').number({ min: 0 });
  yield () => discovery.at('rank').integer({ min: 1 });
  yield () => discovery.at('eigenvalue').number();
  if (discovery.at('class').present) yield () => discovery.at('class').integer({ min: 0 });
  if (discovery.at('rankedBy').present) yield () => discovery.at('rankedBy').oneOf(rankings);
  if (discovery.at('jacobian').present) yield () => discovery.at('jacobian').oneOf(jacobianMethods);
  if (discovery.at('grams').present) yield () => discovery.at('grams').oneOf(gramSources);
}

function* alphaChecks(alpha: Field): Iterable<Check> {
  if (alpha.list().length !== 2) alpha.refuse('two numbers, the smallest and the largest alpha');
  yield* alpha.list().map((end): Check => () => end.number());
  yield () => {
    const [least, most] = alpha.list().map((end) => end.number()) as [number, number];
    if (least >= most) alpha.fail(`is ${quote(alpha.value)}, its first number must be less than its second`, 'alphaOrder');
  };
}

function* metricsChecks(metrics: Field): Iterable<Check> {
  yield () => { checkSeeds(metrics.at('seeds')); };
  yield () => metrics.at('alpha').number();
  yield () => metrics.at('insideMse').number({ min: 0 });
  yield () => metrics.at('outsideMse').number({ min: 0 });
}

function checkSeeds(seeds: Field): void {
  const text = seeds.text();
  seeds.readBy((name) => parseSeeds(text, name), 'is no list of seeds', 'seeds');
}

function* vectorChecks(file: Field): Iterable<Check> {
  const [latent, vector] = [file.at('latent'), file.at('vector')];
  const rows = latent.at('space').oneOf(latentSpaces) === 'w' ? [vector] : vector.list();
  if (rows[0] !== vector) {
    const layers = layersOf(latent);
    yield () => rows.length === layers.length || vector.fail(`has ${rows.length} rows, "latent.layers" has ${layers.length}`, 'rows');
  }
  const dimensions = dimensionsOf(latent);
  for (const row of rows) {
    yield () => row.list().length === dimensions || row.fail(`has ${row.list().length} numbers, "latent.dimensions" says ${dimensions}`, 'dimensions');
    yield* row.list().map((component): Check => () => component.number());
  }
  const complete = rows.every((row) => row.list().length === dimensions) && (rows[0] === vector || rows.length === layersOf(latent).length);
  if (complete) yield () => { checkNorm(vector, rows.flatMap((row) => row.list())); };
}

function checkNorm(vector: Field, components: readonly Field[]): void {
  const norm = Math.sqrt(components.reduce((sum, component) => sum + component.number() ** 2, 0));
  if (Math.abs(norm - 1) > 1e-3) vector.fail(`has norm ${sixDigits(norm)}, must have norm 1`, 'norm');
}
