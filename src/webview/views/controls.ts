import type { Button, Checkbox } from '@vscode/webview-ui-toolkit';
import { element, icon, setAttributes } from '../dom';
import type { Child } from '../dom';

/** Controls under their label, which a click on takes to the first of them. */
export function labelled(label: string, ...controls: HTMLElement[]): HTMLElement {
  const caption = element('span', { class: 'field-label' }, label);
  caption.addEventListener('click', () => { (controls[0]?.querySelector<HTMLElement>('vscode-text-field') ?? controls[0])?.focus(); });
  return element('div', { class: 'field' }, caption, element('div', { class: 'field-controls' }, ...controls));
}

/** A button that shows an icon alone; its name is its tooltip too. */
export function iconButton(iconName: string, name: string, press: () => void): Button {
  const button = element('vscode-button', { appearance: 'icon', 'aria-label': name, title: name }, icon(iconName));
  button.addEventListener('click', press);
  return button;
}

export function textButton(appearance: 'primary' | 'secondary', title: string | undefined, press: () => void, ...content: Child[]): Button {
  const button = element('vscode-button', { appearance, title }, ...content);
  button.addEventListener('click', press);
  return button;
}

/** A checkbox. The toolkit's tells of every change; this one only of the user's. */
export class CheckBox {
  readonly element: Checkbox;
  private shown = false;

  constructor(change: (checked: boolean) => void, ...label: Child[]) {
    this.element = element('vscode-checkbox', {}, ...label);
    this.element.addEventListener('change', () => {
      const { checked } = this.element;
      if (checked === this.shown) return;
      this.shown = checked;
      change(checked);
    });
  }

  show(checked: boolean): void {
    this.shown = checked;
    if (this.element.checked !== checked) this.element.checked = checked;
  }
}

/** Enables or disables a control; a reason is its tooltip. */
export function setEnabled(control: HTMLElement & { disabled: boolean }, enabled: boolean, title?: string): void {
  if (control.disabled === enabled) control.disabled = !enabled;
  if (title !== undefined) setAttributes(control, { title });
}

/** Shows or hides, and leaves what is right already. */
export function setShown(target: HTMLElement, shown: boolean): void {
  if (target.hidden === shown) target.hidden = !shown;
}
