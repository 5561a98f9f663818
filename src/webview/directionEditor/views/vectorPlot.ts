import { element, setAttributes, setText, svgElement } from '../../dom';
import type { Editor } from '../editorState';
import { barPaths, componentText, vectorBars } from '../model/vectorBars';
import type { BarRow, VectorBars } from '../model/vectorBars';

/** The components of the direction as bars: one row in w, one for each layer in w+. */
export function mountVectorPlot(parent: HTMLElement, editor: Editor): void {
  const rows = element('div', { class: 'bar-rows' });
  const readout = element('output', { class: 'bar-readout' });
  parent.append(element('section', { class: 'vector-plot', 'aria-label': 'Vector' }, element('h2', { class: 'section-title' }, 'Vector'), rows, readout));
  let drawn: readonly unknown[] = [];
  editor.subscribe(({ direction }) => {
    if (!direction || (drawn[0] === direction.vector && drawn[1] === direction.latent)) return;
    drawn = [direction.vector, direction.latent];
    const bars = vectorBars(direction);
    const summary = summaryOf(bars);
    const rest = () => { setText(readout, summary); };
    rows.replaceChildren(...bars.rows.map((row) => barRow(row, bars.largest, (text) => { setText(readout, text); }, rest)));
    rest();
  });
}

function summaryOf({ rows, leaders }: VectorBars): string {
  return `Largest of ${rows.reduce((sum, { values }) => sum + values.length, 0)}: ${leaders.map(componentText).join(rows.length > 1 ? '; ' : ', ')}`;
}

function barRow(row: BarRow, largest: number, tell: (text: string) => void, rest: () => void): HTMLElement {
  const { layer, values, norm } = row;
  const { columns, positive, negative } = barPaths(values, largest);
  const marker = svgElement('rect', { class: 'bar-marker', y: 0, width: 1, height: 2, visibility: 'hidden' });
  const drawing = svgElement('svg', { class: 'bars', viewBox: `0 0 ${columns} 2`, preserveAspectRatio: 'none', 'aria-hidden': 'true', focusable: 'false' },
    marker, svgElement('path', { class: 'bar-positive', d: positive }), svgElement('path', { class: 'bar-negative', d: negative }),
    svgElement('line', { class: 'bar-zero', x1: 0, x2: columns, y1: 1, y2: 1 }));
  const name = layer === undefined ? `${values.length} components` : `Layer ${layer}: ${values.length} components, norm ${norm.toFixed(3)}`;
  const plot = element('div', { class: 'bar-plot', tabindex: 0, role: 'slider', 'aria-label': name, 'aria-valuemin': 0, 'aria-valuemax': values.length - 1, 'aria-valuenow': 0 }, drawing);
  let at = 0;
  const point = (index: number) => {
    at = Math.min(values.length - 1, Math.max(0, index));
    const text = componentText({ layer, index: at, value: values[at]! });
    setAttributes(marker, { x: Math.floor((at * columns) / values.length), visibility: 'visible' });
    setAttributes(plot, { 'aria-valuenow': at, 'aria-valuetext': text });
    tell(text);
  };
  const leave = () => {
    setAttributes(marker, { visibility: 'hidden' });
    rest();
  };
  plot.addEventListener('pointermove', ({ clientX }) => {
    const { left, width } = plot.getBoundingClientRect();
    point(Math.floor(((clientX - left) / width) * values.length));
  });
  plot.addEventListener('keydown', (event) => {
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: values.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    point(next);
  });
  for (const type of ['pointerleave', 'blur']) plot.addEventListener(type, leave);
  const label = layer === undefined ? undefined : element('div', { class: 'bar-label' }, element('span', {}, `${layer}`), element('span', { class: 'quiet', title: 'Norm of this layer’s part' }, norm.toFixed(2)));
  return element('div', { class: layer === undefined ? 'bar-row is-single' : 'bar-row' }, label, plot);
}
