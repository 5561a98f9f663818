import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** The walls between the rooms: which folder may not import what. */
const walls = [
  { files: ['src/engine/**', 'src/shared/**', 'src/cli/**', 'src/webview/**'], patterns: [{ group: ['vscode'], message: 'only src/extension imports vscode' }] },
  { files: ['src/shared/**'], patterns: [{ group: ['vscode', 'node:*', '**/engine/**', '**/cli/**', '**/extension/**'], message: 'src/shared is pure: no Node, no DOM, no other room' }] },
  { files: ['src/engine/**'], ignores: ['src/engine/runtime/**'], patterns: [{ group: ['vscode', 'onnxruntime-*', '**/cli/**', '**/extension/**'], message: 'onnxruntime is imported by src/engine/runtime alone' }] },
];

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
      'no-restricted-syntax': ['error', { selector: 'ExportDefaultDeclaration', message: 'no default exports' }],
    },
  },
  { files: ['*.mts'], rules: { 'no-restricted-syntax': 'off' } },
  { files: ['**/*.mjs'], languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly', Buffer: 'readonly' } } },
  ...walls.map(({ files, ignores = [], patterns }) => ({
    files: files.map((f) => `${f}/*.ts`.replace('/**/*.ts', '/**/*.ts')),
    ignores,
    rules: { 'no-restricted-imports': ['error', { patterns }] },
  })),
);
