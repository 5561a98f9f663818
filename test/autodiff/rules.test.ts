import { describe, expect, it } from 'vitest';
import { supportedOperators } from '../../src/engine/autodiff/ruleTable';
import { defaultOpset, oneNode, variants } from './oneNode';
import { versionAt, versionsOf } from './operatorVersions';
import { expectTangents } from './oracle';
import { ruleCases } from './ruleCases';

describe('the rules', () => {
  it('have a case each', () => {
    const covered = new Set(ruleCases.map(({ op }) => op));
    expect(supportedOperators().filter((op) => !covered.has(op))).toEqual([]);
  });

  it('have a case on both sides of each operator set that changed an operator', () => {
    const covered = new Set(ruleCases.map(({ op, opset }) => `${op} ${versionAt(op, opset ?? defaultOpset)}`));
    const wanted = supportedOperators().flatMap((op) => versionsOf(op).map((version) => `${op} ${version}`));
    expect(wanted.filter((version) => !covered.has(version))).toEqual([]);
  });

  it('are of operators whose versions are known', () => {
    expect(supportedOperators().filter((op) => versionsOf(op).length === 0)).toEqual([]);
  });

  for (const ruleCase of ruleCases.flatMap(variants)) {
    const { op, note, opset } = ruleCase;
    it([op, ...(opset ? [`(opset ${opset})`] : []), ...(note ? [note] : [])].join(' '), () => expectTangents(oneNode(ruleCase)));
  }
});
