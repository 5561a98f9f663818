import { describe } from 'vitest';
import { testParity } from './checkpointParity';

describe.each(['T', 'R'])("a StyleGAN3 checkpoint of NVlabs' code (configuration %s)", (configuration) => {
  testParity(`stylegan3-${configuration.toLowerCase()}-nvlabs`, 'generator.pkl', `NVlabs StyleGAN3-${configuration} generator, 32 px, 8 layers, w of 32`, [
    'input 16', 'L0_24_32 16', 'L1_24_32 16', 'L2_40_32 32', 'L3_40_27 32', 'L4_40_16 32', 'L5_32_16 32', 'L6_32_3 32',
  ]);
});
