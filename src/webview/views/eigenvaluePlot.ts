import { element, setAttributes, svgElement } from '../dom';
import { eigenvalueBars } from '../model/eigenvalueBars';
import { formatRatio } from '../model/wording';

/** Fewer bars than this leave a part of the drawing empty, so that they do not become slabs. */
const leastPlaces = 8;

const percent = (fraction: number) => `${(100 * fraction).toFixed(2)}%`;

/** The eigenvalues of the found directions as bars on a logarithmic scale. */
export class EigenvaluePlot {
  readonly element = element('figure', { class: 'eigenvalue-plot' });
  private readonly drawing = svgElement('svg', { role: 'img', class: 'eigenvalue-drawing' });
  private readonly labels = element('div', { class: 'eigenvalue-labels', 'aria-hidden': 'true' });
  private bars: SVGElement[] = [];
  private eigenvalues: readonly number[] = [];

  /** @param choose told which direction's bar was pressed */
  constructor(private readonly choose: (direction: number) => void) {
    this.element.append(element('figcaption', { class: 'section-title' }, 'Eigenvalues'), element('div', { class: 'eigenvalue-area' }, this.labels, this.drawing));
  }

  /** @param eigenvalues the largest first */
  show(eigenvalues: readonly number[]): void {
    if (eigenvalues.length === this.eigenvalues.length && eigenvalues.every((value, i) => value === this.eigenvalues[i])) return;
    this.eigenvalues = eigenvalues;
    const { bars, lines } = eigenvalueBars(eigenvalues, Math.max(leastPlaces, eigenvalues.length));
    this.bars = bars.map(({ x, width, height }, i) => this.barOf(i, { x: percent(x), width: percent(width), y: percent(1 - height), height: percent(height) }));
    const rules = lines.map(({ height }) => svgElement('line', { class: 'rule', x1: '0', x2: '100%', y1: percent(1 - height), y2: percent(1 - height) }));
    this.drawing.replaceChildren(...rules, ...this.bars);
    setAttributes(this.drawing, { 'aria-label': `Eigenvalues, logarithmic: ${eigenvalues.map((value, i) => `direction ${i + 1} ${formatRatio(value)}`).join(', ')}` });
    this.labels.replaceChildren(...lines.map(({ value, height }) => {
      const label = element('span', {}, value >= 1e4 || value < 1e-3 ? value.toExponential(0) : `${Number(value.toPrecision(1))}`);
      label.style.bottom = percent(height);
      return label;
    }));
  }

  /** Marks the directions whose sliders are off 0, and the one that is pointed at. */
  mark(edited: (direction: number) => boolean, pointed: number | undefined): void {
    this.bars.forEach((bar, i) => {
      bar.classList.toggle('edited', edited(i));
      bar.classList.toggle('pointed', i === pointed);
    });
  }

  private barOf(direction: number, place: Readonly<Record<'x' | 'y' | 'width' | 'height', string>>): SVGElement {
    const title = svgElement('title', {}, `Direction ${direction + 1}: λ ${formatRatio(this.eigenvalues[direction] ?? 0)}`);
    // The whole column can be pointed at, however short the bar.
    const column = svgElement('rect', { class: 'column', x: place.x, width: place.width, y: '0', height: '100%' });
    const bar = svgElement('g', { class: 'bar' }, column, svgElement('rect', { class: 'value', ...place }), title);
    bar.addEventListener('click', () => { this.choose(direction); });
    return bar;
  }
}
