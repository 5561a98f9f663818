import { UserError } from '../../shared/userError';
import { element, setAttributes, setText } from '../dom';
import type { Child } from '../dom';

export interface TextInputOptions<Value> {
  /** What stands above it, and is its name. */
  readonly label: string;
  /** Its name where the label is not to be seen. */
  readonly hiddenLabel?: boolean;
  readonly class?: string;
  readonly placeholder?: string;
  /** Throws UserError, whose message is shown, for a text that is not right. */
  readonly read: (text: string) => Value;
  readonly apply: (value: Value) => void;
  /** Told whether the text is right. */
  readonly mark: (right: boolean) => void;
}

let lastId = 0;

/** A text field that applies what its reader takes while it is typed, and says what is wrong with anything else. */
export class TextInput<Value> {
  readonly element: HTMLElement;
  readonly input: HTMLInputElement;
  private readonly hint: HTMLElement;

  /** @param text what stands there first; later the last text that was right */
  constructor(private readonly options: TextInputOptions<Value>, private text: string) {
    const id = `field-${++lastId}`;
    this.hint = element('div', { class: 'input-hint', role: 'alert', id: `${id}-hint`, hidden: true });
    this.input = element('input', { type: 'text', id, class: `input ${options.class ?? ''}`, spellcheck: 'false', autocomplete: 'off', placeholder: options.placeholder, 'aria-label': options.hiddenLabel ? options.label : undefined });
    this.input.value = text;
    const label = options.hiddenLabel ? undefined : element('label', { for: id, class: 'field-label' }, options.label);
    this.element = element('div', { class: 'field' }, label, this.input, this.hint);
    this.input.addEventListener('input', () => { this.typed(); });
  }

  /** Takes a wrong text back to the last right one: nobody could correct it where the field is hidden. */
  readonly leave = (): void => {
    if (this.hint.hidden) return;
    this.input.value = this.text;
    this.complain(undefined);
    this.options.mark(true);
  };

  private typed(): void {
    const { read, apply, mark } = this.options;
    try {
      const value = read(this.input.value);
      this.text = this.input.value;
      this.complain(undefined);
      mark(true);
      apply(value);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.complain(error.message);
      mark(false);
    }
  }

  private complain(message: string | undefined): void {
    setText(this.hint, message ?? '');
    this.hint.hidden = message === undefined;
    setAttributes(this.input, { 'aria-invalid': message === undefined ? undefined : 'true', 'aria-describedby': message === undefined ? undefined : this.hint.id });
  }
}

export interface Option {
  readonly value: string;
  readonly text: string;
  readonly disabled?: boolean;
}

/** A list to choose from, with its label above it. */
export class SelectField {
  readonly element: HTMLElement;
  private readonly select: HTMLSelectElement;
  private shown = '';

  constructor(label: string, choose: (value: string) => void) {
    const id = `field-${++lastId}`;
    this.select = element('select', { id, class: 'input' });
    this.select.addEventListener('change', () => { choose(this.select.value); });
    this.element = element('div', { class: 'field' }, element('label', { for: id, class: 'field-label' }, label), this.select);
  }

  show(options: readonly Option[], value: string): void {
    const text = JSON.stringify(options);
    if (text !== this.shown) {
      this.shown = text;
      this.select.replaceChildren(...options.map((option) => element('option', { value: option.value, disabled: option.disabled }, option.text)));
    }
    if (this.select.value !== value) this.select.value = value;
  }
}

/** A checkbox with its label behind it. */
export class CheckField {
  readonly element: HTMLElement;
  readonly input: HTMLInputElement;

  constructor(label: Child, change: (checked: boolean) => void, name?: string) {
    this.input = element('input', { type: 'checkbox', 'aria-label': name });
    this.input.addEventListener('change', () => { change(this.input.checked); });
    this.element = element('label', { class: 'check' }, this.input, label);
  }

  show(checked: boolean): void {
    if (this.input.checked !== checked) this.input.checked = checked;
  }
}

/** A button with words on it. */
export function button(kind: 'primary' | 'secondary', press: () => void, ...content: Child[]): HTMLButtonElement {
  const created = element('button', { type: 'button', class: `button ${kind}` }, ...content);
  created.addEventListener('click', press);
  return created;
}
