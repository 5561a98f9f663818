import type { TextField } from '@vscode/webview-ui-toolkit';
import { UserError } from '../../../shared/userError';
import { element, setAttributes, setText } from '../../dom';
import { setEnabled } from '../../views/controls';

export interface CommittedFieldOptions<Value> {
  /** The accessible name. */
  readonly name: string;
  readonly class: string;
  /** Throws UserError, whose message is shown, for a text that is not right. */
  readonly read: (text: string) => Value;
  readonly write: (value: Value) => string;
  /** What holds now; undefined where nothing does. */
  readonly current: () => Value | undefined;
  /** Takes a value for good. Rejected with the reason where it is refused. */
  readonly commit: (value: Value) => Promise<void>;
  /** Saves what has been committed. */
  readonly save: () => void;
}

/** For how long the complaint about a text stays that has been put back, in milliseconds. */
const complaintTime = 5000;

/**
 * A text field for a value of the document: it is taken when Enter is pressed or the field is left, as one step for undo.
 * What is wrong is complained about while it is typed, and put back when the field is left; Escape puts back, too.
 */
export class CommittedField<Value> {
  readonly element: HTMLElement;
  readonly input: TextField;
  private readonly hint = element('div', { class: 'field-hint', role: 'alert', hidden: true });
  private typing = false;
  private hiding: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: CommittedFieldOptions<Value>) {
    // The toolkit names a text field after its content, which is taken out of sight by the class.
    this.input = element('vscode-text-field', { class: options.class, spellcheck: 'false' }, options.name);
    this.element = element('div', { class: 'checked-field' }, this.input, this.hint);
    this.input.addEventListener('input', () => { this.typed(); });
    this.input.addEventListener('focusout', () => { this.left(); });
    this.input.addEventListener('keydown', (event) => { this.pressed(event); });
  }

  /** Shows the value that holds, unless another one is being typed. */
  update(enabled: boolean, reason = ''): void {
    setEnabled(this.input, enabled, enabled ? '' : reason);
    if (!this.typing) this.putBack();
  }

  /** Says beside the field why something was refused. */
  refuse(reason: string): void {
    setText(this.hint, reason);
    this.complain(true);
    this.hiding = setTimeout(() => { this.complain(false); }, complaintTime);
  }

  private typed(): void {
    this.typing = true;
    this.complain(this.read() === undefined);
  }

  private left(): void {
    if (!this.typing) return;
    if (this.read()) this.commit();
    else {
      const { textContent } = this.hint;
      this.putBack();
      this.refuse(textContent);
    }
  }

  private pressed(event: KeyboardEvent): void {
    if (event.key === 'Enter' && this.typing && this.read()) this.commit();
    if (event.key === 'Escape') {
      this.putBack();
      this.complain(false);
    }
    if (event.key.toLowerCase() === 's' && (event.ctrlKey || event.metaKey) && this.typing && this.read()) {
      // VS Code would save the document without what is being typed.
      event.preventDefault();
      event.stopPropagation();
      this.commit();
      this.options.save();
    }
  }

  private commit(): void {
    const read = this.read();
    this.typing = false;
    if (!read) return;
    this.options.commit(read.value).catch((error: unknown) => {
      this.putBack();
      this.refuse(error instanceof Error ? error.message : String(error));
    });
  }

  private read(): { readonly value: Value } | undefined {
    try {
      return { value: this.options.read(this.input.value) };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      setText(this.hint, error.message);
      return undefined;
    }
  }

  private putBack(): void {
    this.typing = false;
    const value = this.options.current();
    const text = value === undefined ? '' : this.options.write(value);
    if (this.input.value !== text) this.input.value = text;
  }

  private complain(wrong: boolean): void {
    clearTimeout(this.hiding);
    this.hint.hidden = !wrong;
    setAttributes(this.input, { 'aria-invalid': wrong ? 'true' : undefined });
  }
}
