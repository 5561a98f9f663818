import './privacy';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { GraphBuilder } from '../onnx/graphBuilder';
import type { Value } from '../onnx/graphBuilder';
import { modelBytes } from '../onnx/modelFile';
import { DataType } from '../onnx/tensors';
import { quiet, threading } from './session';

/** A dense float64 matrix, [rows, columns] in C order. `data` may be a view of a larger array; nothing here writes to it. */
export interface DenseMatrix {
  readonly data: Float64Array;
  readonly rows: number;
  readonly columns: number;
}

/** A B: [m, k] times [k, n]. */
export async function product(a: DenseMatrix, b: DenseMatrix): Promise<DenseMatrix> {
  return run('product', { a, b }, a.rows, b.columns);
}

/** A B^T: [m, k] times the transpose of [n, k]. */
export async function transposedProduct(a: DenseMatrix, b: DenseMatrix): Promise<DenseMatrix> {
  return run('transposedProduct', { a, b }, a.rows, b.rows);
}

/** C - A B^T: [m, n] less [m, k] times the transpose of [n, k]. */
export async function lessTransposedProduct(c: DenseMatrix, a: DenseMatrix, b: DenseMatrix): Promise<DenseMatrix> {
  return run('lessTransposedProduct', { c, a, b }, c.rows, c.columns);
}

/** X W A W^T: vectors, the rows of X [k, n], under a symmetric operator that is a product of matrices [n, n]. */
export async function congruence(x: DenseMatrix, w: DenseMatrix, a: DenseMatrix): Promise<DenseMatrix> {
  return run('congruence', { x, w, a }, x.rows, x.columns);
}

/** What vectors, the rows of X [k, n], have beside an orthonormal basis, the rows of V [m, n]: X (I - V^T V), twice for rounding. */
export async function besideBasis(x: DenseMatrix, v: DenseMatrix): Promise<DenseMatrix> {
  return run('besideBasis', { x, v }, x.rows, x.columns);
}

type Graph = keyof typeof graphs;

/** What each of them computes; a product of small matrices takes less time than the way to ONNX Runtime, so that one run does what it can. */
const graphs = {
  product: (g: GraphBuilder) => gemm(g, input(g, 'a', 'm', 'k'), input(g, 'b', 'k', 'n')),
  transposedProduct: (g: GraphBuilder) => gemmTransposed(g, input(g, 'a', 'm', 'k'), input(g, 'b', 'n', 'k')),
  lessTransposedProduct: (g: GraphBuilder) => g.node('Gemm', [input(g, 'a', 'm', 'k'), input(g, 'b', 'n', 'k'), input(g, 'c', 'm', 'n')], { transB: 1, alpha: { float: -1 } }),
  congruence: (g: GraphBuilder) => {
    const w = input(g, 'w', 'n', 'n');
    return gemmTransposed(g, gemm(g, gemm(g, input(g, 'x', 'k', 'n'), w), input(g, 'a', 'n', 'n')), w);
  },
  besideBasis: (g: GraphBuilder) => {
    const v = input(g, 'v', 'm', 'n');
    const once = (x: Value) => g.node('Gemm', [gemmTransposed(g, x, v), v, x], { alpha: { float: -1 } });
    return once(once(input(g, 'x', 'k', 'n')));
  },
} as const;

function input(g: GraphBuilder, name: string, rows: string, columns: string): Value {
  return g.input(name, [rows, columns], DataType.DOUBLE);
}

function gemm(g: GraphBuilder, a: Value, b: Value): Value {
  return g.node('Gemm', [a, b]);
}

function gemmTransposed(g: GraphBuilder, a: Value, b: Value): Value {
  return g.node('Gemm', [a, b], { transB: 1 });
}

/** One session for each graph, compiled when it is first asked for, whatever the sizes; they live as long as the process. */
const sessions = new Map<Graph, Promise<InferenceSession>>();

async function run(graph: Graph, inputs: Readonly<Record<string, DenseMatrix>>, rows: number, columns: number): Promise<DenseMatrix> {
  const session = await sessionOf(graph);
  const feeds = Object.fromEntries(Object.entries(inputs).map(([name, matrix]) => [name, new Tensor('float64', matrix.data, [matrix.rows, matrix.columns])]));
  const { result } = await session.run(feeds, quiet);
  return { data: result!.data as Float64Array, rows, columns };
}

function sessionOf(graph: Graph): Promise<InferenceSession> {
  const known = sessions.get(graph);
  if (known) return known;
  const made = compile(graph);
  sessions.set(graph, made);
  return made;
}

/** Threads that wait do not turn: the products are short, and come in the middle of other work. */
async function compile(graph: Graph): Promise<InferenceSession> {
  const g = new GraphBuilder();
  const result = graphs[graph](g);
  g.output('result', result, ['rows', 'columns'], DataType.DOUBLE);
  return InferenceSession.create(modelBytes(g.build(graph)), { ...quiet, ...threading({ spinning: false }) });
}
