import { describe } from 'vitest';
import { testParity } from './checkpointParity';

describe("a StyleGAN2 checkpoint of rosinality's code", () => {
  testParity('stylegan2-rosinality', 'generator.pt', 'rosinality StyleGAN2 generator, 16 px, 6 layers, w of 32');
});
