import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DataType } from '../../src/engine/onnx/tensors';
import { GraphBuilder } from '../../src/engine/onnx/graphBuilder';
import { graphOf } from '../../src/engine/onnx/graphs';
import { modelBytes, readModel } from '../../src/engine/onnx/modelFile';
import type { GraphProto } from '../../src/engine/onnx/gen/onnx_pb';
import { sha256Of } from '../../src/engine/files';
import { formatDirection } from '../../src/shared/direction/formatDirection';
import type { DirectionFile } from '../../src/shared/direction/directionFile';
import { stylegan2Checkpoint } from '../support/stylegan2Checkpoint';
import { bundle, fixtures, npyOf, plainEnvironment, runCli, snapshot, useOwnFolder } from './commandLine';

/** The broken things are made in a folder of their own, which is the current one while the commands run. */
const own = useOwnFolder('resefa-bad-input-', makeInputs, 60_000);

async function makeInputs(): Promise<void> {
  makeCheckpoints();
  for (const [checkpoint, out] of [['good.pkl', 'g'], ['conditional.pkl', 'classes']] as const) {
    expect(await runCli('import', checkpoint, '--out', out)).toMatchObject({ code: 0, stderr: '' });
  }
  makeGenerators();
  makeBareModels();
  makeArrays();
  makeDirections();
  makeRegions();
  makePlans();
}

/** Plan files: a good one, and broken ones. */
function makePlans(): void {
  const plan = { format: 'resefa-plan', version: 1, generators: ['g'], regions: [{ name: 'a', shape: 'box', x: 0.2, y: 0.2, width: 0.4, height: 0.4 }], preset: 'draft' };
  writeFileSync('plan.json', JSON.stringify(plan));
  writeFileSync('broken-plan.json', '{\n  "format": "resefa-plan",,\n}\n');
  writeFileSync('misspelt-plan.json', JSON.stringify({ ...plan, sedes: ['0-3'] }));
  writeFileSync('empty-plan.json', JSON.stringify({ ...plan, generators: [] }));
}

