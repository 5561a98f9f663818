import { CancelledError } from '../../shared/cancelledError';
import type { ComparisonCalls, ComparisonEvents, ComparisonView } from '../../shared/protocol/comparisonProtocol';
import type { Client } from '../../shared/protocol/rpc';
import { element, icon, setText } from '../dom';
import { setShown, textButton } from '../views/controls';
import { requestOf } from './model/stripSettings';
import type { StripSettings } from './model/stripSettings';
import { numbersText } from './model/wording';
import { sideCards } from './views/sideCards';
import { StripBar } from './views/stripBar';
import { Strips } from './views/strips';
import { cosineTable, fieldTable, matrixTable } from './views/tables';

/** How long the button says that something was copied, in milliseconds. */
const copiedTime = 2000;
/** Settings that are being typed change in bursts. */
const quietTime = 250;

/** The page of a comparison. */
export class ComparisonPage {
  private readonly verdict = element('h1', { class: 'verdict', 'aria-live': 'polite' });
  private readonly numbers = element('p', { class: 'numbers' });
  private readonly remarks = element('ul', { class: 'remarks' });
  private readonly sides = element('ol', { class: 'sides', 'aria-label': 'Compared directions' });
  private readonly tables = element('div', { class: 'tables' });
  private readonly message = element('p', { class: 'message', role: 'alert', hidden: true });
  private readonly bar: StripBar;
  private readonly strips = new Strips();
  private readonly copyText = document.createTextNode('Copy as Markdown');
  private readonly swap = textButton('secondary', 'Holds the first direction against the second', () => { this.ask(this.client.call('putFirst', { index: 1 })); }, icon('arrow-swap', { slot: 'start' }), 'Swap');
  private readonly stripSection: HTMLElement;
  /** What the pictures that are there, or on their way, are of. */
  private pictured = '';
  private running = new AbortController();
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** @param keep told of everything that a reloaded page is to come back with */
  constructor(
    private readonly client: Client<ComparisonCalls, ComparisonEvents>,
    private view: ComparisonView,
    private settings: StripSettings,
    private readonly keep: (state: object) => void,
  ) {
    this.bar = new StripBar(() => this.settings, () => this.view.alphas, (next) => { this.change(next); });
    this.stripSection = element('section', { class: 'strip-section', 'aria-label': 'Pictures' }, element('div', { class: 'strip-top' }, element('h2', {}, 'The same samples at the same alphas'), this.bar.element), this.strips.element);
  }

  mount(root: HTMLElement): void {
    const copy = textButton('secondary', 'Copies verdict and tables, for a pull request', () => { this.copy(); }, icon('copy', { slot: 'start' }), this.copyText);
    root.replaceChildren(element('main', { class: 'comparison' },
      element('header', { class: 'head' }, element('div', { class: 'head-text' }, this.verdict, this.numbers, this.remarks), element('div', { class: 'head-buttons' }, this.swap, copy)),
      this.message, this.sides, this.tables, this.stripSection));
    this.client.on('changed', (view) => { this.show(view); });
    this.show(this.view);
  }

  private show(view: ComparisonView): void {
    this.view = view;
    const { comparison } = view;
    this.keepState();
    setText(this.verdict, comparison ? capital(comparison.verdict) : 'Not comparable now');
    setText(this.numbers, comparison ? numbersText(comparison) : '');
    setShown(this.numbers, this.numbers.textContent !== '');
    this.remarks.replaceChildren(...(comparison ? [...comparison.pairs.flatMap(({ edits }) => edits ?? []), ...comparison.notes] : []).map((text) => element('li', {}, text)));
    setShown(this.swap, view.sides.length === 2);
    this.sides.replaceChildren(...sideCards(view, { open: (index) => { this.ask(this.client.call('open', { index })); }, putFirst: (index) => { this.ask(this.client.call('putFirst', { index })); } }));
    const unfolded = this.tables.querySelector('details')?.open === true;
    this.tables.replaceChildren(...(comparison ? [element('div', { class: 'cosine-tables' }, ...(comparison.labels.length > 2 ? [matrixTable(comparison)] : []), cosineTable(comparison)), fieldTable(comparison)] : []));
    const folded = this.tables.querySelector('details');
    if (folded) folded.open = unfolded;
    setShown(this.stripSection, comparison !== undefined);
    this.bar.update();
    if (comparison) void this.draw();
    document.body.dataset.state = comparison ? 'ready' : 'error';
  }

  private change(settings: StripSettings): void {
    this.settings = settings;
    this.keepState();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => { void this.draw(); }, quietTime);
  }

  private keepState(): void {
    this.keep({ addresses: this.view.addresses, strips: this.settings });
  }

  private async draw(): Promise<void> {
    const request = requestOf(this.settings, this.view.alphas);
    this.strips.prepare(this.view, request);
    const wanted = JSON.stringify([this.view.pictured, request]);
    if (wanted === this.pictured) return;
    this.pictured = wanted;
    this.running.abort();
    const running = new AbortController();
    this.running = running;
    this.stripSection.dataset.state = 'rendering';
    const drawn: Promise<void>[] = [];
    try {
      await this.client.call('pictures', request, { signal: running.signal, onProgress: (update) => { if (!running.signal.aborted) drawn.push(this.strips.show(update)); } });
      await Promise.all(drawn);
      if (!running.signal.aborted) this.stripSection.dataset.state = 'ready';
    } catch (error) {
      if (error instanceof CancelledError || running.signal.aborted) return;
      this.pictured = '';
      this.stripSection.dataset.state = 'error';
      this.tell(error);
    }
  }

  private copy(): void {
    this.ask(this.client.call('copy', {}).then(() => {
      this.copyText.data = 'Copied';
      setTimeout(() => { this.copyText.data = 'Copy as Markdown'; }, copiedTime);
    }));
  }

  private ask(answer: Promise<unknown>): void {
    answer.then(() => { setShown(this.message, false); }, (error: unknown) => { this.tell(error); });
  }

  private tell(error: unknown): void {
    setText(this.message, capital(error instanceof Error ? error.message : String(error)));
    setShown(this.message, true);
  }
}

/** Names of directions and files keep their small letter. */
function capital(text: string): string {
  return /^[a-z]+[ ,:]/.test(text) || /^[a-z]+$/.test(text) ? `${text[0]!.toUpperCase()}${text.slice(1)}` : text;
}
