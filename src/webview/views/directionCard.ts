import { localityRatio } from '../../shared/direction/directionFile';
import type { DirectionFile } from '../../shared/direction/directionFile';
import type { App } from '../app';
import type { Thumbnails } from '../appState';
import { element, setAttributes, setText } from '../dom';
import { drawFrame } from '../frames';
import { steadyOrder } from '../model/directionOrder';
import { thumbnailAlphas } from '../model/panelEdits';
import { activeRegion } from '../model/panelRegions';
import { formatAlpha, formatRatio, formatSignedAlpha } from '../model/wording';
import { AlphaSlider } from './alphaSlider';
import { iconButton } from './controls';

interface Thumbnail {
  readonly button: HTMLButtonElement;
  readonly canvas: HTMLCanvasElement;
  readonly label: HTMLElement;
  alpha: number;
}

/** One direction of the active region: what it is, what it does, and its slider. */
export class DirectionCard {
  readonly element: HTMLElement;
  readonly slider: HTMLInputElement;
  private readonly eigenvalue = element('span', { class: 'card-eigenvalue' });
  private readonly locality = element('span', { class: 'card-locality' });
  private readonly alphaSlider: AlphaSlider;
  private readonly thumbnails: readonly Thumbnail[];
  private direction: DirectionFile | undefined;

  /** @param index of the direction among those of its region; its rank is one more */
  constructor(private readonly app: App, readonly index: number) {
    const rank = index + 1;
    this.thumbnails = [0, 1, 2].map(() => this.thumbnail());
    this.alphaSlider = new AlphaSlider(` of direction ${rank}`, (alpha) => { this.set(alpha); });
    this.slider = this.alphaSlider.slider;
    this.element = element('li', { class: 'card', 'aria-label': `Direction ${rank}` },
      element('div', { class: 'card-thumbnails' }, ...this.thumbnails.map(({ button }) => button)),
      element('div', { class: 'card-head' }, element('span', { class: 'card-rank' }, `${rank}`), this.eigenvalue),
      this.locality,
      element('div', { class: 'card-buttons' },
        iconButton('discard', `Reset direction ${rank}`, () => { this.set(0); }),
        iconButton('save', `Save direction ${rank}`, () => { app.saveDirection(index); })),
      this.alphaSlider.element);
  }

  update(direction: DirectionFile, alpha: number, thumbnails: Thumbnails | undefined): void {
    if (direction !== this.direction) this.describe(direction);
    this.direction = direction;
    this.alphaSlider.update(direction.edit.alpha, alpha);
    this.element.classList.toggle('edited', alpha !== 0);
    this.showThumbnails(thumbnails?.alphas ?? thumbnailAlphas(direction), thumbnails?.frames ?? []);
  }

  private set(alpha: number): void {
    this.app.setAlpha(this.index, alpha);
  }

  private describe({ discovery, metrics }: DirectionFile): void {
    setText(this.eigenvalue, discovery ? `λ ${formatRatio(discovery.eigenvalue)}` : 'not discovered here');
    const approximate = discovery?.grams === 'tiles' ? '. From tiles of the picture; solved exactly when saved' : '';
    const meaning = `Eigenvalue: how much more the direction changes the inside than the outside, to first order${approximate}`;
    setAttributes(this.eigenvalue, { title: discovery ? meaning : 'It was imported, or composed of others' });
    // Its place stays, so that nothing moves when it is measured.
    this.locality.classList.toggle('is-unknown', metrics === undefined);
    if (metrics) {
      setText(this.locality, `inside/outside ${formatRatio(localityRatio(metrics))}`);
      const seeds = `seeds ${metrics.seeds}, alpha ${formatAlpha(metrics.alpha)}`;
      setAttributes(this.locality, { title: `Measured locality: how many times as much the inside changes as the outside, on samples that took no part (${seeds})` });
    }
  }

  private thumbnail(): Thumbnail {
    const canvas = element('canvas', { width: 1, height: 1 });
    const label = element('span', { class: 'thumbnail-label', 'aria-hidden': 'true' });
    const button = element('button', { type: 'button', class: 'thumbnail' }, canvas, label);
    const thumbnail: Thumbnail = { button, canvas, label, alpha: 0 };
    button.addEventListener('click', () => { this.set(thumbnail.alpha); });
    return thumbnail;
  }

