import type { DirectionFile } from '../../../shared/direction/directionFile';
import { alphaLimits, parseLayers, parseNumber } from '../../../shared/numberList';
import { UserError } from '../../../shared/userError';
import { element, icon, setAttributes, setText } from '../../dom';
import { layersText } from '../../model/layers';
import { labelled, setEnabled, setShown } from '../../views/controls';
import { LayerBoxes, opens } from '../../views/layerPicker';
import type { NamedLayer } from '../../views/layerPicker';
import type { Editor, EditorState } from '../editorState';
import { withEnd } from '../model/alphaRange';
import { CommittedField } from './committedField';

/** Layers that can be named where the generator, which would know, is not here. */
const mostLayers = 1000;

/** The range of alpha and the layers, as the file says them. */
export function mountEditSection(parent: HTMLElement, editor: Editor): void {
  parent.append(element('section', { class: 'edit-section', 'aria-label': 'Edit' }, alphaFields(editor), layersField(editor)));
}

/** The direction's name. */
export function nameField(editor: Editor): HTMLElement {
  const field = follow(editor, new CommittedField<string>({
    name: 'Name', class: 'name', current: () => editor.state.direction?.name, write: (name) => name,
    read: (text) => {
      if (text.trim() === '') throw new UserError('A direction needs a name');
      return text;
    },
    commit: (name) => editor.rename(name),
    save: () => { editor.save(); },
  }));
  return element('div', { class: 'name-field' }, labelled('Name', field.element));
}

function alphaFields(editor: Editor): HTMLElement {
  const range = () => editor.state.direction?.edit.alpha ?? [-1, 1];
  const end = (name: string, which: 0 | 1) => follow(editor, new CommittedField<number>({
    name, class: 'alpha-end', current: () => editor.state.direction?.edit.alpha[which], write: String,
    read: (text) => {
      const alpha = parseNumber(text, 'Alpha', alphaLimits);
      const [least, most] = withEnd(range(), which, alpha);
      if (least >= most) throw new UserError(which === 0 ? `The smallest alpha must be less than ${most}` : `The largest alpha must be more than ${least}`);
      return alpha;
    },
    commit: (alpha) => editor.setAlphaEnd(which, alpha),
    save: () => { editor.save(); },
  }));
  return labelled('Alpha from, to', end('Smallest alpha', 0).element, end('Largest alpha', 1).element);
}

/** A button that shows the layers and opens a sheet to choose them by text or one by one. */
function layersField(editor: Editor): HTMLElement {
  const layers = () => editor.state.direction?.latent.layers ?? [];

  const shown = element('span', { class: 'layers-shown' });
  const button = element('vscode-button', { class: 'layers', appearance: 'secondary' }, shown, icon('chevron-down'));
  const text = follow(editor, new CommittedField<readonly number[]>({
    name: 'Layer numbers', class: 'layer-numbers', current: layers, commit: (chosen) => editor.setLayers(chosen),
    read: (typed) => readLayers(typed, editor.state), write: (chosen) => textOf(chosen, editor.state), save: () => { editor.save(); },
  }));
  const boxes = new LayerBoxes((layer, edited) => {
    editor.setLayer(layer, edited).catch((error: unknown) => {
      boxes.update(layers());
      text.refuse(error instanceof Error ? error.message : String(error));
    });
  });
  const note = element('p', { class: 'quiet layer-note' }, 'In w+ each layer has a row of the vector: layers can be taken away, not added.');
  const sheet = element('div', { class: 'layer-sheet', popover: 'auto', role: 'dialog', 'aria-label': 'Edited layers' }, element('div', { class: 'layer-sheet-head' }, text.element), boxes.element, note);
  opens(button, sheet, text.input);

  let built = '';
  editor.subscribe((state) => {
    const { direction, readOnly } = state;
    const offered = direction ? layersOffered(direction, state) : [];
    if (built !== JSON.stringify(offered)) {
      built = JSON.stringify(offered);
      boxes.build(offered);
    }
    boxes.update(layers());
    setText(shown, textOf(layers(), state));
    setAttributes(button, { 'aria-label': `Layers ${textOf(layers(), state)}` });
    setEnabled(button, readOnly === undefined, readOnly ?? 'The layers that the direction is added to');
    setShown(note, direction?.latent.space === 'w+');
  });
  return labelled('Layers', button, sheet);
}

/** The generator's layers, as far as the direction can have them; those that it has where nothing more is known. */
function layersOffered({ latent }: DirectionFile, { generator }: EditorState): NamedLayer[] {
  const known = generator.kind === 'opened' ? generator.info.layers : latent.layers.map((index) => ({ index }));
  return known.filter(({ index }) => latent.space === 'w' || latent.layers.includes(index));
}

function readLayers(typed: string, { generator }: EditorState): number[] {
  if (generator.kind === 'opened') return parseLayers(typed, generator.info.layers.length, 'Layers');
  if (typed.trim().toLowerCase() === 'all') throw new UserError('The generator is not here to say how many layers there are: name them, such as 4-7');
  return parseLayers(typed, mostLayers, 'Layers');
}

function textOf(layers: readonly number[], { generator }: EditorState): string {
  return layersText(layers, generator.kind === 'opened' ? generator.info.layers.length : mostLayers);
}

/** Keeps a field in step with the document. */
function follow<Value>(editor: Editor, field: CommittedField<Value>): CommittedField<Value> {
  editor.subscribe(({ direction, readOnly }, previous) => {
    if (previous && direction === previous.direction && readOnly === previous.readOnly) return;
    field.update(readOnly === undefined, readOnly);
  });
  return field;
}
