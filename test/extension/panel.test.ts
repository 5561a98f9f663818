import { describe, expect, it } from 'vitest';
import { compactViews } from '../../src/extension/pages/compactViews';
import { pageHtml } from '../../src/extension/pages/pageHtml';
import { restoredState, startState } from '../../src/extension/panel/startState';
import { checkPanelState } from '../../src/shared/protocol/pageChecks';

describe('pageHtml', () => {
  const html = pageHtml({ cspSource: 'https://host.example', script: 'https://host.example/webview.js', style: 'https://host.example/webview.css', nonce: 'n0nce' });
  const policy = new Map(/http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)![1]!.split('; ').map((rule) => [rule.slice(0, rule.indexOf(' ')), rule.slice(rule.indexOf(' ') + 1)]));

  it('forbids everything but what the page needs', () => {
    expect(policy.get('default-src')).toBe("'none'");
    expect(policy.get('script-src')).toBe("'nonce-n0nce'");
    expect([...policy.values()].join(' ')).not.toMatch(/unsafe|\*|http:/);
  });

  it('has the one script and the one style, and nothing inline', () => {
    expect(html.match(/<script[^>]*>/g)).toEqual(['<script type="module" nonce="n0nce" src="https://host.example/webview.js">']);
    expect(html).toMatch(/<script[^>]*><\/script>/);
    expect(html).toContain('<link rel="stylesheet" href="https://host.example/webview.css">');
    expect(html).not.toMatch(/<style|\sstyle=|\son\w+=/);
  });

  it('says that it loads, in English', () => {
    expect(html).toContain('<html lang="en">');
    expect(html).toContain('<body data-state="loading">');
    expect(html).toContain('<div id="app"></div>');
  });
});

describe('the state that a panel starts with', () => {
  const none = () => { throw new Error('nothing to tell'); };

  it('is one that can be restored', () => {
    const state = startState('afhq-cat-64', 'draft');
    expect(checkPanelState(state)).toEqual(state);
    expect(restoredState(JSON.parse(JSON.stringify(state)), 'standard', none)).toEqual(state);
  });

  it('is a new one, and a line in the log, where what was left is broken', () => {
    const told: string[] = [];
    expect(restoredState({ version: 1, seed: 'x' }, 'exact', (problem) => told.push(problem))).toEqual({ ...startState('afhq-cat-64', 'exact'), id: expect.any(String) as string });
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(/^the panel starts anew: state of the panel: "regions"/);
  });
});

describe('compactViews', () => {
  it('puts views on buffers of their own and leaves the rest as it is', () => {
    const whole = new Uint8Array([9, 1, 2, 3, 9]);
    const message = { kind: 'result', id: 3, value: { frame: { width: 1, data: whole.subarray(1, 4) }, list: [{ heat: Buffer.from([4, 5]) }], vector: [[0.5, 1]], none: undefined } };
    const compact = compactViews(message) as typeof message;
    expect(compact).toEqual({ ...message, value: { ...message.value, list: [{ heat: new Uint8Array([4, 5]) }] } });
    expect(compact.value.frame.data.buffer.byteLength).toBe(3);
    expect(compact.value.list[0]!.heat.constructor).toBe(Uint8Array);
  });

  it('does not copy what is on a buffer of its own', () => {
    const data = new Uint8Array(4);
    expect((compactViews({ data }) as { data: Uint8Array }).data).toBe(data);
  });
});
