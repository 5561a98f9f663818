import { element, setAttributes, setText, svgElement } from '../dom';
import { eigenvalueBars } from '../model/eigenvalueBars';
import type { EigenvalueBars } from '../model/eigenvalueBars';
import { formatRatio } from '../model/wording';

/** Fewer bars than this leave a part of the drawing empty, so that they do not become slabs. */
const leastPlaces = 8;

const percent = (fraction: number) => `${(100 * fraction).toFixed(2)}%`;

/** The parts of one bar. */
interface Bar {
  readonly group: SVGGElement;
  readonly column: SVGRectElement;
  readonly value: SVGRectElement;
  readonly title: SVGTitleElement;
}

/** The eigenvalues of the found directions as bars on a logarithmic scale. */
export class EigenvaluePlot {
  readonly element = element('figure', { class: 'eigenvalue-plot' });
  private readonly drawing = svgElement('svg', { role: 'img', class: 'eigenvalue-drawing' });
  private readonly labels = element('div', { class: 'eigenvalue-labels', 'aria-hidden': 'true' });
  private readonly rules = svgElement('g');
  private readonly bars: Bar[] = [];
  private drawnLines = '';
  private eigenvalues: readonly number[] = [];

  /** @param choose told which direction's bar was pressed */
  constructor(private readonly choose: (direction: number) => void) {
    this.drawing.append(this.rules);
    this.element.append(element('figcaption', { class: 'section-title' }, 'Eigenvalues'), element('div', { class: 'eigenvalue-area' }, this.labels, this.drawing));
  }

  /** @param eigenvalues the largest first */
  show(eigenvalues: readonly number[]): void {
    if (eigenvalues.length === this.eigenvalues.length && eigenvalues.every((value, i) => value === this.eigenvalues[i])) return;
    this.eigenvalues = eigenvalues;
    const { bars, lines } = eigenvalueBars(eigenvalues, Math.max(leastPlaces, eigenvalues.length));
    while (this.bars.length > bars.length) this.bars.pop()!.group.remove();
    while (this.bars.length < bars.length) this.add();
    bars.forEach(({ x, width, height }, i) => {
      const { column, value, title } = this.bars[i]!;
      setAttributes(column, { x: percent(x), width: percent(width) });
      setAttributes(value, { x: percent(x), width: percent(width), y: percent(1 - height), height: percent(height) });
      setText(title, `Direction ${i + 1}: λ ${formatRatio(eigenvalues[i] ?? 0)}`);
    });
    this.showLines(lines);
    setAttributes(this.drawing, { 'aria-label': `Eigenvalues, logarithmic: ${eigenvalues.map((value, i) => `direction ${i + 1} ${formatRatio(value)}`).join(', ')}` });
  }

  private showLines(lines: EigenvalueBars['lines']): void {
    const drawn = JSON.stringify(lines);
    if (drawn === this.drawnLines) return;
    this.drawnLines = drawn;
    this.rules.replaceChildren(...lines.map(({ height }) => svgElement('line', { class: 'rule', x1: '0', x2: '100%', y1: percent(1 - height), y2: percent(1 - height) })));
    this.labels.replaceChildren(...lines.map(({ value, height }) => {
      const label = element('span', {}, value >= 1e4 || value < 1e-3 ? value.toExponential(0) : `${Number(value.toPrecision(1))}`);
      label.style.bottom = percent(height);
      return label;
    }));
  }

  /** Marks the directions whose sliders are off 0, and the one that is pointed at. */
  mark(edited: (direction: number) => boolean, pointed: number | undefined): void {
    this.bars.forEach(({ group }, i) => {
      group.classList.toggle('edited', edited(i));
      group.classList.toggle('pointed', i === pointed);
    });
  }

  private add(): void {
    const direction = this.bars.length;
    // The whole column can be pointed at, however short the bar.
    const column = svgElement('rect', { class: 'column', y: '0', height: '100%' });
    const [value, title] = [svgElement('rect', { class: 'value' }), svgElement('title')];
    const group = svgElement('g', { class: 'bar' }, column, value, title);
    group.addEventListener('click', () => { this.choose(direction); });
    this.drawing.append(group);
    this.bars.push({ group, column, value, title });
  }
}
