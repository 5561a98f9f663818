import type { TextField } from '@vscode/webview-ui-toolkit';
import { UserError } from '../../shared/userError';
import { element, setAttributes, setText } from '../dom';

export interface CheckedFieldOptions<Value> {
  /** The accessible name. */
  readonly name: string;
  readonly class: string;
  readonly placeholder?: string;
  /** Throws UserError, whose message is shown, for a text that is not right. */
  readonly read: (text: string) => Value;
  readonly write: (value: Value) => string;
  readonly current: () => Value;
  readonly apply: (value: Value) => void;
  /** The value after an arrow key up (1) or down (-1). */
  readonly step?: (value: Value, way: 1 | -1) => Value;
}

/** For how long the complaint about a text stays that has been put back, in milliseconds. */
const complaintTime = 4000;

/**
 * A text field that takes only what its reader takes: a right text is applied while it is typed, a wrong one is complained
 * about and, when the field is left, replaced by the value that holds.
 */
export class CheckedField<Value> {
  readonly element: HTMLElement;
  readonly input: TextField;
  private readonly hint = element('div', { class: 'field-hint', role: 'alert', hidden: true });
  private hiding: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: CheckedFieldOptions<Value>) {
    // The toolkit names a text field after its content, which is taken out of sight by the class.
    this.input = element('vscode-text-field', { class: options.class, placeholder: options.placeholder, spellcheck: 'false' }, options.name);
    this.element = element('div', { class: 'checked-field' }, this.input, this.hint);
    this.input.addEventListener('input', () => { this.typed(); });
    this.input.addEventListener('focusout', () => { this.left(); });
    this.input.addEventListener('keydown', (event) => { this.pressed(event); });
    this.update();
  }

  /** Shows the value that holds, unless it is being typed. */
  update(): void {
    const { current, write } = this.options;
    const value = current();
    if (this.input.matches(':focus-within') && this.reads(write(value))) return;
    this.show(write(value));
  }

  setPlaceholder(placeholder: string): void {
    if (this.input.placeholder !== placeholder) this.input.placeholder = placeholder;
  }

  /** Whether what is typed means the same as a text. */
  private reads(text: string): boolean {
    const typed = this.readText(this.input.value);
    return typed !== undefined && this.options.write(typed.value) === text;
  }

  private readText(text: string): { readonly value: Value } | undefined {
    try {
      return { value: this.options.read(text) };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      setText(this.hint, error.message);
      return undefined;
    }
  }

  private typed(): void {
    const read = this.readText(this.input.value);
    this.complain(read === undefined && !isBeginning(this.input.value));
    if (read) this.options.apply(read.value);
  }

  private left(): void {
    const { write, current } = this.options;
    const complains = !this.hint.hidden;
    this.show(write(current()));
    if (complains) this.hiding = setTimeout(() => { this.complain(false); }, complaintTime);
    else this.complain(false);
    setAttributes(this.input, { 'aria-invalid': undefined });
  }

  private pressed(event: KeyboardEvent): void {
    const { write, current, step, apply } = this.options;
    if (event.key === 'Escape' || event.key === 'Enter') {
      this.show(write(current()));
      this.complain(false);
    }
    if (step && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) {
      event.preventDefault();
      const value = step(current(), event.key === 'ArrowUp' ? 1 : -1);
      this.show(write(value));
      this.complain(false);
      apply(value);
    }
  }

  private complain(wrong: boolean): void {
    clearTimeout(this.hiding);
    this.hint.hidden = !wrong;
    setAttributes(this.input, { 'aria-invalid': wrong ? 'true' : undefined });
  }

  private show(text: string): void {
    if (this.input.value !== text) this.input.value = text;
  }
}

/** Whether a text may become a number with what is typed next: it is not wrong yet. */
function isBeginning(text: string): boolean {
  return /^\s*[+-]?\.?$/.test(text);
}
