import { readFileBytes } from '../files';
import { openBareModel } from '../generators/bare/bareModel';
import { suggestedSettings } from '../generators/bare/furtherInputs';
import { checkModel } from '../onnx/checkModel';
import { fedInputs, graphOf } from '../onnx/graphs';
import { readModel } from '../onnx/modelFile';

/**
 * The text of a `generator.json` for a bare `.onnx` file, to be looked over by a person: values for what the network takes
 * beside its latent code or, where it takes nothing else, what was found by looking at it.
 *
 * @throws UserError when the file is no generator.
 */
export async function settingsFor(path: string): Promise<string> {
  const model = checkModel(readModel(await readFileBytes(path), path), path, { externalData: true });
  if (fedInputs(graphOf(model)).length > 1) return suggestedSettings(model, path);
  const { description } = await openBareModel(path);
  return suggestedSettings(model, path, { name: description.name, value_range: description.value_range });
}
