import './privacy';
import './precision';
import { InferenceSession, Tensor, listSupportedBackends } from 'onnxruntime-node';
import type { ProviderStatus } from '../../shared/protocol/engineProtocol';
import { GraphBuilder } from '../onnx/graphBuilder';
import { modelBytes } from '../onnx/modelFile';

/** What a network can run on. */
export type Provider = ProviderStatus['provider'];

/** Float32 throughout on the GPU: CoreML's older format, and the Neural Engine, compute in float16. */
const coreMlProgramOnGpu = 0x10 | 0x20;

/** How ONNX Runtime calls them. */
const runtimeProviders: Readonly<Record<Provider, { readonly name: string }>> = {
  cpu: { name: 'cpu' },
  webgpu: { name: 'webgpu' },
  cuda: { name: 'cuda' },
  directml: { name: 'dml' },
  coreml: { name: 'coreml', coreMlFlags: coreMlProgramOnGpu } as InferenceSession.CoreMLExecutionProviderOption,
};

/**
 * Providers that `auto` tries, by platform, the best first: a vendor's own before WebGPU, but for CoreML, which takes few of our
 * operators with a free batch and compiles for long.
 */
const preferred: Readonly<Record<string, readonly Provider[]>> = {
  linux: ['cuda', 'webgpu'],
  win32: ['directml', 'webgpu'],
  darwin: ['webgpu', 'coreml'],
};

/** The providers that ONNX Runtime's binary for this machine knows. What they need may still be missing. */
export function builtProviders(): Provider[] {
  const names = new Set(listSupportedBackends().map(({ name }) => name));
  return (Object.keys(runtimeProviders) as Provider[]).filter((provider) => names.has(runtimeProviders[provider].name));
}

/** What `auto` tries before it takes the CPU, the best first. */
export function candidates(platform: NodeJS.Platform = process.platform, built: readonly Provider[] = builtProviders()): Provider[] {
  return (preferred[platform] ?? []).filter((provider) => built.includes(provider));
}

/** The `executionProviders` of a session: nodes that the first one lacks run on the CPU. */
export function runtimeOptions(provider: Provider): InferenceSession.ExecutionProviderConfig[] {
  return provider === 'cpu' ? ['cpu'] : [runtimeProviders[provider], 'cpu'];
}

/** Whether a provider, which has failed in some network, still runs a tiny one: a GPU that was reset or lost runs none. */
export async function stillWorks(provider: Provider): Promise<boolean> {
  const g = new GraphBuilder();
  g.output('y', g.add(g.input('x', [2]), 1), [2]);
  try {
    const session = await InferenceSession.create(modelBytes(g.build('one more')), { executionProviders: runtimeOptions(provider), logSeverityLevel: 4 });
    const { y } = await session.run({ x: new Tensor('float32', Float32Array.of(1, 2), [2]) });
    await session.release();
    return y?.data[0] === 2 && y.data[1] === 3;
  } catch {
    return false;
  }
}
