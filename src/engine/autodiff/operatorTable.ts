import { families } from './ruleTable';
import { refusals } from './rules/refused';

/** The table of operators that the README prints: one line for each family, and what is refused, in alphabetical order. */
export function operatorTable(): string {
  const rows = [
    ...families.map(({ title, rules }) => [title, Object.keys(rules)] as const),
    ['Refused, with the reason', Object.keys(refusals)] as const,
  ];
  return ['| | |', '|---|---|', ...rows.map(([title, operators]) => `| ${title} | ${[...operators].sort().join(', ')} |`)].join('\n');
}
