import type { GeneratorInfo } from '../../shared/protocol/engineProtocol';
import { parseLayers } from '../../shared/numberList';
import type { App } from '../app';
import { element, icon, setAttributes, setText } from '../dom';
import { changed } from '../model/changed';
import { layersText, sameLayers, withLayer } from '../model/layers';
import { CheckedField } from './checkedField';
import { CheckBox, labelled, setEnabled, textButton } from './controls';

/** The edited layers: a button that shows them and opens a sheet to choose them by text or one by one. */
export function layerPicker(app: App): HTMLElement {
  const layers = () => app.state.panel.layers ?? app.state.info?.editLayers ?? [];
  const count = () => app.state.info?.layers.length ?? 0;
  const choose = (chosen: readonly number[]) => {
    const usual = app.state.info?.editLayers ?? [];
    app.setLayers(sameLayers(chosen, usual) ? undefined : chosen);
  };

  const shown = element('span', { class: 'layers-shown' });
  const button = element('vscode-button', { class: 'layers', appearance: 'secondary' }, shown, icon('chevron-down'));
  const text = new CheckedField<readonly number[]>({
    name: 'Layer numbers', class: 'layer-numbers', current: layers, apply: choose,
    read: (typed) => parseLayers(typed, count(), 'Layers'),
    write: (chosen) => layersText(chosen, count()),
  });
  const boxes = new LayerBoxes((layer, edited) => {
    const changed = withLayer(layers(), layer, edited);
    if (changed) choose(changed);
    else boxes.update(layers());
  });
  const usual = textButton('secondary', 'The layers that this generator is edited at by itself', () => { app.setLayers(undefined); }, 'Default');
  const sheet = element('div', { class: 'layer-sheet', popover: 'auto', role: 'dialog', 'aria-label': 'Edited layers' },
    element('div', { class: 'layer-sheet-head' }, text.element, usual), boxes.element);
  opens(button, sheet, text.input);

  app.subscribe((state, previous) => {
    const newGenerator = changed(state, previous, (each) => each.info);
    if (!newGenerator && !changed(state, previous, ({ panel }) => panel.layers)) return;
    const chosen = count() > 0 ? layersText(layers(), count()) : '-';
    setText(shown, chosen);
    setAttributes(button, { 'aria-label': `Layers ${chosen}`, title: `Layers that are edited, of ${count()}` });
    setEnabled(button, count() > 0);
    if (newGenerator) boxes.build(state.info?.layers ?? []);
    boxes.update(layers());
    text.update();
  });
  return labelled('Layers', button, sheet);
}

/** A layer with what is known of it. */
export type NamedLayer = Pick<GeneratorInfo['layers'][number], 'index'> & Partial<GeneratorInfo['layers'][number]>;

/** A checkbox for each layer. */
export class LayerBoxes {
  readonly element = element('div', { class: 'layer-boxes', role: 'group', 'aria-label': 'Layers one by one' });
  private boxes: { readonly layer: number; readonly box: CheckBox }[] = [];

  constructor(private readonly change: (layer: number, edited: boolean) => void) {}

  build(layers: readonly NamedLayer[]): void {
    this.boxes = layers.map(({ index, name = '', resolution }) => {
      const side = resolution === undefined ? undefined : element('span', { class: 'layer-resolution' }, `${resolution} px`);
      const box = new CheckBox((edited) => { this.change(index, edited); }, element('span', { class: 'layer' }, element('span', { class: 'layer-index' }, `${index}`), ' ', name, ' ', side));
      return { layer: index, box };
    });
    this.element.replaceChildren(...this.boxes.map(({ box }) => box.element));
  }

  update(edited: readonly number[]): void {
    for (const { layer, box } of this.boxes) box.show(edited.includes(layer));
  }
}

/** Makes a button open and close a sheet below it. Escape and a press elsewhere close it by themselves. */
export function opens(button: HTMLElement & { ariaExpanded: string | null }, sheet: HTMLElement, first: HTMLElement): void {
  let openWhenPressed = false;
  button.addEventListener('pointerdown', () => { openWhenPressed = sheet.matches(':popover-open'); }, { capture: true });
  button.addEventListener('click', () => {
    if (openWhenPressed) sheet.hidePopover();
    else sheet.showPopover();
    openWhenPressed = false;
  });
  sheet.addEventListener('toggle', (event) => {
    const open = event.newState === 'open';
    button.ariaExpanded = `${open}`;
    if (open) {
      placeBelow(sheet, button);
      first.focus();
    } else if (document.activeElement === document.body) {
      button.focus();
    }
  });
  sheet.addEventListener('focusout', ({ relatedTarget }) => {
    if (relatedTarget instanceof Node && !sheet.contains(relatedTarget)) sheet.hidePopover();
  });
  window.addEventListener('resize', () => { sheet.hidePopover(); });
}

const gap = 4;

function placeBelow(sheet: HTMLElement, anchor: HTMLElement): void {
  const { left, bottom } = anchor.getBoundingClientRect();
  sheet.style.left = `${Math.max(gap, Math.min(left, window.innerWidth - sheet.offsetWidth - gap))}px`;
  sheet.style.top = `${bottom + gap}px`;
  sheet.style.maxHeight = `${window.innerHeight - bottom - 3 * gap}px`;
}
