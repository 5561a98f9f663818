import type { TestProject } from 'vitest/node';
import { ensureSoftwareGpu } from '../../scripts/editorTools.mjs';

declare module 'vitest' {
  interface ProvidedContext {
    /** The software driver, as VK_ICD_FILENAMES takes it. */
    vulkanDriver: string;
  }
}

/** Before the first test: a GPU that is played by software. */
export function setup({ provide }: TestProject): void {
  provide('vulkanDriver', ensureSoftwareGpu());
}
