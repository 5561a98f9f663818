import { describe, expect, it } from 'vitest';
import { supportedOperators } from '../../src/engine/autodiff/ruleTable';
import { oneNode, variants } from './oneNode';
import { expectTangents } from './oracle';
import { ruleCases } from './ruleCases';

describe('the rules', () => {
  it('have a case each', () => {
    const covered = new Set(ruleCases.map(({ op }) => op));
    expect(supportedOperators().filter((op) => !covered.has(op))).toEqual([]);
  });

  for (const ruleCase of ruleCases.flatMap(variants)) {
    const { op, note, opset } = ruleCase;
    it([op, ...(opset ? [`(opset ${opset})`] : []), ...(note ? [note] : [])].join(' '), () => expectTangents(oneNode(ruleCase)));
  }
});
