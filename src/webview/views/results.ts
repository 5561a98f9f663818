import type { App } from '../app';
import type { AppState } from '../appState';
import { element, setAttributes, setText } from '../dom';
import { activeRegion } from '../model/panelRegions';
import { eigenvalueOf } from '../../shared/direction/directionFile';
import { sameRegion } from '../model/regionTools';
import { counted } from '../model/wording';
import { ChoiceField } from './choiceField';
import { setShown } from './controls';
import { DirectionCards } from './directionCard';
import { EigenvaluePlot } from './eigenvaluePlot';

/** The directions of the active region, or what to do to get some. */
export function mountResults(parent: HTMLElement, app: App): void {
  let pointed: number | undefined;
  const plot = new EigenvaluePlot((direction) => { cards.reveal(direction); });
  const cards = new DirectionCards(app, (direction) => {
    pointed = direction;
    mark();
  });
  const count = element('h2', { class: 'section-title' });
  const note = element('span', { class: 'results-note', role: 'status' });
  const source = element('span', { class: 'results-note', title: 'Put together from tiles of the picture, so that they can follow the region; solved exactly when saved' }, 'from tiles');
  const sort = new ChoiceField('Sort by', 'sort', (order) => { app.setByLocality(order === 'locality'); });
  const head = element('div', { class: 'results-head' }, count, element('span', { class: 'results-notes' }, note, source), element('span', { class: 'results-sort' }, element('span', { class: 'quiet', 'aria-hidden': 'true' }, 'Sort by'), sort.element));
  const outdated = outdatedLine(app);
  const found = element('div', { class: 'results-found' }, outdated, plot.element, head, cards.element);
  const empty = element('div', { class: 'results-empty' });
  parent.append(element('section', { class: 'results', 'aria-label': 'Found directions' }, empty, found));

  let shownKind: EmptyKind | undefined;
  app.subscribe((state, previous) => {
    const region = activeRegion(state.panel);
    const { directions } = region;
    const some = directions.length > 0;
    setShown(found, some);
    setShown(empty, !some);
    if (emptyKind(state) !== shownKind) {
      shownKind = emptyKind(state);
      empty.replaceChildren(...emptyContent(shownKind));
    }
    // Cards that are out of sight keep what they show.
    if (!some || (previous && !concernsResults(state, previous))) return;
    setText(count, counted(directions.length, 'direction'));
    // What begins by itself is not announced.
    setAttributes(note, { class: `results-note${noteOf(state) === '' ? '' : ' running'}`, role: state.discovery?.quiet ? undefined : 'status' });
    setText(note, noteOf(state));
    setShown(source, noteOf(state) === '' && directions.some(({ discovery }) => discovery?.grams === 'tiles'));
    setShown(outdated, noteOf(state) === '' && isOutdated(state));
    sort.update([{ value: 'eigenvalue', text: 'Eigenvalue' }, { value: 'locality', text: 'Locality', detail: 'as measured' }], state.panel.byLocality ? 'locality' : 'eigenvalue');
    setShown(plot.element, directions.every(({ discovery }) => discovery !== undefined));
    plot.show(directions.map(eigenvalueOf));
    cards.update(state.following || state.discovery !== undefined);
    mark();
  });

  function mark(): void {
    const { alphas } = activeRegion(app.state.panel);
    plot.mark((direction) => Boolean(alphas[direction]), pointed);
  }
}

function concernsResults(now: AppState, before: AppState): boolean {
  return now.panel !== before.panel || now.thumbnails !== before.thumbnails || now.following !== before.following || noteOf(now) !== noteOf(before) || Boolean(now.discovery) !== Boolean(before.discovery);
}

/** Whether the region has another outline than the one that its directions were found for. */
function isOutdated({ panel, following }: AppState): boolean {
  const { region, directions } = activeRegion(panel);
  return !following && region !== undefined && directions[0]?.region !== undefined && !sameRegion(directions[0].region, region);
}

function outdatedLine(app: App): HTMLElement {
  const again = element('vscode-link', { href: '#' }, 'Discover again');
  again.addEventListener('click', (event) => {
    event.preventDefault();
    app.discover();
  });
  return element('p', { class: 'results-outdated' }, 'Found for an earlier outline of the region. ', again);
}

/** What is going on with the directions on show; empty when they are final. */
function noteOf({ discovery, panel }: AppState): string {
  if (discovery?.region !== panel.active) return '';
  if (discovery.phase === 'measuring') return 'measuring';
  return discovery.phase === 'stopping' ? '' : 'improving';
}

type EmptyKind = 'no generator' | 'no region' | 'not known yet' | 'not discovered' | 'first sample';

function emptyKind({ info, panel, discovery, following }: AppState): EmptyKind {
  if (discovery?.region === panel.active) return 'first sample';
  if (!info) return 'no generator';
  if (!activeRegion(panel).region) return 'no region';
  return following ? 'not known yet' : 'not discovered';
}

function emptyContent(kind: EmptyKind): HTMLElement[] {
  switch (kind) {
    case 'no generator':
      return [paragraph('Directions appear here once a generator is open.')];
    case 'first sample':
      return waiting('Discovering', paragraph('The first directions appear after the first sample.'));
    // Whether directions come by themselves is known in a moment.
    case 'not known yet':
      return waiting('Asking for directions');
    case 'not discovered':
      return [heading('No directions yet'), paragraph('Press Discover to look for directions that change this region and leave the rest alone.')];
    case 'no region':
      return [
        heading('Three steps to a direction'),
        element('ol', { class: 'steps' },
          element('li', {}, 'Drag over the part of the picture that you want to change, or choose a named region below it.'),
          element('li', {}, 'The first directions come after a moment and improve from then on. Where a generator takes longer, Discover says how long; press it.'),
          element('li', {}, 'Drag the sliders of the directions and see what they do.')),
      ];
  }
}

function waiting(name: string, ...words: HTMLElement[]): HTMLElement[] {
  return [element('div', { class: 'results-waiting' }, element('vscode-progress-ring', { 'aria-label': name }), ...words)];
}

function heading(text: string): HTMLElement {
  return element('h2', {}, text);
}

function paragraph(text: string): HTMLElement {
  return element('p', {}, text);
}