function makeCheckpoints(): void {
  const good = readFileSync(join(fixtures, 'stylegan2-nvlabs/generator.pkl'));
  writeFileSync('good.pkl', good);
  writeFileSync('cut.pkl', good.subarray(0, 300_000));
  writeFileSync('empty.pkl', '');
  writeFileSync('hostile.pkl', "\x80\x02cposix\nsystem\nX\x0a\x00\x00\x00touch gone\x85R.", 'latin1');
  writeFileSync('picture.pkl', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'));
  writeFileSync('text.pkl', 'these are my notes\n');
  writeFileSync('page.pkl', '<!DOCTYPE html>\n<html><body>404</body></html>\n');
  writeFileSync('json.pkl', '{"G_ema": 1}\n');
  writeFileSync('number.pkl', '\x80\x02K\x01.', 'latin1');
  writeFileSync('conditional.pkl', stylegan2Checkpoint({ resolution: 8, zDim: 8, cDim: 3, wDim: 8, mappingLayers: 1, channelBase: 32, channelMax: 4, numFp16Res: 0, seed: 1 }));
}

type Json = Record<string, unknown>;

/** A copy of the good generator folder with changes to its files. */
function generatorLike(name: string, change: (path: (file: string) => string) => void): void {
  cpSync('g', name, { recursive: true });
  change((file) => join(name, file));
}

function describedBy(name: string, change: (description: Json) => Json): void {
  generatorLike(name, (path) => {
    const description = JSON.parse(readFileSync(path('generator.json'), 'utf8')) as Json;
    writeFileSync(path('generator.json'), JSON.stringify(change(description)));
  });
}

/** A generator whose network was changed by someone who also mended the hash. */
function networkLike(name: string, change: (graph: GraphProto) => void): void {
  generatorLike(name, (path) => {
    const model = readModel(readFileSync(path('synthesis.onnx')), name);
    change(graphOf(model));
    const bytes = modelBytes(model);
    writeFileSync(path('synthesis.onnx'), bytes);
    const description = JSON.parse(readFileSync(path('generator.json'), 'utf8')) as Json & { sha256: Json };
    writeFileSync(path('generator.json'), JSON.stringify({ ...description, sha256: { ...description.sha256, synthesis: sha256Of(bytes) } }));
  });
}

function makeGenerators(): void {
  const network = readFileSync('g/synthesis.onnx');
  generatorLike('cut-network', (path) => { writeFileSync(path('synthesis.onnx'), network.subarray(0, 200_000)); });
  generatorLike('empty-network', (path) => { writeFileSync(path('synthesis.onnx'), ''); });
  generatorLike('flipped-network', (path) => { writeFileSync(path('synthesis.onnx'), network.map((byte, i) => (i === 250_000 ? byte ^ 0x80 : byte))); });
  generatorLike('no-network', (path) => { unlinkSync(path('synthesis.onnx')); });
  generatorLike('no-mapping', (path) => { unlinkSync(path('mapping.onnx')); });
  generatorLike('swapped-mapping', (path) => { cpSync('classes/mapping.onnx', path('mapping.onnx')); });
  generatorLike('no-description', (path) => { unlinkSync(path('generator.json')); });
  generatorLike('broken-description', (path) => { writeFileSync(path('generator.json'), '{\n  "format": "resefa-generator",\n  "version": 1,,\n}\n'); });
  describedBy('no-layers', (description) => ({ ...description, layers: undefined }));
  describedBy('no-hash', (description) => ({ ...description, sha256: {} }));
  describedBy('no-mapping-hash', (description) => ({ ...description, sha256: { synthesis: (description.sha256 as Json).synthesis } }));
  describedBy('newer-generator', (description) => ({ ...description, version: 2 }));
  describedBy('other-format', (description) => ({ ...description, format: 'resefa-direction' }));
  describedBy('other-width', (description) => ({ ...description, w_dim: 64, w_avg: undefined }));
  describedBy('other-layers', (description) => ({ ...description, layers: (description.layers as Json[]).slice(1).map((layer, index) => ({ ...layer, index })), edit_layers: [2, 3] }));
  describedBy('other-size', (description) => ({ ...description, resolution: 64 }));
  describedBy('no-edit-layers', (description) => ({ ...description, edit_layers: [] }));
  describedBy('short-mean', (description) => ({ ...description, w_avg: [1, 2, 3] }));
  networkLike('strange-operator', (graph) => { graph.node[5]!.opType = 'Nonsense'; });
  networkLike('failing-network', (graph) => {
    const gather = graph.node.find(({ opType }) => opType === 'Gather')!;
    graph.initializer.find(({ name }) => name === gather.input[1])!.rawData = new Uint8Array(BigInt64Array.of(77n).buffer);
  });
}

function makeBareModels(): void {
  writeFileSync('text.onnx', 'this is not a network, it is a text\n');
  writeFileSync('empty.onnx', '');
  writeFileSync('cut.onnx', readFileSync('g/synthesis.onnx').subarray(0, 100_000));
  const twoInputs = new GraphBuilder();
  twoInputs.output('image', twoInputs.node('Add', [twoInputs.input('a', ['N', 3, 8, 8]), twoInputs.input('b', ['N', 3, 8, 8])]), ['N', 3, 8, 8]);
  writeFileSync('two-inputs.onnx', modelBytes(twoInputs.build('two')));
  const noPicture = new GraphBuilder();
  noPicture.output('label', noPicture.node('Tanh', [noPicture.input('z', ['N', 8])]), ['N', 8]);
  writeFileSync('no-picture.onnx', modelBytes(noPicture.build('none')));
  const integers = new GraphBuilder();
  integers.output('image', integers.node('Cast', [integers.input('z', ['N', 8], DataType.INT64)], { to: DataType.FLOAT }), ['N', 8]);
  writeFileSync('integers.onnx', modelBytes(integers.build('integers')));
}

function makeArrays(): void {
  writeFileSync('one.npy', npyOf([1, 8, 32]));
  writeFileSync('two.npy', npyOf([2, 8, 32]));
  writeFileSync('none.npy', npyOf([0, 8, 32]));
  writeFileSync('narrow.npy', npyOf([1, 8, 31]));
  writeFileSync('flat.npy', npyOf([1, 32]));
  writeFileSync('nan.npy', npyOf([1, 8, 32], (index) => (index === 100 ? NaN : 0)));
  writeFileSync('cut.npy', npyOf([1, 8, 32]).subarray(0, 500));
  writeFileSync('header.npy', npyOf([1, 8, 32]).subarray(0, 40));
  writeFileSync('jacobian.npy', npyOf([1, 32, 32, 1, 4]));
  writeFileSync('matrix.npy', npyOf([32, 32]));
  writeFileSync('infinite.npy', npyOf([1, 8, 8, 1, 4], (index) => (index === 7 ? Infinity : 1)));
  writeFileSync('still.npy', npyOf([1, 32, 32, 1, 4], () => 0));
  writeFileSync('zero-row.npy', npyOf([3, 32], (index) => (Math.floor(index / 32) === 1 ? 0 : 1)));
  writeFileSync('many.npy', npyOf([101, 32]));
  writeFileSync('eight.npy', npyOf([1, 8]));
}

/** A direction that fits the good generator. */
function makeDirections(): void {
  const sha256 = createHash('sha256').update(readFileSync('good.pkl')).digest('hex');
  const good: DirectionFile = {
    format: 'resefa-direction',
    version: 1,
    name: 'eyes-1',
    generator: { name: 'g', architecture: 'stylegan2', resolution: 32, sha256 },
    latent: { space: 'w', dimensions: 32, layers: [2, 3, 4] },
    region: { shape: 'box', x: 0.2, y: 0.4, width: 0.6, height: 0.15 },
    discovery: { seeds: '0-1', truncation: 1, preset: 'draft', jacobianResolution: 32, channels: 'rgb', tau: 0.001, rank: 1, eigenvalue: 2 },
    edit: { alpha: [-6, 6] },
    vector: Array.from({ length: 32 }, () => Math.sqrt(1 / 32)),
  };
  const save = (name: string, value: unknown) => { writeFileSync(`${name}.resefa.json`, JSON.stringify(value, null, 2)); };
  writeFileSync('good.resefa.json', formatDirection(good));
  save('other-sha', { ...good, generator: { ...good.generator, name: 'dogs', sha256: 'a'.repeat(64) } });
  save('wide', { ...good, latent: { ...good.latent, dimensions: 64 } });
  save('wide-throughout', { ...good, latent: { ...good.latent, dimensions: 64 }, vector: Array.from({ length: 64 }, () => 1 / 8) });
  save('long', { ...good, vector: Array.from({ length: 32 }, () => 1) });
  save('newer', { ...good, version: 3 });
  save('no-vector', { ...good, vector: undefined });
  save('no-region', { ...good, region: undefined });
  save('high-layer', { ...good, latent: { ...good.latent, layers: [7, 8] } });
  save('stacked', { ...good, latent: { ...good.latent, space: 'w+' }, vector: [2, 3, 4].map(() => Array.from({ length: 32 }, () => Math.sqrt(1 / 96))) });
  save('composed', { ...good, version: 2, discovery: undefined, source: { kind: 'composition', orthogonal: false, terms: [{ name: 'eyes-1', weight: 1 }] } });
  writeFileSync('broken.resefa.json', '{\n  "format": "resefa-direction"\n  "version": 1\n}\n');
  writeFileSync('empty.resefa.json', '');
  writeFileSync('list.resefa.json', '[]');
}

function makeRegions(): void {
  writeFileSync('broken-region.json', '{ "shape": "box", }');
  writeFileSync('shapeless.json', '{ "x": 0, "y": 0, "width": 1, "height": 1 }');
  writeFileSync('line.json', '{ "shape": "polygon", "points": [[0, 0], [0.5, 0.5], [1, 1]] }');
  writeFileSync('mask.json', '{ "shape": "mask", "width": 4, "height": 2, "rows": ["0+2", "3+2"] }');
  writeFileSync('regions.json', '{ "eyes": { "shape": "box", "x": 0.9, "y": 0, "width": 0.5, "height": 1 } }');
  writeFileSync('regions-list.json', '[1]');
  writeFileSync('file', 'a file where folders should be\n');
  mkdirSync('folder');
}

/** A command line, and what its one line on stderr must say: the culprit, and what would be right. */
type Case = readonly [commandLine: string, message: RegExp];

const discover = (rest: string) => `discover g --preset draft --out out ${rest}`;
const box = '--region 0.2,0.4,0.6,0.15';
const edit = (rest: string) => `edit g ${rest} --out out.png`;

const cases: Readonly<Record<string, readonly Case[]>> = {
  'the command line itself': [
    ['', /no command given; expected one of the commands import, info, .*demo/],
    ['discovre g', /unknown command 'discovre'; expected one of the commands import, info, .*discover/],
    ['--fast', /unknown option '--fast'; expected one of the commands/],
    ['info', /missing required argument 'generator'; see resefa info --help/],
    ['info g classes', /too many arguments for 'info'. Expected 1 argument but got 2; see resefa info --help/],
    ['info g --verbose', /unknown option '--verbose'; see resefa info --help/],
    ['synthesize g --seeds 0', /required option '--out <dir>' not specified; see resefa synthesize --help/],
    ['synthesize g --seeds 0 --out', /option '--out <dir>' argument missing/],
    ['discover g --out out', /required option '--region <region>' not specified/],
    ['import good.pkl', /required option '--out <folder>' not specified/],
    ['edit g --out out.png', /missing required argument 'directions'/],
    ['compare', /missing required argument 'files.resefa.json'; see resefa compare --help/],
    ['discover g --regoin eyes --out out', /unknown option '--regoin' \(did you mean --region\?\); see resefa discover --help/],
    ['discover g --region circle:0.2,0.4,0.6,0.15 --out out', /--region: "circle:.*" is of no shape that is known; expected .*ellipse:/],
    ['jvp g --seed 0 --out out.npy', /required option '--tangents <file.npy>' not specified/],
    ['solve jacobian.npy --out out.npy', /required option '--region <region>' not specified/],
    ['demo --region eyes', /unknown option '--region'; see resefa demo --help/],
  ],
  'checkpoints': [
    ['import nowhere.pkl --out out', /cannot read nowhere.pkl: there is no such file/],
    ['import folder --out out', /cannot read folder: it is a folder, not a file/],
    ['import file/x.pkl --out out', /cannot read file\/x.pkl: a part of the path is a file, not a folder/],
    ['import empty.pkl --out out', /empty.pkl is empty: copy or download it again/],
    ['import cut.pkl --out out', /cut.pkl .*(ends|truncated|cut|short|damaged)/],
    ['import picture.pkl --out out', /picture.pkl is a PNG image: choose a generator checkpoint/],
    ['import text.pkl --out out', /text.pkl is a text: choose a generator checkpoint/],
    ['import page.pkl --out out', /page.pkl is a web page, .*: download the checkpoint again/],
    ['import json.pkl --out out', /json.pkl is a JSON text: choose a generator checkpoint/],
    ['import g/synthesis.onnx --out out', /synthesis.onnx is an ONNX model: open it as a generator, without importing it/],
    ['import one.npy --out out', /one.npy is a NumPy array: choose a generator checkpoint/],
    ['import number.pkl --out out', /number.pkl holds no generator that is known; expected/],
    ['import hostile.pkl --out out', /hostile.pkl .*posix.system/],
    ['import good.pkl --out out --regions nowhere.json', /cannot read nowhere.json: there is no such file/],
    ['import good.pkl --out out --regions broken-region.json', /broken-region.json:1:19: expected a key in double quotes/],
    ['import good.pkl --out out --regions regions-list.json', /regions-list.json holds no regions; expected an object of regions by name/],
    ['import good.pkl --out out --regions regions.json', /regions.json: "eyes.width" is 0.5, which goes beyond the right edge of the image: it must be at most 0.1/],
    ['import good.pkl --out out --name ""', /--name is empty; expected a name such as cats/],
  ],
  'generators': [
    ['info nowhere', /there is no generator "nowhere"; expected a generator folder, an .onnx file or the name of an embedded generator \(afhq-cat-64\)/],
    ['info ""', /there is no generator ""; expected a generator folder/],
    ['info folder', /folder is not a generator folder: cannot read folder\/generator.json: there is no such file/],
    ['info good.pkl', /good.pkl is not a generator; expected a generator folder or an .onnx file \(.*resefa import good.pkl --out <folder>\)/],
    ['discover good.pkl --region eyes --out out', /good.pkl is not a generator; .*resefa import good.pkl --out <folder>/],
    ['info text.onnx', /text.onnx is not .*ONNX model/],
    ['info empty.onnx', /empty.onnx is not an ONNX model: it holds no graph; expected/],
    ['info cut.onnx', /cut.onnx is not a readable ONNX model .*truncated/],
    ['info two-inputs.onnx', /two-inputs.onnx takes a \[N, 3, 8, 8\], b \[N, 3, 8, 8\]; expected one latent input/],
    ['info no-picture.onnx', /no-picture.onnx gives no image: expected an output of the shape \[N, 3, H, W\]/],
    ['info integers.onnx', /integers\.onnx takes z as int64; expected float32: export it again in single precision/],
    ['synthesize cut-network --seeds 0 --out out', /cut-network\/synthesis.onnx is not a readable ONNX model .*truncated/],
    ['synthesize empty-network --seeds 0 --out out', /empty-network\/synthesis.onnx is not an ONNX model/],
    ['synthesize flipped-network --seeds 0 --out out', /flipped-network\/synthesis.onnx is damaged, or not the network that generator.json was written for: .*import the checkpoint again/],
    ['info no-network', /cannot read no-network\/synthesis.onnx: there is no such file/],
    ['synthesize no-mapping --seeds 0 --out out', /cannot read no-mapping\/mapping.onnx: there is no such file/],
    ['synthesize swapped-mapping --seeds 0 --out out', /swapped-mapping\/mapping.onnx is damaged, or not the network/],
    ['info no-description', /no-description is not a generator folder: cannot read no-description\/generator.json: there is no such file/],
    ['info broken-description', /broken-description\/generator.json:3:16: expected a key in double quotes/],
    ['info no-layers', /no-layers\/generator.json: "layers" is missing: it must be a list/],
    ['info no-hash', /no-hash\/generator.json: "sha256.synthesis" is missing/],
    ['info no-mapping-hash', /no-mapping-hash\/generator.json: "sha256.mapping" is missing: it must be the SHA-256 of the mapping.onnx beside it/],
    ['info newer-generator', /newer-generator\/generator.json: "version" is 2, which is newer than the version 1 that this program reads: update ReSeFa/],
    ['info other-format', /other-format\/generator.json: "format" must be "resefa-generator", not "resefa-direction"/],
    ['info other-width', /other-width\/synthesis.onnx: ws has the shape \[N, 8, 32\]; by its generator.json it must be \[N, 8, 64\]/],
    ['info other-layers', /other-layers\/synthesis.onnx: ws has the shape \[N, 8, 32\]; by its generator.json it must be \[N, 7, 32\]/],
    ['info other-size', /other-size\/synthesis.onnx: image has the shape \[N, 3, 32, 32\]; by its generator.json it must be \[N, 3, 64, 64\]/],
    ['info no-edit-layers', /no-edit-layers\/generator.json: "edit_layers" must be layers in ascending order, at least one/],
    ['info short-mean', /short-mean\/generator.json: "w_avg" has 3 numbers, "w_dim" says 32/],
    ['synthesize strange-operator --seeds 0 --out out', /ONNX Runtime cannot load strange-operator\/synthesis.onnx: .*Nonsense/],
    ['synthesize failing-network --seeds 0 --out out', /ONNX Runtime cannot run failing-network\/synthesis.onnx: .*Gather/],
    ['edit nowhere good.resefa.json --out out.png', /there is no generator "nowhere"/],
    ['jvp nowhere --seed 0 --tangents two.npy --out out.npy', /there is no generator "nowhere"/],
  ],
  'samples': [
    ['synthesize g --out out', /give the samples either by --seeds .* or by --ws .*neither/],
    ['synthesize g --seeds 0 --ws one.npy --out out', /give the samples either by --seeds .* or by --ws .*not by both/],
    ['synthesize g --seeds -1 --out out', /--seeds: "-1" is not a seed or a range of them; write for example 0,2,5-8/],
    ['synthesize g --seeds 4294967296 --out out', /--seeds: seed 4294967296 is out of range, seeds go from 0 to 4294967295/],
    ['synthesize g --seeds 0,3,3 --out out', /--seeds: seed 3 appears twice/],
    ['synthesize g --seeds 5-2 --out out', /--seeds: the range 5-2 runs backwards; write 2-5/],
    ['synthesize g --seeds one --out out', /--seeds: "one" is not a seed/],
    ['synthesize g --seeds "" --out out', /--seeds: "" is not a seed/],
    ['synthesize g --seeds 0-99999 --out out', /--seeds: too many seeds, at most 10000 are allowed/],
    ['synthesize g --seeds 1.5 --out out', /--seeds: "1.5" is not a seed/],
    ['synthesize g --seeds 0 --psi NaN --out out', /--psi: "NaN" must be a number from -2 to 2/],
    ['synthesize g --seeds 0 --psi strong --out out', /--psi: "strong" must be a number from -2 to 2/],
    ['synthesize g --seeds 0 --psi 7 --out out', /--psi: "7" must be a number from -2 to 2/],
    ['synthesize g --ws one.npy --psi 0.7 --out out', /--psi truncates what --seeds draws; .*leave --psi out/],
    ['synthesize g --ws one.npy --class 1 --out out', /--class steers what --seeds draws; .*leave --class out/],
    ['synthesize g --seeds 0 --class 1 --out out', /the generator g has no classes: leave the class out/],
    ['synthesize classes --seeds 0 --out out', /the generator classes is conditional: give a class from 0 to 2/],
    ['synthesize classes --seeds 0 --class 3 --out out', /the generator classes is conditional: give a class from 0 to 2/],
    ['synthesize classes --seeds 0 --class cat --out out', /--class: "cat" must be a whole number of at least 0/],
    ['synthesize g --ws nowhere.npy --out out', /cannot read nowhere.npy: there is no such file/],
    ['synthesize g --ws folder --out out', /cannot read folder: it is a folder, not a file/],
    ['synthesize g --ws good.pkl --out out', /good.pkl: not a NumPy array file \(.npy\)/],
    ['synthesize g --ws narrow.npy --out out', /--ws narrow.npy has the shape \[1, 8, 31\]; the generator g takes \[N, 8, 32\]/],
    ['synthesize g --ws flat.npy --out out', /--ws flat.npy has the shape \[1, 32\]; the generator g takes \[N, 8, 32\]/],
    ['synthesize g --ws none.npy --out out', /--ws none.npy has the shape \[0, 8, 32\], which holds no sample; give at least one/],
    ['synthesize g --ws nan.npy --out out', /--ws nan.npy holds numbers that are not finite/],
    ['synthesize g --ws cut.npy --out out', /cut.npy: cut short, shape \(1, 8, 32\) of float32 needs 1024 bytes of data and the file has 372/],
    ['synthesize g --ws header.npy --out out', /header.npy: cut short, the header needs \d+ bytes and the file has 40/],
    ['synthesize g --seeds 0 --threads 0 --out out', /--threads: "0" must be a whole number from 1 to 256/],
    ['synthesize g --seeds 0 --threads many --out out', /--threads: "many" must be a whole number from 1 to 256/],
    ['synthesize g --seeds 0 --output image_5 --out out', /--output: "image_5" is not an output of g; expected image/],
  ],
  'tangents': [
    ['jvp g --tangents one.npy --out out.npy', /give the samples either by --seed \(such as 0\) or by --ws/],
    ['jvp g --seed 0 --ws one.npy --tangents one.npy --out out.npy', /either by --seed .*not by both/],
    ['jvp g --seed 0-3 --tangents one.npy --out out.npy', /--seed: "0-3" must be a whole number from 0 to 4294967295/],
    ['jvp g --seed -1 --tangents one.npy --out out.npy', /--seed: "-1" must be a whole number from 0 to 4294967295/],
    ['jvp g --ws one.npy --psi 0.5 --tangents one.npy --out out.npy', /--psi truncates what --seed draws/],
    ['jvp g --seed 0 --tangents narrow.npy --out out.npy', /--tangents narrow.npy has the shape \[1, 8, 31\]; the generator g takes \[N, 8, 32\]/],
    ['jvp g --seed 0 --tangents none.npy --out out.npy', /--tangents none.npy has the shape \[0, 8, 32\], which holds no sample/],
    ['jvp g --seed 0 --tangents nan.npy --out out.npy', /--tangents nan.npy holds numbers that are not finite/],
    ['jvp g --seed 0 --tangents text.pkl --out out.npy', /text.pkl: not a NumPy array file/],
    ['jvp g --seed 0 --class 0 --tangents one.npy --out out.npy', /the generator g has no classes/],
  ],
  'regions': [
    [discover('--region 0.5,0.5,0.6,0.1'), /--region: "width" is 0.6, which goes beyond the right edge of the image: it must be at most 0.5/],
    [discover('--region 0.5,0.5,0,0.1'), /--region: "width" must be positive, not 0/],
    [discover('--region NaN,0.5,0.1,0.1'), /--region: "NaN" must be a number/],
    [discover('--region -0.1,0.5,0.1,0.1'), /--region: "x" must be a number from 0 to 1, a fraction of the image, not -0.1/],
    [discover('--region 0.1,0.5,0.1,-0.1'), /--region: "height" must be positive, not -0.1/],
    [discover('--region 10,20,30,40'), /--region: "x" must be a number from 0 to 1, a fraction of the image, not 10/],
    [discover('--region 0.1,0.1,0.1,0.1,0.1'), /--region: "0.1,0.1,0.1,0.1,0.1" must be x,y,width,height in fractions of the image, such as 0.2,0.4,0.6,0.15/],
    [discover('--region 0.1,0.1,0.1'), /--region: "0.1,0.1,0.1" must be x,y,width,height/],
    [discover('--region 0.5,0.5,0.001,0.001'), /the region covers no pixel at 32x32: draw it larger/],
    [discover('--region 0,0,1,1'), /the region covers the whole image at 32x32: .*draw it smaller/],
    [discover('--region eyes'), /--region: the generator g has no named regions; give x,y,width,height in fractions of the image, such as/],
    ['discover afhq-cat-64 --region tail --out out', /--region: there is no region "tail"; the named regions are eyes, /],
    [discover('--region ""'), /--region: the generator g has no named regions; give x,y,width,height/],
    [discover('--region nowhere.json'), /cannot read nowhere.json: there is no such file/],
    [discover('--region broken-region.json'), /broken-region.json:1:19: expected a key in double quotes/],
    [discover('--region shapeless.json'), /shapeless.json: "shape" is missing: it must be "box" or "ellipse" or "polygon" or "mask"/],
    [discover('--region line.json'), /line.json: "points" lie on one line: a region needs an area/],
    [discover('--region mask.json'), /mask.json: "rows\[1\]" has the run 3\+2, which goes beyond the width of 4 cells/],
    [discover('--region polygon:0.1,0.1,0.5,0.5,0.9'), /--region polygon: 5 numbers; expected pairs x,y,x,y,../],
    [discover('--region polygon:0.1,0.1,0.5,0.5'), /--region: "points" has 2 points, must have from 3 to 10000/],
    [discover('--region polygon:0.1,0.1,0.5,a,0.9,0.9'), /--region polygon: "a" must be a number/],
    [discover('--region polygon:0.1,0.1,0.5,0.5,0.9,1.9'), /--region: "points\[2\]\[1\]" must be a number from 0 to 1, a fraction of the image, not 1.9/],
    [discover('--region ellipse:0.5,0.5,0.6,0.1'), /--region: "width" is 0.6, which goes beyond the right edge/],
    [discover('--region box:left'), /--region: "left" must be x,y,width,height/],
  ],
  'discoveries': [
    [discover(`${box} --layers 6-9`), /--layers: layer 9 is out of range, layers go from 0 to 7/],
    [discover(`${box} --layers 5-3`), /--layers: the range 5-3 runs backwards; write 3-5/],
    [discover(`${box} --layers fine`), /--layers: "fine" is not a layer or a range of them; write for example 4-7/],
    [discover(`${box} --layers 2,2`), /--layers: layer 2 appears twice/],
    [discover(`${box} --seeds 1,1`), /--seeds: seed 1 appears twice/],
    [discover(`${box} --seeds=-3`), /--seeds: "-3" is not a seed/],
    [discover(`${box} --psi NaN`), /--psi: "NaN" must be a number from -2 to 2/],
    [discover(`${box} --tau -1`), /--tau: "-1" must be a number from 0 to 1000000/],
    [discover(`${box} --tau tiny`), /--tau: "tiny" must be a number/],
    [discover(`${box} --count 0`), /--count: "0" must be a whole number from 1 to 1000/],
    [discover(`${box} --count 2.5`), /--count: "2.5" must be a whole number from 1 to 1000/],
    [discover(`${box} --preset quick`), /--preset: "quick" is not known; expected draft, standard, exact or official/],
    [discover(`${box} --space z`), /--space: "z" is not known; expected w or w\+/],
    [discover(`${box} --rank-by size`), /--rank-by: "size" is not known; expected eigenvalue or locality/],
    [discover(`${box} --jacobian backward`), /--jacobian: "backward" is not known; expected forward or central/],
    [discover(`${box} --preset official --space w+`), /the preset official takes the Jacobian at one w for all layers: use --space w, or another preset for w\+/],
    [discover(`${box} --name a/b`), /--name "a\/b" cannot be a file name; use up to 100 letters, digits/],
    [discover(`${box} --name ..`), /--name ".." cannot be a file name/],
    [discover(`${box} --name ${'n'.repeat(300)}`), /--name "n+\.\.\. cannot be a file name; use up to 100 letters/],
    [discover(`${box} --class 1`), /the generator g has no classes: leave the class out/],
    ['discover classes --region 0,0,0.5,0.5 --out out', /the generator classes is conditional: give a class from 0 to 2/],
    [discover(`${box} --memory 1`), /--memory: "1" must be a whole number from 16 to/],
    [discover(`${box} --threads 0`), /--threads: "0" must be a whole number from 1 to 256/],
    [discover(`${box} --ws one.npy`), /unknown option '--ws'; see resefa discover --help/],
  ],
  'edits': [
    [edit('nowhere.resefa.json'), /cannot read nowhere.resefa.json: there is no such file/],
    [edit('good.resefa.json other-sha.resefa.json'), /other-sha.resefa.json: made for generator "dogs" \(stylegan2, sha256 aaaaaaaaaaaa\), this is "g" \(stylegan2, sha256 [0-9a-f]{12}\)/],
    [edit('wide.resefa.json'), /wide.resefa.json: "vector" has 32 numbers, "latent.dimensions" says 64/],
    [edit('wide-throughout.resefa.json'), /wide-throughout.resefa.json: "latent.dimensions" is 64, generator "g" has 32/],
    [edit('long.resefa.json'), /long.resefa.json: "vector" has norm 5.65685, must have norm 1/],
    [edit('newer.resefa.json'), /newer.resefa.json: "version" is 3, which is newer than the version 2 .*update ReSeFa/],
    [edit('broken.resefa.json'), /broken.resefa.json:3:3: expected a comma or }/],
    [edit('empty.resefa.json'), /empty.resefa.json:1:1: expected a value, but the file ends here/],
    [edit('list.resefa.json'), /list.resefa.json: must be an object, not \[\]/],
    [edit('no-vector.resefa.json'), /no-vector.resefa.json: "vector" is missing: it must be a list/],
    [edit('no-region.resefa.json'), /no-region.resefa.json: "region" is missing: it must be an object/],
    [edit('high-layer.resefa.json'), /high-layer.resefa.json: "latent.layers" has layer 8, generator "g" has layers 0 to 7/],
    [edit('g/generator.json'), /g\/generator.json: "format" must be "resefa-direction", not "resefa-generator"/],
    [edit('folder'), /cannot read folder: it is a folder, not a file/],
    [edit('good.resefa.json --alpha NaN'), /--alpha: "NaN" must be a number from -1000000 to 1000000/],
    [edit('good.resefa.json --alpha -5..5'), /--alpha: "-5..5" must be from:to:count, such as -6:6:7/],
    [edit('good.resefa.json --alpha 0:inf:3'), /--alpha: "inf" must be a number/],
    [edit('good.resefa.json --alpha -6:6:0'), /--alpha count: "0" must be a whole number from 1 to 101/],
    [edit('good.resefa.json --alpha -6:6:1e9'), /--alpha count: "1e9" must be a whole number from 1 to 101/],
    [edit('good.resefa.json --alpha -6:6:1000000000'), /--alpha count: "1000000000" must be a whole number from 1 to 101/],
    [edit('good.resefa.json --alpha -6:6'), /--alpha: "-6:6" must be from:to:count, such as -6:6:7/],
    [edit('good.resefa.json --seeds 0-9999'), /--seeds: 10000 samples \(times directions\) are too many, rows of a strip are at most 100/],
    [edit('good.resefa.json --seeds x'), /--seeds: "x" is not a seed/],
    [edit('good.resefa.json --psi x'), /--psi: "x" must be a number/],
    [edit('good.resefa.json --class 0'), /the generator g has no classes/],
    [edit('good.resefa.json --layers 8'), /--layers: layer 8 is out of range, layers go from 0 to 7/],
    [edit('stacked.resefa.json --layers 5-7'), /--layers 5-7: the w\+ direction stacked.resefa.json has vectors for layers 2-4 alone; choose among them/],
    ['edit g good.resefa.json --out out.jpg', /--out out.jpg has the ending .jpg; expected .png for a strip, .gif or .webp for an animation/],
    ['edit g good.resefa.json --out out', /--out out has no ending; expected .png for a strip, .gif or .webp/],
    ['edit g good.resefa.json --seeds 0-99 --out out.gif', /--seeds: 100 samples .* are too many, pictures side by side are at most 32/],
    ['edit g good.resefa.json --out out.mp4', /--out out.mp4 is a video, which the command line does not encode; export it in VS Code .* or write an animation/],
    [edit('good.resefa.json --size 8'), /--size: "8" must be a whole number from 16 to 2048/],
    [edit('good.resefa.json --fps 5'), /--fps is for animations, --out .* is a strip; leave --fps out, or write a .gif or .webp/],
    [edit('good.resefa.json --grid --jump'), /--jump is for animations, --out .* is a grid/],
    [edit('good.resefa.json --grid --together'), /--grid has a column for each direction, --together adds them up; give one of them/],
    [edit('good.resefa.json --grid --strip'), /--grid and --strip are two figures; give one of them/],
    [edit('good.resefa.json --grid --alpha 1,2'), /--alpha 1,2 gives 2 alphas, --grid shows each direction at one; give one/],
    [edit('good.resefa.json --both'), /--both is for the columns of --grid; add --grid or leave --both out/],
    ['edit g good.resefa.json --grid --out out.gif', /--out out.gif is an animation, --grid a still figure; expected .png or .webp/],
    ['edit g good.resefa.json --fps 0 --out out.gif', /--fps: "0" must be a number from/],
    ['edit g good.resefa.json --loop -1 --out out.gif', /--loop: "-1" must be a whole number from 0 to 1000/],
    [edit('good.resefa.json --ws nowhere.npy'), /cannot read nowhere.npy: there is no such file/],
    [edit('good.resefa.json --ws one.npy --seeds 1'), /give the samples either by --seeds .* or by --ws .*; not by both/],
  ],
  'reports': [
    ['report g nowhere.resefa.json --out out.html', /cannot read nowhere.resefa.json: there is no such file/],
    ['report g other-sha.resefa.json --out out.html', /other-sha.resefa.json: made for generator "dogs"/],
    ['report g good.resefa.json --out out.txt', /--out out.txt is no HTML file; expected a name that ends in .html/],
    ['report g good.resefa.json --seeds 0-99 --out out.html', /a report cannot have 100 samples: give 1 to 16/],
    ['report g good.resefa.json', /required option '--out <file>' not specified/],
  ],
  'plans': [
    ['discover --plan nowhere.json --out out', /cannot read nowhere.json: there is no such file/],
    ['discover --plan folder --out out', /cannot read folder: it is a folder, not a file/],
    ['discover --plan broken-plan.json --out out', /broken-plan.json:2:27: expected a key in double quotes/],
    ['discover --plan good.resefa.json --out out', /good.resefa.json: "format" must be "resefa-plan", not "resefa-direction"/],
    ['discover --plan misspelt-plan.json --out out', /misspelt-plan.json: "sedes" is not known; expected format, version, generators, /],
    ['discover --plan empty-plan.json --out out', /empty-plan.json: "generators" is empty, must have at least one entry/],
    ['discover --plan plan.json', /required option '--out <dir>' not specified; see resefa discover --help/],
    ['discover g --plan plan.json --out out', /the plan plan.json says which generators: leave "g" out, or --plan/],
    ['discover --plan plan.json --region eyes --out out', /the plan plan.json says what to discover: leave --region out, or --plan/],
    ['discover --plan plan.json --rank-by locality --out out', /the plan plan.json says what to discover: leave --rank-by out, or --plan/],
    ['discover --plan plan.json --out out --memory 1', /--memory: "1" must be a whole number from 16 to/],
    ['discover --plan plan.json --out out --threads 0', /--threads: "0" must be a whole number from 1 to 256/],
    ['discover --plan plan.json --out plan.json', /cannot write into plan.json: it is a file, not a folder/],
    ['discover --plan plan.json --out file/out', /cannot write file\/out: a part of the path is a file, not a folder/],
    [discover(`${box} --force`), /--force goes with --plan: leave it out/],
    ['discover', /required option '--region <region>' not specified; see resefa discover --help/],
    ['discover g --out out', /required option '--region <region>' not specified; see resefa discover --help/],
    [`discover g ${box}`, /required option '--out <dir>' not specified; see resefa discover --help/],
    [`discover ${box} --out out`, /missing required argument 'generator'; see resefa discover --help/],
    [`discover g g ${box} --out out`, /too many arguments for 'discover'. Expected 1 argument but got 2/],
  ],
  'comparisons': [
    ['compare good.resefa.json nowhere.resefa.json', /cannot read nowhere.resefa.json: there is no such file/],
    ['compare broken.resefa.json good.resefa.json', /broken.resefa.json:3:3: expected a comma or }/],
    ['compare good.resefa.json good.pkl', /good.pkl:1:1: expected a value/],
    ['compare broken.resefa.json', /broken.resefa.json:3:3: expected a comma or }/],
    ['compare', /missing required argument 'files.resefa.json'/],
    ['compare --git-textconv good.resefa.json good.resefa.json', /--git-textconv takes one file, as git gives it, not 2/],
    ['compare --git-diff good.resefa.json good.resefa.json', /--git-diff takes the seven arguments that git gives to a diff driver \(path old-file .*\), not 2/],
    ['compare --git-diff --git-textconv good.resefa.json', /--git-diff and --git-textconv exclude each other/],
  ],
  'rediscoveries': [
    ['rediscover', /missing required argument 'direction'/],
    ['rediscover nowhere.resefa.json', /cannot read nowhere.resefa.json: there is no such file/],
    ['rediscover broken.resefa.json --generator g', /broken.resefa.json:3:3: expected a comma or }/],
    ['rediscover good.resefa.json', /good.resefa.json was made for the generator g \(stylegan2, 32 px, sha256 [0-9a-f]{12}\), which is not an embedded one; say where it is by --generator/],
    ['rediscover good.resefa.json --generator nowhere', /there is no generator "nowhere"/],
    ['rediscover good.resefa.json --generator afhq-cat-64', /good.resefa.json: made for generator "g" \(stylegan2, sha256 [0-9a-f]{12}\), this is "afhq-cat-64" \(stylegan2, sha256 [0-9a-f]{12}\)/],
    ['rediscover other-sha.resefa.json --generator g', /other-sha.resefa.json: made for generator "dogs" \(stylegan2, sha256 aaaaaaaaaaaa\), this is "g"/],
    ['rediscover high-layer.resefa.json --generator g', /high-layer.resefa.json: "latent.layers" has layer 8, generator "g" has layers 0 to 7/],
    ['rediscover composed.resefa.json --generator g', /eyes-1 was not found by a discovery, its "source" says where it comes from: there is nothing to repeat/],
    ['rediscover good.resefa.json --generator g --memory 1', /--memory: "1" must be a whole number from 16 to/],
    ['rediscover good.resefa.json --generator g --threads 0', /--threads: "0" must be a whole number from 1 to 256/],
    ['rediscover nowhere.resefa.json --out file/out.resefa.json', /cannot write file\/out.resefa.json: a part of the path is a file, not a folder/],
  ],
  'arrays of directions': [
    ['import-directions flat.npy --out out', /required option '--generator <generator>' not specified/],
    ['import-directions flat.npy --generator g', /required option '--out <dir>' not specified/],
    ['import-directions nowhere.npy --generator g --out out', /cannot read nowhere.npy: there is no such file/],
    ['import-directions flat.npy --generator nowhere --out out', /there is no generator "nowhere"/],
    ['import-directions text.pkl --generator g --out out', /text.pkl: not a NumPy array file \(.npy\)/],
    ['import-directions cut.npy --generator g --out out', /cut.npy: cut short, shape \(1, 8, 32\) of float32 needs 1024 bytes/],
    ['import-directions narrow.npy --generator g --out out', /narrow.npy has the shape \[1, 8, 31\]; the generator g takes directions \[n, 32\] or \[n, 8, 32\]/],
    ['import-directions jacobian.npy --generator g --out out', /jacobian.npy has the shape \[1, 32, 32, 1, 4\]; the generator g takes directions/],
    ['import-directions none.npy --generator g --out out', /none.npy has the shape \[0, 8, 32\], which holds no direction; expected at least one/],
    ['import-directions nan.npy --generator g --out out', /nan.npy: row 0 holds numbers that are not finite, which is no direction/],
    ['import-directions zero-row.npy --generator g --out out', /zero-row.npy: row 1 is all zeros, which is no direction/],
    ['import-directions many.npy --generator g --out out', /many.npy holds 101 directions; choose at most 100 rows, such as 0-9/],
    ['import-directions flat.npy --generator g --rows 1 --out out', /flat.npy has no row 1; its rows are 0 alone/],
    ['import-directions matrix.npy --generator g --rows 30-32 --out out', /matrix.npy has no row 32; its rows are 0 to 31/],
    ['import-directions matrix.npy --generator g --rows 3-1 --out out', /--rows: the range 3-1 runs backwards; write 1-3/],
    ['import-directions matrix.npy --generator g --rows first --out out', /--rows: "first" is not a row or a range of them; write for example 0-9/],
    ['import-directions flat.npy --generator g --space z --out out', /--space: must be "w" or "w\+", not "z"/],
    ['import-directions flat.npy --generator g --space w+ --out out', /flat.npy has the shape \[1, 32\]; a direction in w\+ has a row for each of the 8 layers of g: read it in w/],
    ['import-directions two.npy --generator g --space w --out out', /two.npy: row 0 moves its layers in different ways, which one vector cannot: read it in w\+/],
    ['import-directions flat.npy --generator g --layers 8 --out out', /--layers: layer 8 is out of range, layers go from 0 to 7/],
    ['import-directions flat.npy --generator g --region eyes --out out', /--region: the generator g has no named regions/],
    ['import-directions flat.npy --generator g --region 0,0,1,1 --out out', /the region covers the whole image/],
    ['import-directions flat.npy --generator g --class 1 --out out', /--class says what to measure on, and without --region nothing is measured: leave it out/],
    ['import-directions flat.npy --generator g --region 0,0,0.5,0.5 --class 1 --out out', /the generator g has no classes: leave the class out/],
    ['import-directions eight.npy --generator classes --region 0,0,0.5,0.5 --out out', /the generator classes is conditional: give a class from 0 to 2/],
    ['import-directions flat.npy --generator g --name a/b --out out', /--name "a\/b" cannot be a file name/],
    ['import-directions nowhere.npy --generator g --out file', /cannot write into file: it is a file, not a folder/],
    ['export-directions --out d.npy', /missing required argument 'directions'/],
    ['export-directions good.resefa.json', /required option '--out <directions.npy>' not specified/],
    ['export-directions good.resefa.json nowhere.resefa.json --out d.npy', /cannot read nowhere.resefa.json: there is no such file/],
    ['export-directions good.resefa.json other-sha.resefa.json --out d.npy', /eyes-1 was made for the generator g \(sha256 [0-9a-f]{12}\), eyes-1 for dogs \(sha256 aaaaaaaaaaaa\): an array is for one generator/],
    ['export-directions stacked.resefa.json --out d.npy', /stacked.resefa.json was made for the generator g .*, which is not an embedded one; say where it is by --generator/],
    ['export-directions stacked.resefa.json --generator afhq-cat-64 --out d.npy', /stacked.resefa.json: made for generator "g" .*, this is "afhq-cat-64"/],
    ['export-directions nowhere.resefa.json --out file/d.npy', /cannot write file\/d.npy: a part of the path is a file, not a folder/],
  ],
  'compositions': [
    ['compose good.resefa.json stacked.resefa.json', /required option '--out <file>' not specified/],
    ['compose good.resefa.json --out c.resefa.json', /good.resefa.json alone is no composition; give at least two directions/],
    ['compose good.resefa.json nowhere.resefa.json --out c.resefa.json', /cannot read nowhere.resefa.json: there is no such file/],
    ['compose good.resefa.json other-sha.resefa.json --out c.resefa.json', /eyes-1 was made for the generator g .*, eyes-1 for dogs .*: only directions of one generator can be composed/],
    ['compose good.resefa.json stacked.resefa.json --weights 1 --out c.resefa.json', /--weights: 1 number for 2 directions; expected one for each, such as 1,0.5/],
    ['compose good.resefa.json stacked.resefa.json --weights 1,x --out c.resefa.json', /--weights: "x" must be a number/],
    ['compose good.resefa.json stacked.resefa.json --weights 0,0 --out c.resefa.json', /--weights: all are 0; give at least one direction a weight/],
    ['compose good.resefa.json good.resefa.json --weights 1,-1 --out c.resefa.json', /1 eyes-1 and -1 eyes-1 cancel each other out: nothing is left; choose other weights/],
    ['compose good.resefa.json good.resefa.json --orthogonal --out c.resefa.json', /eyes-1 is made of the directions before it: nothing of it is orthogonal to them/],
    ['compose good.resefa.json stacked.resefa.json --out c.json', /--out "c.json" is no direction file; expected a name that ends in .resefa.json/],
    ['compose good.resefa.json stacked.resefa.json --name a/b --out c.resefa.json', /--name "a\/b" cannot be a file name/],
    ['compose good.resefa.json stacked.resefa.json --out file/c.resefa.json', /cannot write file\/c.resefa.json: a part of the path is a file, not a folder/],
  ],
  'Jacobians': [
    ['solve nowhere.npy --region eyes --out out.npy', /cannot read nowhere.npy: there is no such file/],
    ['solve text.pkl --region eyes --out out.npy', /text.pkl: not a NumPy array file/],
    ['solve matrix.npy --region 16,16,4,4 --out out.npy', /matrix.npy has the shape \[32, 32\]; expected a Jacobian \[N, H, W, C, d\]/],
    ['solve infinite.npy --region eyes --out out.npy', /infinite.npy holds numbers that are not finite/],
    ['solve still.npy --region 16,16,8,8 --out out.npy', /still.npy is zero outside the region/],
    ['solve jacobian.npy --region ears --out out.npy', /--region: there is no region "ears"; the named regions are left-eye, right-eye, eyes, nose, mouth, chin, eyebrow/],
    ['solve jacobian.npy --region 16,30,8,8 --out out.npy', /--region 16,30,8,8 goes from row 12 to 20 and column 26 to 34; it must have an area and lie within the 32 rows and 32 columns of the Jacobian/],
    ['solve jacobian.npy --region 16,16,0,8 --out out.npy', /--region 16,16,0,8 .*must have an area/],
    ['solve jacobian.npy --region 16,16,8 --out out.npy', /--region 16,16,8 has 3 numbers; expected row,col,height,width of the centre in pixels/],
    ['solve jacobian.npy --region 16,16,x,8 --out out.npy', /--region: "x" must be a whole number/],
    ['solve jacobian.npy --region 16,16,32,32 --out out.npy', /the region covers the whole image at 32x32/],
    ['solve jacobian.npy --region eyes --full-rank --tau 1 --out out.npy', /--full-rank and --tau both set the regularisation: give one of them/],
    ['solve jacobian.npy --region eyes --tau -1 --out out.npy', /--tau: "-1" must be a number from 0 to 1000000/],
  ],
  // These must come to light before the work is done, so they stand before mistakes that the work would meet first.
  'output paths': [
    ['import cut.pkl --out file', /cannot write into file: it is a file, not a folder/],
    ['import cut.pkl --out file/out', /cannot write file\/out: a part of the path is a file, not a folder/],
    ['synthesize g --seeds 0 --out file', /cannot write into file: it is a file, not a folder/],
    ['synthesize g --seeds 0 --out file/a/b', /cannot write file\/a\/b: a part of the path is a file/],
    ['synthesize g --seeds 0 --out ""', /--out is empty; expected the folder to write/],
    ['discover nowhere --region eyes --out file/out', /cannot write file\/out: a part of the path is a file, not a folder/],
    [`discover g ${box} --out file/out`, /cannot write file\/out: a part of the path is a file, not a folder/],
    [`discover g ${box} --out ${'n'.repeat(300)}/out`, /cannot write n+\/out: the name is too long/],
    ['edit g good.resefa.json --out file/out.png', /cannot write file\/out.png: a part of the path is a file, not a folder/],
    ['jvp nowhere --seed 0 --tangents one.npy --out folder', /cannot write .*folder: there is a folder of this name/],
    ['jvp g --seed 0 --tangents one.npy --out file/out.npy', /cannot write file\/out.npy: a part of the path is a file/],
    ['solve jacobian.npy --region eyes --out folder', /cannot write .*folder: there is a folder of this name/],
    ['solve jacobian.npy --region eyes --out ""', /--out is empty; expected the file to write/],
    ['demo --out file', /cannot write into file: it is a file, not a folder/],
    ...(existsSync('/proc/self') ? ([
      ['import cut.pkl --out /proc/out', /cannot write \/proc\/out: the folder does not exist/],
      ['discover nowhere --region eyes --out /proc/a/b', /cannot write \/proc\/a\/b: /],
      ['demo --out /proc/out', /cannot write \/proc\/out: /],
    ] satisfies Case[]) : []),
  ],
};

