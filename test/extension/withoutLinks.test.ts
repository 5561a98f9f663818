import { describe, expect, it } from 'vitest';
import { withoutLinks } from '../../src/extension/withoutLinks';

/** What VS Code takes for a link in a notification; see src/vs/base/common/linkedText.ts. */
const link = /\[([^\]]+)\]\(((?:https?:\/\/|command:|file:)[^)\s]+)(?: (["'])(.+?)(\3))?\)/i;

describe('a message with names that others wrote', () => {
  it.each(['[Fix](command:workbench.action.terminal.new)', '[[a](command:a)](command:b)', '[a](https://example.org "title")', '[a](file:///etc/passwd)'])('has no link of %s', (name) => {
    expect(name).toMatch(link);
    expect(withoutLinks(`${name} was found again`)).not.toMatch(link);
  });

  it('is the same where there is none', () => {
    expect(withoutLinks('eyes-1 [2-9] (w+) was found again')).toBe('eyes-1 [2-9] (w+) was found again');
  });
});
