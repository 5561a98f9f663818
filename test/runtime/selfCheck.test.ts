import { Tensor } from 'onnxruntime-node';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { candidates } from '../../src/engine/runtime/providers';
import { reasonAgainst } from '../../src/engine/runtime/providerProblems';
import { checkProvider } from '../../src/engine/runtime/selfCheck';
import { fakeProvider } from './fakeProvider';

afterEach(() => vi.restoreAllMocks());

/** A provider that computes one output as it should be times some factor, from its second number on. */
const wrongBy = (name: string, factor: number) => fakeProvider({
  run: (outputs) => {
    const found = outputs[name];
    if (!found) return outputs;
    const data = (found.data as Float32Array).map((value, i) => (i === 0 ? value : value * factor));
    return { ...outputs, [name]: new Tensor('float32', data, found.dims) };
  },
});

describe('the self-check', () => {
  it('accepts the CPU, and rounding', async () => {
    expect(await checkProvider('cpu')).toEqual({});
    wrongBy('MatMul', 1 + 1e-5);
    expect(await checkProvider('webgpu')).toEqual({});
  });

  it.each([
    ['ConvTranspose', 1.01, /^its ConvTranspose is wrong: an error of 0.01\d* of the largest value, expected at most 0.0001$/],
    ['Conv', 1 + 3e-4, /^its Conv is wrong: an error of 0.0003/],
    ['Transpose', NaN, /^its Transpose is wrong: an error of NaN/],
    ['Resize, linear', 0, /^its Resize, linear is wrong/],
  ])('refuses a provider whose %s is off by a factor of %d', async (name, factor, message) => {
    wrongBy(name, factor);
    expect((await checkProvider('webgpu')).problem).toMatch(message);
  });

  it('refuses a provider that gives less than it should', async () => {
    fakeProvider({ run: (outputs) => Object.fromEntries(Object.entries(outputs).filter(([name]) => name !== 'Gemm')) });
    expect((await checkProvider('webgpu')).problem).toBe('it gives 0 numbers for Gemm, expected 18');
  });

  it('tells in one line why a provider does not run', async () => {
    fakeProvider({ load: () => { throw new Error('no adapter\n  at all'); } });
    expect(await checkProvider('webgpu')).toEqual({ problem: 'no adapter at all' });
  });

  it('compares the speed when asked', async () => {
    fakeProvider({});
    const { problem, speed } = await checkProvider('webgpu', true);
    expect(problem).toBeUndefined();
    expect(speed).toBeGreaterThan(0);
  });
});

describe('what auto tries', () => {
  it.each([
    ['linux', ['cpu', 'webgpu', 'cuda'], ['cuda', 'webgpu']],
    ['linux', ['cpu'], []],
    ['win32', ['cpu', 'webgpu', 'directml'], ['directml', 'webgpu']],
    ['darwin', ['cpu', 'webgpu', 'coreml'], ['webgpu', 'coreml']],
    ['freebsd', ['cpu'], []],
  ] as const)('on %s with %j is %j', (platform, built, expected) => {
    expect(candidates(platform, built)).toEqual(expected);
  });
});

describe('the reason against a provider', () => {
  // As ONNX Runtime 1.30 and glibc's loader put it.
  const failed = 'OrtSessionOptionsAppendExecutionProvider_Cuda: Failed to load shared library';
  const words = (library: string) => `[E:onnxruntime:onnxruntime-node, provider_bridge_ort.cc:2146 Create] [ONNXRuntimeError] : 1 : FAIL : Failed to load library /x/libonnxruntime_providers_cuda.so with error: ${library}: cannot open shared object file: No such file or directory\n`;

  it.each([
    [words('/x/libonnxruntime_providers_shared.so'), 'cuda: its libraries are not installed; run ReSeFa: Set Up CUDA'],
    [words('libcudnn.so.9'), 'cuda: libcudnn.so.9 is missing; install cuDNN 9'],
    [words('libcublasLt.so.12'), 'cuda: libcublasLt.so.12 is missing; install CUDA 12'],
    [words('libcuda.so.1'), "cuda: libcuda.so.1 is missing; install NVIDIA's driver"],
    [words('libstdc++.so.6'), 'cuda: libstdc++.so.6 is missing'],
    ['', `cuda: ${failed}`],
  ])('names the library that is missing: %s', (said, reason) => {
    expect(reasonAgainst('cuda', failed, said)).toBe(reason);
  });

  it.each([
    ['webgpu', 'Failed to get a WebGPU adapter: No supported adapters', 'webgpu: there is no GPU with a driver that fits'],
    ['cuda', 'CUDA failure 100: no CUDA-capable device is detected ; GPU=0', 'cuda: there is no NVIDIA GPU here'],
    ['cuda', 'CUDA failure 35: CUDA driver version is insufficient for CUDA runtime version', "cuda: NVIDIA's driver is too old for CUDA 12; update it"],
    ['directml', 'something else', 'directml: something else'],
  ] as const)('is plain where the cause is known: %s, %s', (provider, problem, reason) => {
    expect(reasonAgainst(provider, problem)).toBe(reason);
  });
});
