import assert from 'node:assert/strict';
import { api, extension } from './extension';
import { inHost } from './registry';

// These come first: what follows wakes the extension.

inHost('is installed, and not active before it is needed', () => {
  assert.equal(extension().isActive, false);
});

inHost('activates quickly', async (note) => {
  const began = performance.now();
  const { activationMilliseconds } = await api();
  const all = performance.now() - began;
  note(`activate() took ${activationMilliseconds.toFixed(1)} ms; with loading the bundle ${all.toFixed(0)} ms`);
  // The goal is 30 ms; a busy machine may take longer, and loading anything heavy would take more than this.
  assert.ok(activationMilliseconds < 300, `${activationMilliseconds} ms`);
});

inHost('starts no engine by activating', async () => {
  assert.equal((await api()).enginePid(), undefined);
});
