import { largestSeed, parseInteger, parseNumber, psiLimits } from '../../../shared/numberList';
import { element, icon, setText } from '../../dom';
import { formatChange } from '../../model/wording';
import { AlphaSlider } from '../../views/alphaSlider';
import { CheckedField } from '../../views/checkedField';
import { CheckBox, iconButton, labelled, setEnabled, setShown } from '../../views/controls';
import type { Editor } from '../editorState';
import { holdToCompare } from './preview';

const psiStep = 0.05;

/** What the picture is of, and what the edit changes in it. */
export function mountPreviewControls(parent: HTMLElement, editor: Editor): void {
  parent.append(
    problemBar(editor),
    alphaRow(editor),
    element('div', { class: 'sample-row', role: 'group', 'aria-label': 'Sample' }, seedField(editor), psiField(editor), classField(editor), changeNumbers(editor)));
}

/** Why there is no newer picture than the one that is shown. */
function problemBar(editor: Editor): HTMLElement {
  const words = element('span');
  const again = link('Try again', () => { editor.tryAgain(); });
  const log = link('Show log', () => { editor.run('showLog'); });
  const bar = element('div', { class: 'notice', role: 'alert', hidden: true }, element('span', { class: 'notice-icon' }, icon('error')), element('div', { class: 'notice-body' }, words, element('span', { class: 'notice-actions' }, again, log)));
  bar.dataset.kind = 'error';
  editor.subscribe(({ problem, picture }) => {
    setShown(bar, problem !== undefined && picture !== undefined);
    setText(words, problem ?? '');
  });
  return bar;
}

function link(label: string, press: () => void): HTMLElement {
  const created = element('vscode-link', { href: '#' }, label);
  created.addEventListener('click', (event) => {
    event.preventDefault();
    press();
  });
  return created;
}

function alphaRow(editor: Editor): HTMLElement {
  const slider = new AlphaSlider('', (alpha) => { editor.changePreview({ alpha }); });
  const compare = holdToCompare(editor);
  const reset = iconButton('discard', 'Reset alpha to 0', () => { editor.changePreview({ alpha: 0 }); });
  editor.subscribe(({ direction, picture }) => {
    const possible = canDraw(editor);
    slider.update(direction?.edit.alpha ?? [-1, 1], editor.alpha);
    slider.setEnabled(possible);
    setEnabled(reset, possible && editor.alpha !== 0);
    setEnabled(compare, possible && editor.alpha !== 0 && picture !== undefined);
  });
  return element('div', { class: 'alpha-row' }, element('span', { class: 'field-label' }, 'Alpha'), slider.element, reset, compare);
}

function seedField(editor: Editor): HTMLElement {
  const set = (seed: number) => { editor.changePreview({ seed }); };
  /** After the last seed comes the first. */
  const moved = (seed: number, way: 1 | -1) => (seed + way + largestSeed + 1) % (largestSeed + 1);
  const field = follow(editor, new CheckedField<number>({
    name: 'Seed', class: 'seed', write: String, current: () => editor.state.preview.seed,
    read: (text) => parseInteger(text, 'Seed', { min: 0, max: largestSeed }), apply: set, step: moved,
  }));
  return labelled('Seed', field.element,
    iconButton('chevron-left', 'Previous seed', () => { set(moved(editor.state.preview.seed, -1)); }),
    iconButton('chevron-right', 'Next seed', () => { set(moved(editor.state.preview.seed, 1)); }));
}

function psiField(editor: Editor): HTMLElement {
  const field = follow(editor, new CheckedField<number>({
    name: 'Truncation psi', class: 'psi', write: (psi) => `${Number(psi.toFixed(4))}`, current: () => editor.state.preview.psi,
    read: (text) => parseNumber(text, 'Truncation psi', psiLimits),
    apply: (psi) => { editor.changePreview({ psi }); },
    step: (psi, way) => Number(Math.min(psiLimits.max, Math.max(psiLimits.min, psi + way * psiStep)).toFixed(2)),
  }), ({ state: { generator } }) => generator.kind !== 'opened' || generator.info.truncates);
  return labelled('Truncation psi', field.element);
}

function classField(editor: Editor): HTMLElement {
  const most = () => (editor.state.generator.kind === 'opened' ? Math.max(0, editor.state.generator.info.classes - 1) : 0);
  const field = follow(editor, new CheckedField<number>({
    name: 'Class', class: 'number', write: String, current: () => editor.label,
    read: (text) => parseInteger(text, 'Class', { min: 0, max: most() }),
    apply: (label) => { editor.changePreview({ label }); },
    step: (label, way) => Math.min(most(), Math.max(0, label + way)),
  }));
  const row = labelled('Class', field.element);
  editor.subscribe(({ generator }) => { setShown(row, generator.kind === 'opened' && generator.info.classes > 0); });
  return row;
}

function changeNumbers(editor: Editor): HTMLElement {
  const [inside, outside] = [element('span', { class: 'change-number' }), element('span', { class: 'change-number' })];
  const heat = new CheckBox((on) => { editor.changePreview({ heat: on }); }, 'Difference heat map');
  const numbers = element('div', { class: 'change-numbers', title: 'Mean squared change of the picture inside and outside of the region, in the -1..1 range' }, 'change inside ', inside, ' outside ', outside);
  editor.subscribe(({ change, preview, direction }) => {
    setText(inside, formatChange(change?.inside));
    setText(outside, formatChange(change?.outside));
    setShown(numbers, direction?.region !== undefined);
    heat.show(preview.heat);
    setEnabled(heat.element, canDraw(editor));
  });
  return element('div', { class: 'change' }, numbers, heat.element);
}

/** Whether there is, or will be, a generator to draw with. */
function canDraw({ state: { generator } }: Editor): boolean {
  return generator.kind !== 'missing' && generator.kind !== 'failed';
}

/** Keeps a field in step with the state. */
function follow<Value>(editor: Editor, field: CheckedField<Value>, applies: (editor: Editor) => boolean = () => true): CheckedField<Value> {
  editor.subscribe(() => {
    field.update();
    setEnabled(field.input, canDraw(editor) && applies(editor));
  });
  return field;
}
