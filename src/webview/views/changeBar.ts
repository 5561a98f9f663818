import type { Button } from '@vscode/webview-ui-toolkit';
import type { App } from '../app';
import { element, icon, setText } from '../dom';
import { changed } from '../model/changed';
import { isEdited, otherEdits } from '../model/otherEdits';
import type { OtherEdit } from '../model/otherEdits';
import { formatChange, formatSignedAlpha } from '../model/wording';
import { CheckBox, setEnabled, setShown, textButton } from './controls';

/** What the edits change, and ways to look at it. */
export function mountChangeBar(parent: HTMLElement, app: App): void {
  const [inside, outside] = [element('span', { class: 'change-number' }), element('span', { class: 'change-number' })];
  const numbers = element('div', { class: 'change-numbers', title: 'Mean squared change of the picture inside and outside of the region, in the -1..1 range' }, 'change inside ', inside, 'outside ', outside);
  const others = element('ul', { class: 'other-edits', 'aria-label': 'Edits of other regions', hidden: true });
  const heat = new CheckBox((on) => { app.setHeat(on); }, 'Difference heat map');
  const compare = compareButton(app);
  const reset = textButton('secondary', 'All sliders of all regions back to 0', () => { app.resetEdits(); }, 'Reset all');
  parent.append(element('section', { class: 'change-bar', 'aria-label': 'Change' }, numbers, others, element('div', { class: 'change-controls' }, heat.element, compare, reset)));

  let shownEdits = '';
  app.subscribe((state, previous) => {
    const { panel, change, comparing } = state;
    if (changed(state, previous, (each) => each.change)) {
      setText(inside, formatChange(change?.inside));
      setText(outside, formatChange(change?.outside));
    }
    heat.show(panel.heat);
    if (`${comparing}` !== compare.ariaPressed) compare.ariaPressed = `${comparing}`;
    if (!changed(state, previous, (each) => each.panel)) return;
    const edited = isEdited(panel);
    for (const button of [compare, reset]) setEnabled(button, edited);
    const edits = otherEdits(panel);
    const text = JSON.stringify(edits);
    if (text === shownEdits) return;
    shownEdits = text;
    others.replaceChildren(...edits.map((edit) => otherEdit(app, edit)));
    setShown(others, edits.length > 0);
  });
}

function otherEdit(app: App, { region, regionName, direction, alpha }: OtherEdit): HTMLElement {
  const name = `${regionName} ${direction + 1}`;
  const show = element('button', { type: 'button', class: 'other-edit-name', title: `Go to region ${regionName}` }, `${name} ${formatSignedAlpha(alpha)}`);
  const remove = element('button', { type: 'button', class: 'other-edit-remove', 'aria-label': `Remove the edit ${name}`, title: 'Remove this edit' }, icon('close'));
  show.addEventListener('click', () => { app.selectRegion(region); });
  remove.addEventListener('click', () => { app.setAlphaOf(region, direction, 0); });
  return element('li', { class: 'other-edit' }, show, remove);
}

/** What the button to compare needs of a page. */
interface Comparing {
  readonly state: { readonly comparing: boolean };
  setComparing(comparing: boolean): void;
}

/** Shows the original for as long as it is held, by pointer or by key. */
export function compareButton(app: Comparing): Button {
  const button = textButton('secondary', 'Hold to see the picture without edits', () => undefined, 'Compare');
  button.setAttribute('aria-label', 'Compare with original');
  const set = (comparing: boolean) => { if (app.state.comparing !== comparing) app.setComparing(comparing); };
  button.addEventListener('pointerdown', (event) => {
    if (event.button !== 0 || button.disabled) return;
    button.setPointerCapture(event.pointerId);
    set(true);
  });
  for (const type of ['pointerup', 'pointercancel', 'lostpointercapture', 'focusout', 'keyup']) button.addEventListener(type, () => { set(false); });
  button.addEventListener('keydown', ({ key }) => { if ((key === ' ' || key === 'Enter') && !button.disabled) set(true); });
  return button;
}
