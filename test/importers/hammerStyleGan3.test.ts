import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readCheckpoint } from '../../src/engine/importers/checkpoint/readCheckpoint';
import { toFloat32 } from '../../src/engine/importers/checkpoint/tensorViews';
import { nvlabs } from '../../src/engine/importers/formats/nvlabs';
import { readNpy } from '../../src/engine/npy';
import type { FloatTensor } from '../../src/engine/tensor';
import { differenceOf } from '../support/differences';
import { hammerStyleGan3State } from '../support/hammerCheckpoint';
import { torchDict } from '../support/torchFile';
import type { TorchValue } from '../support/torchFile';
import { reshaped, useImports, without } from './imports';

const imports = useImports();

function fixture(name: string) {
  const file = (part: string) => readFileSync(fileURLToPath(new URL(`../fixtures/${name}/${part}`, import.meta.url)));
  const network = nvlabs.read(readCheckpoint(file('generator.pkl'), 'generator.pkl'), 'generator.pkl')!;
  const tensors = new Map([...network.tensors].map(([key, tensor]): [string, FloatTensor] => [key, { data: toFloat32(tensor), dims: tensor.dims }]));
  const layers = network.settings.get('synthesis.layer_names') as string[];
  const state = hammerStyleGan3State({
    tensors,
    layers,
    inputSize: tensors.get('synthesis.input.size')!.data[0]!,
    inputRate: network.number('synthesis.input.sampling_rate')!,
  });
  return { state, layers, array: (part: string) => readNpy(file(part), part) };
}

const inModels = (generator: ReadonlyMap<string, FloatTensor>, settings?: Readonly<Record<string, TorchValue>>) =>
  torchDict({ models: torchDict({ generator_smooth: generator }), model_kwargs_init: settings && torchDict({ generator_smooth: torchDict(settings) }) });

// The images are PyTorch's, of NVlabs' networks with the same weights.
describe.each([
  ['stylegan3-t-nvlabs', 'Hammer StyleGAN3-T generator, 32 px, 8 layers, w of 32'],
  ['stylegan3-r-nvlabs', 'Hammer StyleGAN3-R generator, 32 px, 8 layers, w of 32'],
])("the weights of %s in Hammer's format", (name, found) => {
  const { state, layers, array } = fixture(name);

  it('make the same latent codes and images', async () => {
    const imported = await imports.import(inModels(state));
    expect(imported.found).toBe(found);
    expect(imported.description.layers.map((layer) => layer.name)).toEqual(['input', ...layers]);
    const generator = await imports.open(imported);
    const ws = await generator.sample([0, 1, 2, 3], { psi: 0.7 });
    expect(differenceOf(ws.data, array('ws_psi0.7.npy').data).largest).toBeLessThan(1e-5);
    const images = await generator.synthesize(array('ws.npy'));
    expect(images.dims).toEqual(array('image.npy').dims);
    expect(differenceOf(images.data, array('image.npy').data).relative).toBeLessThan(5e-5);
    await generator.release();
  });
});

describe('a StyleGAN3 generator of Hammer', () => {
  const { state } = fixture('stylegan3-t-nvlabs');
  const synthesisOf = async (settings?: Readonly<Record<string, TorchValue>>) => (await imports.import(inModels(state, settings))).description.sha256.synthesis;

  it('is made with what the file says', async () => {
    const plain = await synthesisOf();
    expect(await synthesisOf({ resolution: 32, conv_clamp: 256, output_scale: 0.25, first_cutoff: 2, filter_size: 6 })).toBe(plain);
    expect(await synthesisOf({ output_scale: 0.5 })).not.toBe(plain);
    expect(await synthesisOf({ conv_clamp: null })).not.toBe(plain);
    expect(await synthesisOf({ first_cutoff: 3 })).not.toBe(plain);
  });

  it.each<[Record<string, TorchValue>, string]>([
    [{ final_tanh: true }, 'the setting model_kwargs_init.generator_smooth.final_tanh is true; expected false'],
    [{ act_upsampling: 4 }, 'the setting model_kwargs_init.generator_smooth.act_upsampling is 4; expected 2'],
    [{ resolution: 64 }, 'the setting model_kwargs_init.generator_smooth.resolution is 64, but the last layer synthesis.layer6 makes 32 px; expected the same'],
    [{ filter_size: 5 }, 'the tensor synthesis.layer0.filter.up_filter has the shape [12]; expected 5 taps for each step, 1, 2, 4 or 8 steps'],
  ])('is refused with settings that do not fit: %j', async (settings, message) => {
    expect(await imports.refusal(inModels(state, settings))).toContain(message);
  });

  it('is refused whichever tensor is missing, by the name in the file', async () => {
    const needed = [...state.keys()].filter((name) => !name.endsWith('w_avg') && !name.endsWith('.transform'));
    expect(needed.length).toBeGreaterThan(50);
    for (const name of needed) expect(await imports.refusal(inModels(without(state, name)))).toContain(`has no tensor ${name}:`);
  });

  it('is refused whichever tensor has another shape, by the name in the file', async () => {
    for (const [name, { dims }] of state) {
      expect(await imports.refusal(inModels(reshaped(state, name, name === 'w_avg' ? [33] : [...dims, 3])))).toContain(`the tensor ${name} has the shape [`);
    }
  });

  it('is refused where its grid is not one', async () => {
    const grid = state.get('synthesis.early_layer.grid')!;
    const changed = new Map([...state, ['synthesis.early_layer.grid', { data: grid.data.map(() => 1), dims: grid.dims }]]);
    expect(await imports.refusal(inModels(changed))).toContain('the tensor synthesis.early_layer.grid has coordinates that are not evenly spaced from left to right');
  });

  it('is refused with a tensor that the networks do not have', async () => {
    expect(await imports.refusal(inModels(new Map([...state, ['synthesis.superres.weight', state.get('w_avg')!]])))).toContain('holds a Hammer StyleGAN3 generator that was changed: it has a tensor synthesis.superres.weight');
  });
});
