import type { Provider } from './providers';

/** What of NVIDIA brings the libraries that CUDA's provider asks for. */
const toolkits: readonly (readonly [library: RegExp, toolkit: string])[] = [
  [/^libcudnn/, 'cuDNN 9'],
  [/^libcuda\.so/, "NVIDIA's driver"],
  [/^lib(cu|nv)/, 'CUDA 12'],
];

/**
 * Why a provider cannot be used, in one line that begins with its name, from what ONNX Runtime says of it.
 *
 * @param problem the exception
 * @param words what was written to stderr: the dynamic loader's message, which the exception leaves out
 */
export function reasonAgainst(provider: Provider, problem: string, words = ''): string {
  const library = /(?:^|[\s:/])(lib[\w.+-]+\.so[.\d]*): cannot open shared object file/.exec(words)?.[1];
  if (provider === 'cuda' && library?.startsWith('libonnxruntime_providers')) return 'cuda: its libraries are not installed; run ReSeFa: Set Up CUDA';
  if (library !== undefined) return `${provider}: ${library} is missing${toolkitOf(library)}`;
  if (/no supported adapters|failed to get a webgpu adapter/i.test(problem)) return `${provider}: there is no GPU with a driver that fits`;
  if (/no cuda-capable device/i.test(problem)) return 'cuda: there is no NVIDIA GPU here';
  if (/driver version is insufficient/i.test(problem)) return "cuda: NVIDIA's driver is too old for CUDA 12; update it";
  return `${provider}: ${problem}`;
}

function toolkitOf(library: string): string {
  const toolkit = toolkits.find(([pattern]) => pattern.test(library))?.[1];
  return toolkit === undefined ? '' : `; install ${toolkit}`;
}
