import './privacy';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { GraphBuilder } from '../onnx/graphBuilder';
import { modelBytes } from '../onnx/modelFile';
import { DataType } from '../onnx/tensors';
import { quiet, threading } from './session';
import type { SessionOptions } from './session';

/**
 * Products A A^T of blocks, float32 in and float64 out: float32 sums would lose the directions of little
 * energy that a local edit is made of.
 */
export class GramSession {
  private constructor(private readonly inner: InferenceSession) {}

  static async create(options: SessionOptions = {}): Promise<GramSession> {
    const g = new GraphBuilder();
    const block = g.node('Cast', [g.input('block', ['tangents', 'rows'])], { to: DataType.DOUBLE });
    g.output('gram', g.node('Gemm', [block, block], { transB: 1 }), ['tangents', 'tangents'], DataType.DOUBLE);
    const inner = await InferenceSession.create(modelBytes(g.build('gram')), { ...quiet, ...threading(options) });
    return new GramSession(inner);
  }

  /** The Gram matrix [tangents, tangents] of `block` [tangents, rows]. */
  async product(block: Float32Array, tangents: number): Promise<Float64Array> {
    const tensor = new Tensor('float32', block, [tangents, block.length / tangents]);
    const { gram } = await this.inner.run({ block: tensor }, quiet);
    return gram!.data as Float64Array;
  }

  async release(): Promise<void> {
    await this.inner.release();
  }
}

/** The shape of a block of tiles that lie side by side: [channels, tangents, tile, tiles x tile]. */
export interface TileShape {
  readonly channels: number;
  readonly tangents: number;
  /** Pixels along a side. */
  readonly tile: number;
}

/** Products A A^T for each of some tiles of an image, in float32: the sums are short, and the products are what takes time. */
export class TileGramSession {
  private constructor(private readonly inner: InferenceSession, private readonly shape: TileShape) {}

  static async create(shape: TileShape, options: SessionOptions = {}): Promise<TileGramSession> {
    const { channels, tangents, tile } = shape;
    const g = new GraphBuilder();
    const pixels = g.reshape(g.input('block', [channels, tangents, tile, 'width']), [channels, tangents, tile, -1, tile]);
    const rows = g.reshape(g.transpose(pixels, [3, 1, 0, 2, 4]), [-1, tangents, channels * tile * tile]);
    g.output('grams', g.matmul(rows, g.transpose(rows, [0, 2, 1])), ['tiles', tangents, tangents]);
    // The products are many and small: threads that turn between them would take the processor from the next one. See Session for the memory pattern.
    const inner = await InferenceSession.create(modelBytes(g.build('tileGrams')), { enableMemPattern: false, ...quiet, ...threading({ ...options, spinning: false }) });
    return new TileGramSession(inner, shape);
  }

  /** The Gram matrices [tiles, tangents, tangents] of the tiles of a block, see TileShape. */
  async products(block: Float32Array): Promise<Float32Array> {
    const { channels, tangents, tile } = this.shape;
    const tensor = new Tensor('float32', block, [channels, tangents, tile, block.length / (channels * tangents * tile)]);
    const { grams } = await this.inner.run({ block: tensor }, quiet);
    return grams!.data as Float32Array;
  }

  async release(): Promise<void> {
    await this.inner.release();
  }
}
