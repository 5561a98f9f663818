import type { ModelProto } from '../../onnx/gen/onnx_pb';
import { GraphBuilder } from '../../onnx/graphBuilder';
import type { Value } from '../../onnx/graphBuilder';
import { batchSize } from '../../onnx/graphs';
import { emitDense } from './dense';
import type { MappingNetwork } from './mapping';

/**
 * The mapping network as an ONNX graph: inputs `z` [N, zDim] and, where the generator is conditional, `c`
 * [N, cDim]; output `w` [N, wDim]. Truncation is not part of it.
 */
export function mappingGraph(network: MappingNetwork): ModelProto {
  const g = new GraphBuilder();
  const parts: Value[] = [];
  if (network.zDim > 0) parts.push(normalized(g, g.input('z', [batchSize, network.zDim])));
  if (network.embed) parts.push(normalized(g, emitDense(g, network.embed, g.input('c', [batchSize, network.cDim]), 'embed')));
  let x = parts.length === 1 ? parts[0]! : g.node('Concat', parts, { axis: 1 });
  network.layers.forEach((layer, i) => {
    x = emitDense(g, layer, x, `fc${i}`);
  });
  g.output('w', x, [batchSize, network.wDim]);
  return g.build('stylegan_mapping');
}

/** x / sqrt(mean(x^2) + 1e-8), NVlabs' `normalize_2nd_moment`. */
function normalized(g: GraphBuilder, x: Value): Value {
  return g.div(x, g.sqrt(g.add(g.meanOver(g.square(x), [1]), 1e-8)));
}
