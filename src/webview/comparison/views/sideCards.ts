import type { ComparisonView } from '../../../shared/protocol/comparisonProtocol';
import { element } from '../../dom';
import { iconButton } from '../../views/controls';

export interface SideActions {
  readonly open: (index: number) => void;
  readonly putFirst: (index: number) => void;
}

/** The directions that are compared: what they are called, where they are, and what can be done with each. */
export function sideCards({ sides, comparison }: ComparisonView, { open, putFirst }: SideActions): HTMLElement[] {
  return sides.map(({ file, version, problem }, i) => {
    const label = comparison?.labels[i] ?? file;
    const named = label === file || label.startsWith(`${file} (`);
    const place = named ? (version ?? '') : `${file}${version === undefined ? '' : ` (${version})`}`;
    const name = named ? file : label;
    const said = version === undefined ? name : `${name} (${version})`;
    const verdict = i > 0 && sides.length > 2 ? comparison?.pairs[i - 1]?.verdict : undefined;
    return element('li', { class: 'side-card' },
      element('div', { class: 'side-text' },
        element('span', { class: 'side-name' }, name),
        place === '' ? undefined : element('span', { class: 'quiet' }, place),
        problem === undefined ? undefined : element('span', { class: 'side-problem' }, problem),
        verdict === undefined ? undefined : element('span', {}, verdict),
      ),
      element('div', { class: 'side-buttons' },
        iconButton('go-to-file', `Open ${said}`, () => { open(i); }),
        i > 0 && sides.length > 2 ? iconButton('arrow-up', `Compare with ${said} instead`, () => { putFirst(i); }) : undefined,
      ),
    );
  });
}
