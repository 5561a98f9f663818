import type { App } from '../app';
import type { AppState } from '../appState';
import { changed } from '../model/changed';
import { generatorChoices } from '../model/generatorChoices';
import { ChoiceField } from './choiceField';
import type { Choice } from './choiceField';
import { iconButton, labelled } from './controls';

/** The generators that are known, and a way to others. */
export function generatorPicker(app: App): HTMLElement {
  const field = new ChoiceField('Generator', 'generator', (reference) => { app.openGenerator(reference); });
  app.subscribe((state, previous) => {
    if (changed(state, previous, (each) => each.generators) || changed(state, previous, (each) => each.panel.generator)) field.update(choicesOf(state), state.panel.generator);
  });
  return labelled('Generator', field.element, iconButton('folder-opened', 'Open or import a generator', () => { app.chooseGenerator(); }));
}

function choicesOf({ generators, panel: { generator } }: AppState): Choice[] {
  const entries = generatorChoices(generators);
  const choices = entries.map(({ reference, name, detail, origin }, i): Choice =>
    ({ value: reference, text: name, detail, separated: (entries[i - 1]?.origin ?? origin) !== origin }));
  if (choices.some(({ value }) => value === generator)) return choices;
  const missing: Choice = generator === '' ? { value: '', text: 'Choose a generator', disabled: true } : { value: generator, text: lastPart(generator), detail: generator };
  return [missing, ...choices];
}

function lastPart(path: string): string {
  return path.split(/[\\/]/).filter((part) => part !== '').at(-1) ?? path;
}
