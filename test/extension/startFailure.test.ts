import { expect, it } from 'vitest';
import { reasonIn } from '../../src/extension/startFailure';

const uncaught = [
  'node:internal/modules/cjs/loader:1228',
  '  throw err;',
  '  ^',
  '',
  "Error: Cannot find module 'onnxruntime-node'",
  'Require stack:',
  '- /extensions/resefa/dist/engine.js',
  '    at Module._resolveFilename (node:internal/modules/cjs/loader:1225:15)',
  '',
  'Node.js v20.20.2',
];

it('finds the message of the error that ended a process', () => {
  expect(reasonIn(uncaught)).toBe("Cannot find module 'onnxruntime-node'");
  expect(reasonIn(['TypeError [ERR_INVALID_ARG]: no such option', '    at main'])).toBe('no such option');
});

it('takes the last line where there is no error, and nothing of nothing', () => {
  expect(reasonIn(['loading', 'Illegal instruction', ''])).toBe('Illegal instruction');
  expect(reasonIn(['', ' '])).toBeUndefined();
  expect(reasonIn([])).toBeUndefined();
});
