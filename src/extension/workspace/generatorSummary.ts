import { Field } from '../../shared/field';
import { parseJson } from '../../shared/jsonText';

/** What a list shows of a generator folder without opening it. */
export interface GeneratorSummary {
  readonly name: string;
  /** "stylegan2, 64 px" */
  readonly detail: string;
  /** What directions are checked against: the hash of the checkpoint, or else of the synthesis network. */
  readonly sha256: string;
  readonly licence?: string;
  /** The length of one latent vector. */
  readonly dimensions: number;
  readonly layerCount: number;
}

/**
 * Reads the few keys of a `generator.json` that lists show; the engine checks all of it when the generator is opened.
 *
 * @throws UserError naming the field that is wrong.
 */
export function summarizeGenerator(text: string, where: string): GeneratorSummary {
  const file = new Field(parseJson(text, where), where);
  file.at('format').oneOf(['resefa-generator']);
  const hashes = file.at('sha256');
  const licence = file.at('licence');
  return {
    name: file.at('name').text(),
    detail: `${file.at('architecture').text()}, ${file.at('resolution').integer({ min: 1, max: 65536 })} px`,
    sha256: hashes.at('checkpoint').present ? hashes.at('checkpoint').text() : hashes.at('synthesis').text(),
    ...(licence.present ? { licence: licence.text() } : {}),
    dimensions: file.at('w_dim').integer({ min: 1, max: 65536 }),
    layerCount: file.at('layers').list().length,
  };
}
