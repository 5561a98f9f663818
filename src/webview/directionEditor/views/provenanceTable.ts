import { element } from '../../dom';
import type { Editor } from '../editorState';
import { provenance } from '../model/provenance';
import type { Fact, FactGroup } from '../model/provenance';

/** Where the direction comes from and how good it is. */
export function mountProvenance(parent: HTMLElement, editor: Editor): void {
  const groups = element('div', { class: 'facts' });
  parent.append(element('section', { 'aria-label': 'Provenance' }, groups));
  let drawn = '';
  editor.subscribe(({ direction }, previous) => {
    if (!direction || direction === previous?.direction) return;
    const facts = provenance(direction);
    // What is selected stays so where nothing has changed.
    if (drawn === JSON.stringify(facts)) return;
    drawn = JSON.stringify(facts);
    groups.replaceChildren(...facts.map(groupTable));
  });
}

function groupTable({ title, facts }: FactGroup): HTMLElement {
  return element('table', { class: 'fact-group' }, element('caption', { class: 'section-title' }, title), element('tbody', {}, ...facts.map(factRow)));
}

function factRow({ label, value, meaning, hash }: Fact): HTMLElement {
  return element('tr', {}, element('th', { scope: 'row', title: meaning }, label), element('td', hash ? { class: 'hash', title: value } : {}, hash ? element('div', {}, value) : value));
}
