import { builtinModules } from 'node:module';
import js from '@eslint/js';
import tseslint from 'typescript-eslint';

const noVscode = { group: ['vscode'], message: 'only src/extension imports vscode' };
const noRuntime = { group: ['onnxruntime-*'], message: 'onnxruntime is imported by src/engine/runtime alone' };
const noFace = { group: ['**/cli/**', '**/extension/**', '**/webview/**'], message: 'the engine does not know who uses it' };
const builtins = { regex: `^(node:.*|${builtinModules.join('|')})$`, message: 'there is no Node here' };
const noEngine = { group: ['**/engine/**', '**/cli/**', '**/webview/**'], message: 'the extension talks to the engine and the page through src/shared/protocol' };
const pageOnly = { group: ['**/engine/**', '**/cli/**', '**/extension/**'], message: 'the page talks to the extension through src/shared/protocol' };
const noRoom = { group: ['**/engine/**', '**/cli/**', '**/extension/**', '**/webview/**'], message: 'src/shared imports no other room' };

/** The walls between the rooms: what may not be imported where. */
const walls = [
  { files: ['src/shared/**/*.ts'], patterns: [noVscode, noRuntime, noRoom, builtins], globals: ['Buffer', 'process', 'document', 'window'] },
  { files: ['src/engine/**/*.ts'], ignores: ['src/engine/runtime/**'], patterns: [noVscode, noRuntime, noFace] },
  { files: ['src/engine/runtime/**/*.ts'], patterns: [noVscode, noFace] },
  { files: ['src/cli/**/*.ts'], patterns: [noVscode, noRuntime] },
  { files: ['src/extension/**/*.ts'], patterns: [noRuntime, noEngine] },
  { files: ['src/webview/**/*.ts'], patterns: [noVscode, noRuntime, pageOnly, builtins] },
];

const noDefaultExport = { selector: 'ExportDefaultDeclaration', message: 'no default exports' };

/** A page follows a key a moment later: what it shows is asked for until it is so. */
const noGlance = {
  selector: 'CallExpression[callee.name="expect"] > AwaitExpression > CallExpression[callee.property.name=/^(count|inputValue|innerText|textContent|all(Inner|Text).*|getAttribute|is[A-Z].*)$/]',
  message: 'await expect.poll(() => ..) waits for what the page shows',
};

export default tseslint.config(
  { ignores: ['dist/', 'demo/', 'node_modules/', 'coverage/', 'src/engine/onnx/gen/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.mts'],
    extends: [...tseslint.configs.recommendedTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/consistent-type-definitions': ['error', 'interface'],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/prefer-nullish-coalescing': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      'no-restricted-syntax': ['error', noDefaultExport],
    },
  },
  { files: ['test/e2e/**/*.e2e.test.ts'], rules: { 'no-restricted-syntax': ['error', noDefaultExport, noGlance] } },
  { files: ['*.mts'], rules: { 'no-restricted-syntax': 'off' } },
  { files: ['**/*.mjs'], languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly', Buffer: 'readonly' } } },
  ...walls.map(({ files, ignores = [], patterns, globals = [] }) => ({
    files,
    ignores,
    rules: { 'no-restricted-imports': ['error', { patterns }], 'no-restricted-globals': ['error', ...globals] },
  })),
);
