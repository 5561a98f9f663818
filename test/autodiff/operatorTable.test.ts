import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { operatorTable } from '../../src/engine/autodiff/operatorTable';
import { differentiability, families, refusal, ruleFor, supportedOperators } from '../../src/engine/autodiff/ruleTable';
import { refusals } from '../../src/engine/autodiff/rules/refused';

const readme = fileURLToPath(new URL('../../README.md', import.meta.url));
const [begin, end] = ['<!-- operators:begin -->', '<!-- operators:end -->'];

describe('the operator table of the README', () => {
  it('is that of the registry (UPDATE_README=1 npm test -- operatorTable writes it)', () => {
    const text = readFileSync(readme, 'utf8');
    const updated = text.slice(0, text.indexOf(begin) + begin.length) + `\n${operatorTable()}\n` + text.slice(text.indexOf(end));
    if (process.env.UPDATE_README) writeFileSync(readme, updated);
    else expect(text).toBe(updated);
  });

  it('has every operator once', () => {
    const listed = families.flatMap(({ rules }) => Object.keys(rules));
    expect([...listed].sort()).toEqual(supportedOperators());
    expect(Object.keys(refusals).filter((operator) => listed.includes(operator))).toEqual([]);
    for (const operator of [...listed, ...Object.keys(refusals)]) expect(operatorTable()).toMatch(new RegExp(`[ ]${operator}[, ]`));
  });
});

describe('the registry', () => {
  it('tells what becomes of tangents at an operator', () => {
    expect(differentiability('Conv', '')).toBe('rule');
    expect(differentiability('Cast', 'ai.onnx')).toBe('rule');
    expect(differentiability('Shape', '')).toBe('constant');
    expect(differentiability('Range', '')).toBe('constant');
    expect(differentiability('Loop', '')).toBe('none');
    expect(differentiability('Conv', 'com.microsoft')).toBe('none');
    expect(differentiability('toString', '')).toBe('none');
  });

  it('knows why operators have no rule', () => {
    expect(refusal('Loop', '')).toBe('it runs a graph inside it');
    expect(refusal('Conv', 'com.microsoft')).toBe('it is no standard operator');
    expect(refusal('Det', '')).toBeUndefined();
    expect(refusal('toString', '')).toBeUndefined();
    expect(ruleFor('Loop', '')).toBeUndefined();
  });
});
