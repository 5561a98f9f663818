import type { RadioGroup } from '@vscode/webview-ui-toolkit';
import type { RegionShape } from '../../shared/protocol/pageProtocol';
import { regionShapes } from '../../shared/protocol/pageProtocol';
import type { Region } from '../../shared/region';
import type { App } from '../app';
import type { AppState } from '../appState';
import { element, setAttributes, svgElement } from '../dom';
import { brushRadii } from '../model/brush';
import { changed } from '../model/changed';
import { sameRegion } from '../model/regionTools';
import { brushSizeOf } from './brushSize';
import { iconButton, setEnabled, setShown } from './controls';
import { mountRegionTabs } from './regionTabs';

const shapeNames: Readonly<Record<RegionShape, string>> = { box: 'Box', ellipse: 'Ellipse', polygon: 'Polygon', brush: 'Brush' };

const shapeHints: Readonly<Record<RegionShape, string>> = {
  box: 'Drag on the picture; Shift for a square',
  ellipse: 'Drag on the picture; Shift for a circle',
  polygon: 'Click its corners; Enter, or a click on the first, closes it',
  brush: 'Paint on the picture; Alt or the right button erases',
};

/** Drawn on 16 x 16. */
const shapeIcons: Readonly<Record<RegionShape, string>> = {
  box: 'M2.5 3.5h11v9h-11z',
  ellipse: 'M8 3.5c3.3 0 5.5 2 5.5 4.5s-2.2 4.5-5.5 4.5S2.5 10.5 2.5 8 4.7 3.5 8 3.5z',
  polygon: 'M7 2.5l6.5 4-2 7h-7l-2-6.5z',
  brush: 'M13.5 2.5L7.5 8.5M7.5 8.5c-2.5-.5-3.5 1-3.5 2.5 0 1-.5 2-1.500 2.5 2.5.5 6 0 6-3 0-1-.3-1.6-1-2z',
};

/** The tools that draw regions, the generator's own regions, and the regions of the user. */
export function mountRegionBar(parent: HTMLElement, app: App): void {
  const tools = element('div', { class: 'region-tools' }, shapeChoice(app), brushSlider(app), actions(app));
  const bar = element('div', { class: 'region-bar', role: 'group', 'aria-label': 'Region' }, tools, presets(app));
  mountRegionTabs(bar, app);
  parent.append(bar);
}

function shapeChoice(app: App): RadioGroup {
  const group = element('vscode-radio-group', { class: 'shapes', orientation: 'horizontal', 'aria-label': 'Region shape' }, ...regionShapes.map(shapeButton));
  group.addEventListener('change', () => {
    const shape = regionShapes.find((each) => each === group.value);
    if (shape && shape !== app.state.panel.shape) app.setShape(shape);
  });
  app.subscribe((state, previous) => {
    if (changed(state, previous, ({ panel }) => panel.shape)) group.value = state.panel.shape;
  });
  return group;
}

function shapeButton(shape: RegionShape): HTMLElement {
  const picture = svgElement('svg', { class: 'shape-icon', viewBox: '0 0 16 16', 'aria-hidden': 'true' }, svgElement('path', { d: shapeIcons[shape] }));
  return element('vscode-radio', { value: shape, title: shapeHints[shape] }, picture, element('span', { class: 'shape-name' }, shapeNames[shape]));
}

function brushSlider(app: App): HTMLElement {
  const size = brushSizeOf(app);
  const slider = element('input', { type: 'range', class: 'slider', 'aria-label': 'Brush size', title: 'Brush size ([ and ])', min: 200 * brushRadii.least, max: 200 * brushRadii.most, step: 0.5 });
  const field = element('div', { class: 'brush-size' }, element('span', { class: 'quiet', 'aria-hidden': 'true' }, 'size'), slider);
  slider.addEventListener('input', () => { size.radius = Number(slider.value) / 200; });
  size.subscribe((radius) => {
    slider.value = String(200 * radius);
    slider.style.setProperty('--to', String((radius - brushRadii.least) / (brushRadii.most - brushRadii.least)));
    setAttributes(slider, { 'aria-valuetext': `${Math.round(200 * radius)} percent of the picture` });
  });
  app.subscribe(({ panel }) => { setShown(field, panel.shape === 'brush'); });
  return field;
}

function actions(app: App): HTMLElement {
  const undo = iconButton('discard', 'Undo', () => { app.undo(); });
  const redo = iconButton('redo', 'Redo', () => { app.redo(); });
  const clear = iconButton('trash', 'Clear region', () => { app.setRegion(undefined); });
  app.subscribe((state) => {
    setEnabled(undo, state.canUndo);
    setEnabled(redo, state.canRedo);
    setEnabled(clear, activeShape(state) !== undefined);
  });
  return element('div', { class: 'region-actions' }, undo, redo, clear);
}

function activeShape({ panel }: AppState): Region | undefined {
  return panel.regions[panel.active]?.region;
}

/** One button for each of the generator's own regions; the one that is drawn is marked. */
function presets(app: App): HTMLElement {
  const list = element('div', { class: 'region-presets', role: 'group', 'aria-label': 'Regions of the generator' });
  let chips: { readonly button: HTMLButtonElement; readonly region: Region }[] = [];
  app.subscribe((state, previous) => {
    if (changed(state, previous, ({ info }) => info?.regions)) {
      chips = Object.entries(state.info?.regions ?? {}).map(([name, region]) => ({ button: chip(app, name), region }));
      list.replaceChildren(element('span', { class: 'quiet', 'aria-hidden': 'true' }, 'presets'), ...chips.map(({ button }) => button));
      setShown(list, chips.length > 0);
    }
    for (const { button, region } of chips) setAttributes(button, { 'aria-pressed': String(sameRegion(region, activeShape(state))) });
  });
  return list;
}

/** Not the toolkit's button, which does not pass on that it is pressed. */
function chip(app: App, name: string): HTMLButtonElement {
  const button = element('button', { class: 'region-preset', type: 'button', 'aria-label': `Region ${name}`, title: `Use the region ${name}` }, name);
  button.addEventListener('click', () => { app.useNamedRegion(name); });
  return button;
}
