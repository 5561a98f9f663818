import { UserError } from '../../shared/userError';
import type { ModelProto } from '../onnx/gen/onnx_pb';
import { opsetOf } from '../onnx/graphs';

/** The operator sets and the versions of the file format that this ONNX Runtime (1.30) runs. */
const opsets = { oldest: 7, newest: 26 } as const;
const newestFormat = 13;

/**
 * @throws UserError when a model is written in an operator set or a version of the file format that ONNX Runtime does not run,
 *   which it would report in words of its own sources.
 */
export function requireReadable(model: ModelProto, path: string): void {
  const opset = opsetOf(model);
  if (opset > opsets.newest) throw new UserError(`${path} is written for operator set ${opset}; up to ${opsets.newest} can be run: export it again for an older one (opset_version=18)`);
  if (opset < opsets.oldest) throw new UserError(`${path} is written for operator set ${opset}; ${opsets.oldest} and newer can be run: export it again (opset_version=18)`);
  if (model.irVersion > newestFormat) throw new UserError(`${path} has version ${model.irVersion} of the ONNX file format; up to ${newestFormat} can be read: export it again, or update ReSeFa`);
}
