import type { RegionState } from '../../shared/protocol/pageProtocol';
import type { App } from '../app';
import { element, icon, setAttributes, setText } from '../dom';
import { changed } from '../model/changed';
import { iconButton, setShown } from './controls';

/** A tab, the button that removes its region, and what both stand in. */
interface Tab {
  readonly holder: HTMLElement;
  readonly tab: HTMLElement;
  readonly remove: HTMLButtonElement;
}

/** The user's regions as tabs: a click selects, a double click or F2 renames, the cross or Delete removes. */
export function mountRegionTabs(parent: HTMLElement, app: App): void {
  new RegionTabs(parent, app);
}

class RegionTabs {
  private readonly list = element('div', { class: 'region-tablist', role: 'tablist', 'aria-label': 'Your regions' });
  private readonly tabs: Tab[] = [];

  constructor(
    parent: HTMLElement,
    private readonly app: App,
  ) {
    const row = element('div', { class: 'region-tabs' }, this.list, iconButton('add', 'Add region', () => { app.addRegion(); }));
    parent.append(row);
    app.subscribe((state, previous) => {
      if (!changed(state, previous, ({ panel }) => panel.regions) && !changed(state, previous, ({ panel }) => panel.active)) return;
      const { regions, active } = state.panel;
      row.classList.toggle('is-quiet', regions.length === 1 && regions[0]!.directions.length === 0);
      this.show(regions, active);
    });
  }

  /** Elements stay in place, so that the keyboard stays where it is. */
  private show(regions: readonly RegionState[], active: number): void {
    while (this.tabs.length > regions.length) this.tabs.pop()!.holder.remove();
    while (this.tabs.length < regions.length) this.add(this.tabs.length);
    regions.forEach(({ name, directions }, index) => {
      const { tab, remove } = this.tabs[index]!;
      setText(tab, name);
      setAttributes(tab, { 'aria-selected': String(index === active), tabindex: index === active ? 0 : -1, title: titleOf(directions.length) });
      setAttributes(remove, { 'aria-label': `Remove region ${name}` });
      setShown(remove, regions.length > 1);
    });
  }

  private add(index: number): void {
    const tab = element('div', { class: 'region-tab-name', role: 'tab', 'aria-keyshortcuts': 'F2 Delete' });
    const remove = element('button', { class: 'region-tab-remove', type: 'button', tabindex: -1, title: 'Remove (Delete)' }, icon('close'));
    const holder = element('div', { class: 'region-tab', role: 'presentation' }, tab, remove);
    tab.addEventListener('click', () => { this.app.selectRegion(index); });
    tab.addEventListener('dblclick', () => { this.rename(index); });
    tab.addEventListener('keydown', (event) => { this.keyDown(event, index); });
    remove.addEventListener('click', () => { this.remove(index); });
    this.list.append(holder);
    this.tabs.push({ holder, tab, remove });
  }

  private keyDown(event: KeyboardEvent, index: number): void {
    const count = this.tabs.length;
    const actions: Readonly<Record<string, () => void>> = {
      ArrowRight: () => { this.select((index + 1) % count); },
      ArrowLeft: () => { this.select((index + count - 1) % count); },
      Home: () => { this.select(0); },
      End: () => { this.select(count - 1); },
      Enter: () => { this.select(index); },
      ' ': () => { this.select(index); },
      F2: () => { this.rename(index); },
      Delete: () => { this.remove(index); },
    };
    const action = Object.hasOwn(actions, event.key) ? actions[event.key] : undefined;
    if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  }

  private select(index: number): void {
    this.app.selectRegion(index);
    this.tabs[index]?.tab.focus();
  }

  private remove(index: number): void {
    if (this.tabs.length < 2) return;
    const focused = this.list.contains(document.activeElement);
    this.app.removeRegion(index);
    if (focused) this.tabs[this.app.state.panel.active]?.tab.focus();
  }

  /** Puts a text field in the place of the name. */
  private rename(index: number): void {
    const { holder, tab } = this.tabs[index]!;
    if (tab.hidden) return;
    const field = element('input', { class: 'region-tab-field', type: 'text', 'aria-label': 'Name of the region', maxlength: 100, size: Math.max(6, tab.textContent.length) });
    field.value = tab.textContent;
    let finished = false;
    const finish = (keep: boolean, refocus: boolean) => {
      // Taking the field away blurs it.
      if (finished) return;
      finished = true;
      tab.hidden = false;
      field.remove();
      const name = field.value.trim();
      if (keep && name !== '' && name !== tab.textContent) this.app.renameRegion(index, name);
      if (refocus) tab.focus();
    };
    field.addEventListener('keydown', (event) => {
      event.stopPropagation();
      if (event.key === 'Enter' || event.key === 'Escape') finish(event.key === 'Enter', true);
    });
    field.addEventListener('blur', () => { finish(true, false); });
    tab.hidden = true;
    holder.prepend(field);
    field.select();
    field.focus();
  }
}

function titleOf(directions: number): string {
  const found = directions === 0 ? '' : `${directions} ${directions === 1 ? 'direction' : 'directions'}. `;
  return `${found}Double-click to rename`;
}
