const sha256 = '0123456789abcdef'.repeat(4);

/** A direction in w as ReSeFa writes it. */
export const soundDirection = `{
  "format": "resefa-direction",
  "version": 1,
  "name": "eyes-1",
  "generator": { "name": "cats", "architecture": "stylegan2", "resolution": 64, "sha256": "${sha256}" },
  "latent": { "space": "w", "dimensions": 10, "layers": [2, 3, 4, 5] },
  "region": { "shape": "box", "x": 0.2, "y": 0.4, "width": 0.6, "height": 0.15 },
  "discovery": { "seeds": "0-19", "truncation": 1, "preset": "standard",
                 "jacobianResolution": 64, "channels": "rgb", "tau": 0.001, "rank": 1,
                 "eigenvalue": 12.3456 },
  "edit": { "alpha": [-6, 6] },
  "metrics": { "seeds": "100-107", "alpha": 1.35, "insideMse": 0.02, "outsideMse": 0.0021 },
  "vector": [
    0.5, -0.5, 0.1, 0, 0.3, -0.1, 0.2, -0.3,
    0.123456, 0.494731
  ]
}
`;

/** One in w+ with a source, a mask and keys of somebody's own. */
export const stackedDirection = `{
  "format": "resefa-direction",
  "version": 2,
  "name": "mouth",
  "generator": { "name": "faces", "architecture": "stylegan2", "resolution": 1024, "sha256": "${sha256}" },
  "latent": { "space": "w+", "dimensions": 3, "layers": [4, 7] },
  "region": {
    "shape": "mask",
    "width": 16,
    "height": 3,
    "rows": [
      "3+5 12+2",
      "",
      "0+16"
    ]
  },
  "source": {
    "kind": "composition",
    "orthogonal": true,
    "terms": [
      { "name": "eyes-1", "weight": 1 },
      { "name": "mouth-2", "weight": -0.5 }
    ]
  },
  "edit": { "alpha": [-2, 10] },
  "vector": [
    [
      0.8, 0, 0
    ],
    [
      -0.6, 0, 0
    ]
  ],
  "note": { "by": "me" }
}
`;

const polygon = soundDirection.replace(/"region": .*/, '"region": { "shape": "polygon", "points": [[0, 0], [1, 0], [1, 1]] },');
const npy = soundDirection.replace('"version": 1', '"version": 2').replace(/ {2}"discovery": [^]*?\},\n/, `  "source": { "kind": "npy", "file": "a.npy", "sha256": "${sha256}", "row": 3 },\n`);

/** A file with one thing wrong in it. */
export interface MalformedDirection {
  readonly what: string;
  readonly text: string;
  /** The code of the first error, and the text of the line that it is in, or a part of it. */
  readonly code: string;
  readonly line: string;
}

function spoilt(original: string, what: string, pattern: string | RegExp, replacement: string, code: string, line: string): MalformedDirection {
  const text = original.replace(pattern, () => replacement);
  if (text === original) throw new Error(`${what}: ${String(pattern)} is not in the text`);
  return { what, text, code, line };
}

const fromSound = (...rest: readonly [string, string | RegExp, string, string, string]) => spoilt(soundDirection, ...rest);
const fromStacked = (...rest: readonly [string, string | RegExp, string, string, string]) => spoilt(stackedDirection, ...rest);

