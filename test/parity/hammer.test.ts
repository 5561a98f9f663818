import { describe } from 'vitest';
import { testParity } from './checkpointParity';

describe("a StyleGAN2 checkpoint that was converted to Hammer's format", () => {
  testParity('stylegan2-hammer', 'generator.pth', 'Hammer StyleGAN2 generator, 32 px, 8 layers, w of 32');
});
