import type { Dropdown } from '@vscode/webview-ui-toolkit';
import { element, setAttributes, setText } from '../dom';

/** One line of a dropdown. */
export interface Choice {
  readonly value: string;
  /** What the closed dropdown shows. */
  readonly text: string;
  /** A few quiet words behind it in the list. */
  readonly detail?: string;
  readonly disabled?: boolean;
  /** Whether a line separates it from the one above. */
  readonly separated?: boolean;
}

/** A dropdown whose list may say more than its closed state. */
export class ChoiceField {
  readonly element: Dropdown;
  private readonly shown = element('span', { slot: 'selected-value', class: 'choice-shown' });
  private choices: readonly Choice[] = [];
  private value = '';

  /** @param name the accessible name */
  constructor(name: string, className: string, private readonly choose: (value: string) => void) {
    this.element = element('vscode-dropdown', { 'aria-label': name, class: className }, this.shown);
    this.element.addEventListener('change', () => { this.chosen(); });
    this.element.addEventListener('focusin', () => { this.chooseSide(); });
    // The toolkit's would take what the arrow keys came to.
    this.element.addEventListener('keydown', ({ key }) => { if (key === 'Escape' && this.element.open) this.select(); }, { capture: true });
  }

  /** Sets what can be chosen and what is, and leaves what is right already. */
  update(choices: readonly Choice[], value: string): void {
    const changed = JSON.stringify(choices) !== JSON.stringify(this.choices);
    const present = value === this.value && this.element.value === value;
    if (!changed && present) return;
    this.value = value;
    this.choices = choices;
    const chosen = choices.find((choice) => choice.value === value);
    setText(this.shown, chosen?.text ?? value);
    setAttributes(this.element, { title: chosen?.detail === undefined ? undefined : `${chosen.text}: ${chosen.detail}` });
    if (changed) this.element.replaceChildren(this.shown, ...choices.map((choice) => optionOf(choice, choice.value === value)));
    this.select();
    // The element takes note of its new options a moment later.
    if (changed) requestAnimationFrame(() => { this.select(); });
  }

  private select(): void {
    if (this.element.value !== this.value) this.element.value = this.value;
  }

  /** The list may be wider than the control: it grows to the side that has more room. */
  private chooseSide(): void {
    const { left, right } = this.element.getBoundingClientRect();
    this.element.classList.toggle('grows-left', left + right > window.innerWidth);
  }

  private chosen(): void {
    const { value } = this.element;
    if (value === this.value) return;
    this.value = value;
    setText(this.shown, this.choices.find((choice) => choice.value === value)?.text ?? value);
    this.choose(value);
  }
}

function optionOf({ value, text, detail, disabled, separated }: Choice, selected: boolean): HTMLElement {
  const words = detail === undefined ? undefined : element('span', { class: 'choice-detail' }, detail);
  return element('vscode-option', { value, selected, disabled, class: separated ? 'choice-separated' : undefined }, text, words && ' ', words);
}