  private showThumbnails(alphas: readonly number[], frames: Thumbnails['frames']): void {
    this.thumbnails.forEach((thumbnail, i) => {
      const alpha = alphas[i] ?? 0;
      const name = `Direction ${this.index + 1} at alpha ${formatAlpha(alpha)}`;
      thumbnail.alpha = alpha;
      setAttributes(thumbnail.button, { 'aria-label': name, title: `Set alpha to ${formatAlpha(alpha)}` });
      setText(thumbnail.label, formatSignedAlpha(alpha));
      drawFrame(thumbnail.canvas, frames[i]);
      thumbnail.button.classList.toggle('pending', !frames[i]);
    });
  }
}

/** The cards of the active region, kept from one set of directions to the next: a slider survives the better estimate. */
export class DirectionCards {
  readonly element = element('ol', { class: 'cards', 'aria-label': 'Directions' });
  private readonly cards: DirectionCard[] = [];
  private order: readonly number[] = [];
  private byLocality = false;
  private pointed = false;
  private growing = false;

  /** @param point told which direction is pointed at or has the focus */
  constructor(private readonly app: App, private readonly point: (direction: number | undefined) => void) {
    for (const [type, pointed] of [['pointerenter', true], ['pointerleave', false]] as const) this.element.addEventListener(type, () => { this.hold(pointed, this.focused); });
    for (const type of ['focusin', 'focusout'] as const) this.element.addEventListener(type, ({ relatedTarget }) => { this.hold(this.pointed, type === 'focusin' || this.element.contains(relatedTarget as Node | null)); });
  }

  /** @param growing whether better directions, or measurements of them, are to come */
  update(growing: boolean): void {
    const { panel, thumbnails } = this.app.state;
    const { directions, alphas } = activeRegion(panel);
    while (this.cards.length < directions.length) this.add();
    directions.forEach((direction, i) => { this.cards[i]?.update(direction, alphas[i] ?? 0, thumbnails[i]); });
    this.growing = growing;
    // Whoever asks for another order gets it at once.
    const forced = panel.byLocality !== this.byLocality || directions.length !== this.order.length;
    this.byLocality = panel.byLocality;
    if (forced || !(this.pointed || this.focused)) this.sort();
  }

  private sort(): void {
    const { directions } = activeRegion(this.app.state.panel);
    const order = steadyOrder(this.order, directions, this.byLocality, this.growing);
    if (order.join() !== this.order.join()) this.arrange(order);
  }

  private get focused(): boolean {
    return this.element.contains(document.activeElement);
  }

  /** Cards do not move away under the pointer or the keyboard. */
  private hold(pointed: boolean, focused: boolean): void {
    this.pointed = pointed;
    this.app.holdCards(pointed || focused);
    if (!pointed && !focused) this.sort();
  }

  /** Brings a direction's card into sight and its slider under the keyboard. */
  reveal(direction: number): void {
    const card = this.cards[direction];
    card?.element.scrollIntoView({ block: 'nearest' });
    card?.slider.focus({ preventScroll: true });
  }

  private add(): void {
    const card = new DirectionCard(this.app, this.cards.length);
    for (const type of ['pointerenter', 'focusin']) card.element.addEventListener(type, () => { this.point(card.index); });
    for (const type of ['pointerleave', 'focusout']) card.element.addEventListener(type, () => { this.point(undefined); });
    this.cards.push(card);
  }

  /** The card that has the focus stays in the document while the others move around it: a drag goes on, the focus is kept. */
  private arrange(order: readonly number[]): void {
    this.order = order;
    const wanted = order.flatMap((i) => this.cards[i]?.element ?? []);
    const kept = wanted.find((card) => card.contains(document.activeElement));
    for (const card of [...this.element.children]) if (!wanted.includes(card as HTMLElement)) card.remove();
    const split = kept ? wanted.indexOf(kept) : wanted.length;
    for (const card of wanted.slice(0, split)) this.element.insertBefore(card, kept ?? null);
    this.element.append(...wanted.slice(split + 1));
  }
}
