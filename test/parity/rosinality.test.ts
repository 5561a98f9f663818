import { describe } from 'vitest';
import { testParity } from './checkpointParity';

describe("a StyleGAN2 checkpoint of rosinality's code", () => {
  testParity('stylegan2-rosinality', 'generator.pt', 'rosinality StyleGAN2 generator, 16 px, 6 layers, w of 32', [
    'b4.conv1 4', 'b8.conv0 8', 'b8.conv1 8', 'b16.conv0 16', 'b16.conv1 16', 'b16.torgb 16',
  ]);
});
