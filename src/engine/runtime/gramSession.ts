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
