import { Field } from '../field';
import { parseJson } from '../jsonText';
import { parseSeeds } from '../numberList';
import { quote } from '../quote';
import { checkRegion } from '../region';
import { gramSources, jacobianChannels, jacobianMethods, latentSpaces, latestVersion, presets, rankings, sixDigits, sourceKinds } from './directionFile';
import type { DirectionFile, DirectionLatent } from './directionFile';

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
  checkHeader(file);
  checkGenerator(file.at('generator'));
  checkLatent(file.at('latent'));
  checkOrigin(file);
  checkEdit(file.at('edit').at('alpha'));
  if (file.at('metrics').present) checkMetrics(file.at('metrics'));
  checkVector(file.at('vector'), (file.value as DirectionFile).latent);
  return file.value as DirectionFile;
}

function checkHeader(file: Field): void {
  const version = file.at('version');
  file.at('format').oneOf(['resefa-direction']);
  if (version.integer({ min: 1 }) > latestVersion) version.fail(`is ${version.integer()}, which is newer than the version ${latestVersion} that this program reads: update ReSeFa`);
  file.at('name').text();
}

/** Where it comes from. Version 1 knows discoveries only. */
function checkOrigin(file: Field): void {
  const [region, discovery] = [file.at('region'), file.at('discovery')];
  const found = file.at('version').value === 1 || discovery.present;
  if (found || region.present || file.at('metrics').present) checkRegion(region);
  if (found) checkDiscovery(discovery);
  else checkSource(file.at('source'));
}

function checkSource(source: Field): void {
  if (!source.present) source.fail('is missing: a direction without a "discovery" must say where it comes from');
  if (source.at('kind').oneOf(sourceKinds) === 'npy') {
    source.at('file').text();
    checkDigest(source.at('sha256'));
    source.at('row').integer({ min: 0 });
    return;
  }
  const [orthogonal, terms] = [source.at('orthogonal'), source.at('terms')];
  if (typeof orthogonal.value !== 'boolean') orthogonal.refuse('true or false');
  if (terms.list().length === 0) terms.fail('is empty, must name at least one direction');
  for (const term of terms.list()) {
    term.at('name').text();
    term.at('weight').number();
  }
}

function checkGenerator(generator: Field): void {
  generator.at('name').text();
  generator.at('architecture').text();
  generator.at('resolution').integer({ min: 1, max: 65536 });
  checkDigest(generator.at('sha256'));
}

function checkDigest(digest: Field): void {
  if (typeof digest.value !== 'string' || !/^[0-9a-f]{64}$/i.test(digest.value)) digest.refuse('64 hexadecimal digits');
}

function checkLatent(latent: Field): void {
  latent.at('space').oneOf(latentSpaces);
  latent.at('dimensions').integer({ min: 1, max: 65536 });
  const layers = latent.at('layers').list();
  if (layers.length === 0) latent.at('layers').fail('is empty, must name at least one layer');
  let least = 0;
  for (const layer of layers) {
    if (layer.integer({ min: 0 }) < least) layer.fail(`is ${layer.integer()}, must be at least ${least}: layers ascend and do not repeat`);
    least = layer.integer() + 1;
  }
}

function checkDiscovery(discovery: Field): void {
  checkSeeds(discovery.at('seeds'));
  discovery.at('truncation').number();
  discovery.at('preset').oneOf(presets);
  discovery.at('jacobianResolution').integer({ min: 1, max: 65536 });
  discovery.at('channels').oneOf(jacobianChannels);
  discovery.at('tau').number({ min: 0 });
  discovery.at('rank').integer({ min: 1 });
  discovery.at('eigenvalue').number();
  if (discovery.at('class').present) discovery.at('class').integer({ min: 0 });
  if (discovery.at('rankedBy').present) discovery.at('rankedBy').oneOf(rankings);
  if (discovery.at('jacobian').present) discovery.at('jacobian').oneOf(jacobianMethods);
  if (discovery.at('grams').present) discovery.at('grams').oneOf(gramSources);
}

function checkEdit(alpha: Field): void {
  if (alpha.list().length !== 2) alpha.refuse('two numbers, the smallest and the largest alpha');
  const [least, most] = alpha.list().map((end) => end.number()) as [number, number];
  if (least >= most) alpha.fail(`is ${quote(alpha.value)}, its first number must be less than its second`);
}

function checkMetrics(metrics: Field): void {
  checkSeeds(metrics.at('seeds'));
  metrics.at('alpha').number();
  metrics.at('insideMse').number({ min: 0 });
  metrics.at('outsideMse').number({ min: 0 });
}

function checkSeeds(seeds: Field): void {
  parseSeeds(seeds.text(), seeds.label);
}

function checkVector(vector: Field, { space, dimensions, layers }: DirectionLatent): void {
  const rows = space === 'w' ? [vector] : vector.list();
  if (space === 'w+' && rows.length !== layers.length) vector.fail(`has ${rows.length} rows, "latent.layers" has ${layers.length}`);
  const squares = rows.map((row) => {
    const components = row.list();
    if (components.length !== dimensions) row.fail(`has ${components.length} numbers, "latent.dimensions" says ${dimensions}`);
    return components.reduce((sum, component) => sum + component.number() ** 2, 0);
  });
  const norm = Math.sqrt(squares.reduce((sum, square) => sum + square, 0));
  if (Math.abs(norm - 1) > 1e-3) vector.fail(`has norm ${sixDigits(norm)}, must have norm 1`);
}