/** Splits at blanks; "" is an empty argument. */
function argumentsOf(commandLine: string): string[] {
  return commandLine.split(' ').filter((word) => word !== '').map((word) => (word === '""' ? '' : word));
}

describe.each(Object.entries(cases))('%s', (_, table) => {
  it.each(table)('refuses: %s', async (commandLine, message) => {
    const before = snapshot(own.path);
    const { code, stdout, stderr } = await runCli(...argumentsOf(commandLine));
    expect(stderr).toMatch(/^resefa: [^\n]+\n$/);
    expect(stderr).toMatch(message);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(snapshot(own.path)).toEqual(before);
  });
});

it('refuses something for every command', async () => {
  const help = (await runCli('--help')).stdout;
  const commands = [...help.matchAll(/^ {2}([a-z-]+) .*[<[]/gm)].map(([, name]) => name!);
  expect(commands).toHaveLength(14);
  const used = new Set(Object.values(cases).flat().map(([commandLine]) => argumentsOf(commandLine)[0]));
  expect(commands.filter((command) => !used.has(command))).toEqual([]);
});

it('keeps the files of an output folder when a later run fails', async () => {
  expect(await runCli('synthesize', 'g', '--seeds', '0', '--out', 'kept')).toMatchObject({ code: 0 });
  const before = snapshot(own.path);
  expect(await runCli('synthesize', 'failing-network', '--seeds', '0', '--out', 'kept')).toMatchObject({ code: 2 });
  expect(snapshot(own.path)).toEqual(before);
  rmSync('kept', { recursive: true });
});

it('finds weights that are not numbers once the tangents are there', async () => {
  networkLike('broken-weights', (graph) => {
    const weight = graph.initializer.find(({ dims }) => dims.length === 4)!;
    weight.rawData = new Uint8Array(new Float32Array(weight.rawData.length / 4).fill(NaN).buffer);
  });
  const before = snapshot(own.path);
  const { code, stdout, stderr } = await runCli(...argumentsOf('discover broken-weights --preset draft --region 0.2,0.2,0.4,0.4 --out out'));
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^resefa: the Jacobian at seed 0 is not finite: the weights of g are broken or too large$/m);
  expect(snapshot(own.path)).toEqual(before);
});

