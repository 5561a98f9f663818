import { describe } from 'vitest';
import { testParity } from './checkpointParity';

describe("a StyleGAN2 checkpoint that was converted to Hammer's format", () => {
  testParity('stylegan2-hammer', 'generator.pth', 'Hammer StyleGAN2 generator, 32 px, 8 layers, w of 32', [
    'b4.conv1 4', 'b8.conv0 8', 'b8.conv1 8', 'b16.conv0 16', 'b16.conv1 16', 'b32.conv0 32', 'b32.conv1 32', 'b32.torgb 32',
  ]);
});
