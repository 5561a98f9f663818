import { parseNumber } from '../../shared/numberList';
import { element, setAttributes } from '../dom';
import { alphaAt, alphaFraction, alphaScale } from '../model/alphaScale';
import type { AlphaScale } from '../model/alphaScale';
import { formatAlpha } from '../model/wording';
import { CheckedField } from './checkedField';
import { setEnabled } from './controls';

/** How far beyond the slider an alpha can be typed. */
const mostAlpha = 1e4;

/** A slider over the range that a direction is meant for, with a field to type the number. A double click is 0. */
export class AlphaSlider {
  readonly slider: HTMLInputElement;
  readonly element: HTMLElement;
  private readonly number: CheckedField<number>;
  private scale: AlphaScale = alphaScale([-1, 1]);
  private range: readonly [number, number] = [-1, 1];
  private alpha = 0;

  /**
   * @param of what stands after "Alpha" in the names of both controls, such as " of direction 1"
   * @param set told of every alpha that the user chooses
   */
  constructor(of: string, set: (alpha: number) => void) {
    this.slider = element('input', { type: 'range', class: 'slider alpha-slider', 'aria-label': `Alpha${of}` });
    this.slider.addEventListener('input', () => { set(alphaAt(this.scale, Number(this.slider.value))); });
    this.slider.addEventListener('dblclick', () => { set(0); });
    this.slider.addEventListener('change', () => { requestAnimationFrame(() => { this.showScale(); }); });
    this.number = new CheckedField<number>({
      name: `Alpha value${of}`, class: 'alpha-value', current: () => this.alpha, write: formatAlpha,
      read: (text) => parseNumber(text, 'Alpha', { min: -mostAlpha, max: mostAlpha }),
      apply: set,
      step: (alpha, way) => Number(Math.min(mostAlpha, Math.max(-mostAlpha, alpha + way * 10 * this.scale.step)).toPrecision(6)),
    });
    this.element = element('div', { class: 'card-alpha' }, element('span', { class: 'alpha-track' }, this.slider), this.number.element);
  }

  update(range: readonly [number, number], alpha: number): void {
    this.range = range;
    this.alpha = alpha;
    this.showScale();
    this.showAlpha();
  }

  setEnabled(enabled: boolean): void {
    for (const control of [this.slider, this.number.input]) setEnabled(control, enabled);
  }

  /** The scale stays under a slider that is being dragged. */
  private showScale(): void {
    const [least, most] = this.range;
    if ((least === this.scale.min && most === this.scale.max && this.slider.max === `${most}`) || this.slider.matches(':active')) return;
    this.scale = alphaScale([least, most]);
    setAttributes(this.slider, { min: this.scale.min, max: this.scale.max, step: this.scale.step });
    this.slider.parentElement?.style.setProperty('--zero', `${this.scale.zero}`);
  }

  private showAlpha(): void {
    // A slider that is being dragged is there already, within its step.
    if (Math.abs(Number(this.slider.value) - this.alpha) > this.scale.step * 0.51) this.slider.value = `${this.alpha}`;
    const place = alphaFraction(this.scale, this.alpha);
    this.slider.style.setProperty('--from', `${Math.min(place, this.scale.zero)}`);
    this.slider.style.setProperty('--to', `${Math.max(place, this.scale.zero)}`);
    setAttributes(this.slider, { 'aria-valuetext': formatAlpha(this.alpha) });
    this.number.update();
  }
}
