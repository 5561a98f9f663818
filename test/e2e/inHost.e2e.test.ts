import { describe, expect, it } from 'vitest';
import { runInHost } from './support/inHostRun';

// They have all run when the first line here is reached; what follows tells of them one by one.
const results = await runInHost();

describe('inside the extension host, the packaged extension', () => {
  for (const { name, failure, notes } of results) {
    it(name, () => {
      for (const note of notes) console.log(note);
      expect(failure).toBeUndefined();
    });
  }

  it('has been tested', () => {
    expect(results.length).toBeGreaterThan(0);
  });
});
