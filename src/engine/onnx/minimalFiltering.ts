import type { ModelProto, NodeProto } from './gen/onnx_pb';
import { GraphBuilder } from './graphBuilder';
import { GraphReader } from './graphReader';
import { graphOf, opsetOf, pruneTo, valueNames, withGraph } from './graphs';
import { interleaved } from './interleaving';
import { allAre, pictureConvolution } from './pictureConvolution';
import type { PictureConvolution, Smallest } from './pictureConvolution';

/*
 * Winograd's minimal filtering F(4 x 4, 3 x 3) (Lavin and Gray 2016, "Fast Algorithms for Convolutional Neural Networks"): a tile of
 * 4 x 4 pixels takes 36 products for each pair of channels, not 144.
 */

/** Pixels of a tile's side, and of that of the window that they depend on. */
const [tile, window] = [4, 6];

/** B^T: what is multiplied, from the pixels of a window. */
const fromWindow = [
  [4, 0, -5, 0, 1, 0],
  [0, -4, -4, 1, 1, 0],
  [0, 4, -4, -1, 1, 0],
  [0, -2, -1, 2, 1, 0],
  [0, 2, -1, -2, 1, 0],
  [0, 4, 0, -5, 0, 1],
];

/** G: by what it is multiplied, from the taps. */
const fromTaps = [
  [1 / 4, 0, 0],
  [-1 / 6, -1 / 6, -1 / 6],
  [-1 / 6, 1 / 6, -1 / 6],
  [1 / 24, 1 / 12, 1 / 6],
  [1 / 24, -1 / 12, 1 / 6],
  [0, 0, 1],
];

/** A^T: the pixels of a tile, from the products. */
const toPixels = [
  [1, 1, 1, 1, 1, 0],
  [0, 1, -1, 2, -2, 0],
  [0, 1, 1, 4, 4, 0],
  [0, 1, -1, 8, -8, 1],
];

/** With fewer channels or pixels, taking pictures apart and together costs more than the products that are saved. */
const least = { channels: 96, side: 16 } as const;

/**
 * Rewrites convolutions of 3 x 3 constant taps that keep the size of their pictures as matrix products of tiles, where it pays.
 * Rounding differs by some units of the last place.
 *
 * @param from the smallest convolutions that are rewritten: channels on either side, and pixels of a picture's side
 */
export function withMinimalFiltering(model: ModelProto, from: Smallest = least): ModelProto {
  const graph = graphOf(model);
  const reader = new GraphReader(graph);
  const g = new GraphBuilder(valueNames(graph), opsetOf(model));
  let rewritten = false;
  for (const node of graph.node) {
    const convolution = suited(reader, node, from);
    if (convolution) rewrite(g, convolution);
    else g.nodes.push(node);
    rewritten ||= convolution !== undefined;
  }
  return rewritten ? pruneTo(withGraph(model, { node: g.nodes, initializer: [...graph.initializer, ...g.initializers] }), graph.output) : model;
}

function suited(reader: GraphReader, proto: NodeProto, from: Smallest): PictureConvolution | undefined {
  const convolution = pictureConvolution(reader, proto, 'Conv');
  if (!convolution) return undefined;
  const { node, taps, inputs, outputs, height, width } = convolution;
  const keepsSize = taps === 3 && allAre(node, 'strides', 1) && node.has('pads') && allAre(node, 'pads', 1);
  const pays = Math.min(inputs, outputs) >= from.channels && Math.min(height, width) >= from.side;
  return keepsSize && pays && height % tile === 0 && width % tile === 0 ? convolution : undefined;
}

function rewrite(g: GraphBuilder, { picture, weight, output, inputs, outputs, height, width }: PictureConvolution): void {
  const products = window ** 2;
  const [rows, columns] = [height / tile, width / tile];
  const tiles = rows * columns;
  const planes = g.reshape(picture, [-1, 1, height, width]);
  const windows = g.node('Conv', [planes, g.weight('from_window', squared(fromWindow), [products, 1, window, window])], {
    kernel_shape: [window, window], strides: [tile, tile], pads: [1, 1, 1, 1],
  });
  const factors = g.transpose(g.reshape(windows, [-1, inputs, products, tiles]), [0, 2, 1, 3]);
  // ONNX Runtime works this out once, when it loads the model.
  const filters = g.matmul(g.weight('from_taps', squared(fromTaps), [products, 9]), g.transpose(g.reshape(weight, [outputs * inputs, 9]), [1, 0]));
  const multiplied = g.matmul(g.reshape(filters, [products, outputs, inputs]), factors);
  const pixels = g.matmul(g.weight('to_pixels', squared(toPixels), [tile ** 2, products]), g.reshape(multiplied, [-1, products, outputs * tiles]));
  interleaved(g, pixels, tile, [outputs, rows, columns], output);
}

/** A transform of both directions of a picture: entry [i j, p q] is a[i, p] a[j, q]. */
function squared(matrix: readonly (readonly number[])[]): Float32Array {
  return Float32Array.from(matrix.flatMap((a) => matrix.flatMap((b) => a.flatMap((x) => b.map((y) => x * y)))));
}
