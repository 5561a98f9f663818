import type { LatentSpace, Preset } from '../../shared/direction/directionFile';
import { largestSeed, parseInteger, parseNumber, psiLimits } from '../../shared/numberList';
import type { App } from '../app';
import type { AppState } from '../appState';
import { element } from '../dom';
import { changed } from '../model/changed';
import { presetSamples } from '../model/sampleCount';
import { CheckedField } from './checkedField';
import { ChoiceField } from './choiceField';
import type { Choice } from './choiceField';
import { iconButton, labelled, setEnabled, setShown } from './controls';
import { generatorPicker } from './generatorPicker';
import { layerPicker } from './layerPicker';

/** Random seeds stay short enough to be read out and typed again. */
const randomSeeds = 100_000;
const psiSlider = { min: 0, max: 1.2, step: 0.05 };
const mostSamples = 1000;

/** The generator, the sample that is looked at, and how directions are discovered. */
export function mountToolbar(parent: HTMLElement, app: App): void {
  parent.append(element('div', { class: 'toolbar', role: 'group', 'aria-label': 'Generator, sample and discovery' },
    generatorPicker(app), seedField(app), psiField(app), classField(app), layerPicker(app), spaceField(app), presetField(app), samplesField(app)));
}

function seedField(app: App): HTMLElement {
  const field = follow(app, ({ panel }) => panel.seed, new CheckedField<number>({
    name: 'Seed', class: 'seed', write: String, current: () => app.state.panel.seed,
    read: (text) => parseInteger(text, 'Seed', { min: 0, max: largestSeed }),
    apply: (seed) => { app.setSeed(seed); },
    step: wrapped,
  }));
  const move = (way: 1 | -1) => { app.setSeed(wrapped(app.state.panel.seed, way)); };
  return labelled('Seed', field.element,
    iconButton('chevron-left', 'Previous seed', () => { move(-1); }),
    iconButton('chevron-right', 'Next seed', () => { move(1); }),
    iconButton('arrow-swap', 'Random seed', () => { app.setSeed(Math.floor(Math.random() * randomSeeds)); }));
}

/** After the last seed comes the first. */
function wrapped(seed: number, way: 1 | -1): number {
  return (seed + way + largestSeed + 1) % (largestSeed + 1);
}

function psiField(app: App): HTMLElement {
  const field = follow(app, ({ panel }) => panel.psi, new CheckedField<number>({
    name: 'Truncation psi', class: 'psi', write: (psi) => `${Number(psi.toFixed(4))}`, current: () => app.state.panel.psi,
    read: (text) => parseNumber(text, 'Truncation psi', psiLimits),
    apply: (psi) => { app.setPsi(psi); },
    step: (psi, way) => Number(Math.min(psiLimits.max, Math.max(psiLimits.min, psi + way * psiSlider.step)).toFixed(2)),
  }));
  const slider = element('input', { type: 'range', class: 'slider', 'aria-label': 'Truncation psi slider', ...psiSlider });
  slider.addEventListener('input', () => { app.setPsi(Number(slider.value)); });
  const row = labelled('Truncation psi', slider, field.element);
  app.subscribe((state, previous) => {
    const { panel, info } = state;
    if (!changed(state, previous, ({ panel: { psi } }) => psi) && !changed(state, previous, (each) => each.info)) return;
    if (Number(slider.value) !== panel.psi) slider.value = `${panel.psi}`;
    slider.style.setProperty('--to', `${(Number(slider.value) - psiSlider.min) / (psiSlider.max - psiSlider.min)}`);
    const truncates = info?.truncates ?? true;
    slider.disabled = !truncates;
    setEnabled(field.input, truncates);
    row.title = truncates ? 'How far the sample is from the mean: 0 is the mean, 1 is no truncation' : 'The mean of w is not known for this generator, so it cannot truncate';
  });
  return row;
}

function classField(app: App): HTMLElement {
  const most = () => Math.max(0, (app.state.info?.classes ?? 0) - 1);
  const field = follow(app, ({ panel }) => panel.label, new CheckedField<number>({
    name: 'Class', class: 'number', write: String, current: () => app.state.panel.label ?? 0,
    read: (text) => parseInteger(text, 'Class', { min: 0, max: most() }),
    apply: (label) => { app.setLabel(label); },
    step: (label, way) => Math.min(most(), Math.max(0, label + way)),
  }));
  const row = labelled('Class', field.element);
  app.subscribe((state, previous) => {
    if (changed(state, previous, ({ info }) => info)) setShown(row, (state.info?.classes ?? 0) > 0);
  });
  return row;
}

function spaceField(app: App): HTMLElement {
  const field = new ChoiceField('Space', 'space', (space) => { app.setSpace(space as LatentSpace); });
  app.subscribe(({ info, panel: { space, preset } }) => {
    const stacked: Choice = preset === 'official' && space !== 'w+'
      ? { value: 'w+', text: 'w+', detail: 'not with the official preset', disabled: true }
      : { value: 'w+', text: 'w+', detail: 'one vector for each layer' };
    const choices: Choice[] = [{ value: 'w', text: 'w', detail: 'one vector for all layers' }];
    field.update(info?.hasLayers || space === 'w+' ? [...choices, stacked] : choices, space);
  });
  return labelled('Space', field.element);
}

const presetDetails: Readonly<Record<Preset, string>> = {
  draft: '2 samples at 64 px, for a first look',
  standard: '20 samples at up to 256 px',
  exact: '20 samples at full size',
  official: '1 sample, all layers, as its authors do',
};

function presetField(app: App): HTMLElement {
  const field = new ChoiceField('Preset', 'preset', (preset) => { app.setPreset(preset as Preset); });
  app.subscribe(({ panel: { preset, space } }) => {
    const choices = (Object.keys(presetDetails) as Preset[]).map((value): Choice =>
      value === 'official' && space === 'w+' && preset !== 'official' ? { value, text: value, detail: 'works in space w only', disabled: true } : { value, text: value, detail: presetDetails[value] });
    field.update(choices, preset);
  });
  return labelled('Preset', field.element);
}

function samplesField(app: App): HTMLElement {
  const field = follow(app, ({ panel }) => panel.samples, new CheckedField<number | undefined>({
    name: 'Samples', class: 'number', write: (samples) => (samples === undefined ? '' : `${samples}`), current: () => app.state.panel.samples,
    read: (text) => (text.trim() === '' ? undefined : parseInteger(text, 'Samples', { min: 1, max: mostSamples })),
    apply: (samples) => { app.setSamples(samples); },
    step: (samples, way) => Math.min(mostSamples, Math.max(1, (samples ?? presetSamples[app.state.panel.preset]) + way)),
  }));
  app.subscribe(({ panel }) => { field.setPlaceholder(`${presetSamples[panel.preset]}`); });
  const row = labelled('Samples', field.element);
  row.title = 'Samples that a discovery averages over; the preset’s number where empty';
  return row;
}

/** Keeps a field in step with the part of the state that it shows. */
function follow<Value>(app: App, part: (state: AppState) => unknown, field: CheckedField<Value>): CheckedField<Value> {
  app.subscribe((state, previous) => {
    if (changed(state, previous, part)) field.update();
  });
  return field;
}