// What a shell sees: the exit code, and nothing on stderr from the libraries underneath.
describe('as a process of its own', () => {
  it.each([
    ['info nowhere', /there is no generator "nowhere"/],
    ['synthesize failing-network --seeds 0 --out out', /ONNX Runtime cannot run failing-network\/synthesis.onnx/],
    ['synthesize strange-operator --seeds 0 --out out', /ONNX Runtime cannot load strange-operator\/synthesis.onnx/],
    ['synthesize cut-network --seeds 0 --out out', /cut-network\/synthesis.onnx/],
    ['import hostile.pkl --out out', /hostile.pkl/],
    ['discovre', /unknown command 'discovre'/],
  ])('exits with 2 and one line: %s', (commandLine, message) => {
    const before = snapshot(own.path);
    const { status, stdout, stderr } = spawnSync(process.execPath, [bundle, ...argumentsOf(commandLine)], { encoding: 'utf8', env: plainEnvironment(own.path) });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^resefa: [^\n]+\n$/);
    expect(stderr).toMatch(message);
    expect(snapshot(own.path)).toEqual(before);
  });

  it.runIf(process.platform !== 'win32')('ends without a word when its reader goes away', () => {
    const { stdout, stderr } = spawnSync('sh', ['-c', `for i in 1 2 3 4 5; do "${process.execPath}" "${bundle}" --help | head -c 5; done`], { encoding: 'utf8' });
    expect({ stdout, stderr }).toEqual({ stdout: 'Usage'.repeat(5), stderr: '' });
  });
});
