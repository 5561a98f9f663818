import { beforeEach, describe, expect, it, vi } from 'vitest';
import { enginePath } from '../../src/extension/workspace/files';
import { requireOpenable } from '../../src/extension/workspace/openable';
import { userErrorOf } from '../support/userErrors';
import { Uri, VsCodeStub } from './vscodeStub';
import type * as Vscode from 'vscode';

const vscode = vi.hoisted(() => ({}));
vi.mock('vscode', () => vscode);

let stub: VsCodeStub;

beforeEach(() => {
  stub = new VsCodeStub();
  Object.assign(vscode, stub.module());
});

describe('requireOpenable', () => {
  it('lets names of embedded generators and absolute paths through', () => {
    for (const reference of ['afhq-cat-64', '/ws/models/cats', '/elsewhere/toy.onnx']) expect(() => { requireOpenable(reference); }).not.toThrow();
  });

  it.each(['', '.', '..', 'models/cats', '../cats', '..\\cats'])('refuses %j, which is neither', async (reference) => {
    expect(await userErrorOf(() => { requireOpenable(reference); })).toContain('must be an absolute path or the name of an embedded generator');
  });

  it('leaves generators of a workspace alone that nobody trusts, and no others', async () => {
    stub.trusted = false;
    for (const reference of ['/ws/models/cats', '/elsewhere/../ws/cats', '/ws/toy.onnx']) {
      expect(await userErrorOf(() => { requireOpenable(reference); })).toContain('trust the workspace to open its generators');
    }
    for (const reference of ['afhq-cat-64', '/elsewhere/cats', '/workspace2/cats']) expect(() => { requireOpenable(reference); }).not.toThrow();
  });
});

it('gives the engine only paths of the disk', async () => {
  const uri = (given: Uri) => given as unknown as Vscode.Uri;
  expect(enginePath(uri(Uri.file('/ws/a.onnx')))).toBe('/ws/a.onnx');
  expect(await userErrorOf(() => enginePath(uri(Uri.from({ scheme: 'vscode-vfs', path: '/repo/a.onnx' }))))).toBe("a.onnx is not on this computer's disk (vscode-vfs:), copy it to a local folder first");
});