/** A table of mistakes that people make, and of what tools and accidents leave. */
export const malformedDirections: readonly MalformedDirection[] = [
  { what: 'an empty file', text: '', code: 'unreadable', line: '' },
  { what: 'a file of blanks', text: ' \n\n', code: 'unreadable', line: '' },
  { what: 'a byte order mark alone', text: '\uFEFF', code: 'unreadable', line: '' },
  { what: 'prose', text: 'the eyes of the cat', code: 'syntax', line: 'the eyes' },
  { what: 'null', text: 'null', code: 'shape', line: 'null' },
  { what: 'a list', text: '[\n]', code: 'shape', line: '[' },
  { what: 'a number', text: ' 3', code: 'shape', line: '3' },
  { what: 'a text', text: '"direction"', code: 'shape', line: '"direction"' },
  { what: 'an empty object', text: '{}', code: 'shape', line: '{}' },
  { what: 'binary data', text: '\u0000\u0001\u0002PK\u0003\u0004\uFFFD', code: 'syntax', line: '\u0000' },
  { what: 'brackets without end', text: '['.repeat(100_000), code: 'unreadable', line: '[[' },
  { what: 'brackets too deep', text: `${'['.repeat(5000)}${']'.repeat(5000)}`, code: 'unreadable', line: '[[' },
  fromSound('brackets too deep in a key of somebody\'s own', '"name"', `"note": ${'[{"a":'.repeat(4000)}1${'}]'.repeat(4000)}, "name"`, 'unreadable', '"note"'),
  fromSound('half a file', /"vector"[^]*/, '"vec', 'syntax', '"vec'),
  fromSound('no closing bracket', /\}\n$/, '', 'syntax', ']'),
  fromSound('something behind the end', /\}\n$/, '}}\n', 'syntax', '}}'),
  fromSound('a comma too many', '0.494731', '0.494731,', 'syntax', ']'),
  fromSound('a comma too few', '"version": 1,', '"version": 1', 'syntax', '"name"'),
  fromSound('single quotes', '"eyes-1"', "'eyes-1'", 'syntax', "'eyes-1'"),
  fromSound('no quotes', '"name"', 'name', 'syntax', 'name:'),
  fromSound('a quote too few', '"eyes-1"', '"eyes-1', 'syntax', '"name": "eyes-1,'),
  fromSound('an unknown escape', '"eyes-1"', '"eyes\\-1"', 'syntax', '"eyes'),
  fromSound('a comment', '"version"', '// mine\n  "version"', 'syntax', '// mine'),
  fromSound('a number with a leading point', '0.2,', '.2,', 'syntax', '"region"'),
  fromSound('a number with a leading zero', '0.2,', '00.2,', 'syntax', '"region"'),
  fromSound('a number that is NaN', '12.3456', 'NaN', 'syntax', '"eigenvalue"'),
  fromSound('a semicolon', '"edit": { "alpha": [-6, 6] },', '"edit": { "alpha": [-6, 6] };', 'syntax', '"edit"'),
  fromSound('a merge conflict', '  "name": "eyes-1",\n', '<<<<<<< HEAD\n  "name": "eyes-1",\n=======\n  "name": "eyes-2",\n>>>>>>> theirs\n', 'conflict', '<<<<<<< HEAD'),
  fromSound('a merge conflict of three', '  "name": "eyes-1",\n', '<<<<<<< HEAD\n  "name": "eyes-1",\n||||||| base\n=======\n  "name": "eyes-2",\n>>>>>>> theirs\n', 'conflict', '<<<<<<< HEAD'),
  fromSound('the rest of a merge conflict', '  "edit"', '>>>>>>> 1234abc\n  "edit"', 'conflict', '>>>>>>> 1234abc'),
  fromSound('a merge conflict that ends lines as Windows does', /[^]*/, '{\r\n<<<<<<< a\r\n=======\r\n>>>>>>> b\r\n}\r\n', 'conflict', '<<<<<<< a'),
  fromSound('no format', '  "format": "resefa-direction",\n', '', 'shape', '{'),
  fromSound('another format', 'resefa-direction', 'glove', 'shape', '"format"'),
  fromSound('no version', '  "version": 1,\n', '', 'shape', '{'),
  fromSound('version 0', '"version": 1', '"version": 0', 'shape', '"version"'),
  fromSound('a version that is a text', '"version": 1', '"version": "1"', 'shape', '"version"'),
  fromSound('a newer version', '"version": 1', '"version": 3', 'newerVersion', '"version"'),
  spoilt(npy, 'version 1 of what was not discovered', '"version": 2', '"version": 1', 'versionOfSource', '"version"'),
  fromSound('no name', '  "name": "eyes-1",\n', '', 'shape', '{'),
  fromSound('a blank name', '"eyes-1"', '" "', 'shape', '"name": " "'),
  fromSound('a name that is a number', '"eyes-1"', '1', 'shape', '"name"'),
  fromSound('no generator', /.*"generator".*\n/, '', 'shape', '{'),
  fromSound('a generator that is a text', /\{ "name": "cats".*\}/, '"cats"', 'shape', '"generator"'),
  fromSound('a generator without a hash', /, "sha256": "\w*"/, '', 'shape', '"generator"'),
  fromSound('a hash that breaks off', 'cdef" }', '" }', 'shape', '"generator"'),
  fromSound('a resolution of half a pixel', '"resolution": 64', '"resolution": 64.5', 'shape', '"generator"'),
  fromSound('an unknown space', '"space": "w"', '"space": "z"', 'shape', '"latent"'),
  fromSound('dimensions that are a text', '"dimensions": 10', '"dimensions": "10"', 'shape', '"latent"'),
  fromSound('no layers', '[2, 3, 4, 5]', '[]', 'shape', '"latent"'),
  fromSound('layers as a text', '[2, 3, 4, 5]', '"2-5"', 'shape', '"latent"'),
  fromSound('layers out of order', '[2, 3, 4, 5]', '[2, 4, 3, 5]', 'layerOrder', '"latent"'),
  fromSound('a layer twice', '[2, 3, 4, 5]', '[2, 3, 3]', 'layerOrder', '"latent"'),
  fromSound('a negative layer', '[2, 3, 4, 5]', '[-1, 3]', 'shape', '"latent"'),
  fromSound('no region', /.*"region".*\n/, '', 'shape', '{'),
  fromSound('an unknown shape', '"box"', '"star"', 'shape', '"region"'),
  fromSound('a region beyond the image', '"width": 0.6', '"width": 0.9', 'regionEdge', '"region"'),
  fromSound('a region in pixels', '"x": 0.2', '"x": 51', 'shape', '"region"'),
  spoilt(polygon, 'two points', ', [1, 1]', '', 'shape', '"region"'),
  spoilt(polygon, 'points on a line', '[1, 1]', '[0.5, 0]', 'regionArea', '"region"'),
  fromSound('seeds that run backwards', '"0-19"', '"19-0"', 'seeds', '"discovery"'),
  fromSound('seeds that are a number', '"0-19"', '19', 'shape', '"discovery"'),
  fromSound('an unknown preset', '"standard"', '"best"', 'shape', '"discovery"'),
  fromSound('rank 0', '"rank": 1', '"rank": 0', 'shape', '"rank"'),
  fromSound('an endless eigenvalue', '12.3456', '1e999', 'shape', '"eigenvalue"'),
  fromSound('one alpha', '[-6, 6]', '[6]', 'shape', '"edit"'),
  fromSound('alphas the wrong way around', '[-6, 6]', '[6, -6]', 'alphaOrder', '"edit"'),
  fromSound('equal alphas', '[-6, 6]', '[6, 6]', 'alphaOrder', '"edit"'),
  fromSound('metrics that are null', /"metrics": .*/, '"metrics": null,', 'shape', '"metrics"'),
  fromSound('a negative error', '"insideMse": 0.02', '"insideMse": -1', 'shape', '"metrics"'),
  fromSound('no vector', /,\n {2}"vector"[^]*\]/, '', 'shape', '{'),
  fromSound('an empty vector', /"vector": \[[^]*\]/, '"vector": []', 'dimensions', '"vector"'),
  fromSound('a vector too short', ', 0.494731', '', 'dimensions', '"vector"'),
  fromSound('a vector too long', '0.494731', '0.494731, 0', 'dimensions', '"vector"'),
  fromSound('a component that is null', '0.494731', 'null', 'shape', '0.123456, null'),
  fromSound('a component that is too large for a number', '0.494731', '1e400', 'shape', '0.123456'),
  fromSound('a vector that is not of unit norm', '0.494731', '0.6', 'norm', '"vector"'),
  fromSound('a vector of zeros', /"vector": \[[^]*\]/, '"vector": [0, 0, 0, 0, 0, 0, 0, 0, 0, 0]', 'norm', '"vector"'),
  fromSound('a vector that overflows', '0.494731', '1e300', 'norm', '"vector"'),
  fromSound('one vector in w+', '"space": "w"', '"space": "w+"', 'rows', '"vector"'),
  fromStacked('a row too few', '"layers": [4, 7]', '"layers": [4, 6, 7]', 'rows', '"vector"'),
  fromStacked('a row too short', '-0.6, 0, 0', '-0.6, 0', 'dimensions', '['),
  fromStacked('rows that are not of unit norm together', '-0.6', '-0.8', 'norm', '"vector"'),
  fromStacked('rows out of order', '[4, 7]', '[7, 4]', 'layerOrder', '"latent"'),
  fromStacked('rows for one layer', '[4, 7]', '[4, 4]', 'layerOrder', '"latent"'),
  fromStacked('a mask of another height', '"height": 3', '"height": 4', 'maskHeight', '"rows"'),
  fromStacked('runs that overlap', '3+5 12+2', '3+5 7+2', 'maskRuns', '"3+5 7+2"'),
  fromStacked('runs that are none', '3+5 12+2', '3-5', 'shape', '"3-5"'),
  fromStacked('an unknown source', '"composition"', '"dream"', 'shape', '"dream"'),
  fromStacked('a composition of nothing', /"terms": \[[^]*?\]/, '"terms": []', 'shape', '"terms"'),
  fromStacked('a weight that is a text', '"weight": 1', '"weight": "1"', 'shape', '"weight"'),
  fromStacked('neither a source nor a discovery', /"source": \{[^]*?\},\n(?= {2}"edit")/, '', 'shape', '{'),
  spoilt(npy, 'a row of an array that is negative', '"row": 3', '"row": -3', 'shape', '"source"'),
  fromSound('a key twice', '"name": "eyes-1"', '"name": "eyes-1", "name": "eyes-2"', 'duplicateKey', '"name"'),
];
