import type { App } from '../app';
import { element, icon, setAttributes, setText } from '../dom';
import { drawFrame } from '../frames';
import { changed } from '../model/changed';
import { isEdited } from '../model/otherEdits';
import { setEnabled, textButton } from './controls';

/** Places that wait for pictures before there are any. */
const places = 8;

interface SamplePlace {
  readonly element: HTMLElement;
  show(sample: App['state']['otherSamples'][number] | undefined): void;
}

/** The same edit on samples of other seeds, and the pictures as files. */
export function mountSamplesRow(parent: HTMLElement, app: App): void {
  const refresh = textButton('secondary', 'Draw other samples', () => { app.refreshOtherSamples(); }, icon('refresh', { slot: 'start' }), 'Other seeds');
  const strip = textButton('secondary', undefined, () => { app.exportStrip(); }, 'Export strip');
  const animation = textButton('secondary', undefined, () => { app.exportAnimation(); }, 'Export animation\u2026');
  const picture = textButton('secondary', 'Save the full picture as a PNG file', () => { app.exportPicture(); }, 'Export picture');
  const pictures = element('ul', { class: 'samples', 'aria-label': 'Samples of other seeds' });
  parent.append(element('section', { class: 'samples-row', 'aria-label': 'The same edit on other seeds' },
    element('h2', { class: 'section-title' }, 'The same edit on other seeds'), element('div', { class: 'samples-buttons' }, refresh, strip, animation, picture), pictures));

  const shown: SamplePlace[] = [];
  app.subscribe((state, previous) => {
    const { otherSamples, panel, info } = state;
    if (changed(state, previous, (each) => each.otherSamples)) {
      const count = otherSamples.length || places;
      while (shown.length < count) shown.push(samplePlace(app));
      if (pictures.childElementCount !== count) pictures.replaceChildren(...shown.slice(0, count).map((place) => place.element));
      shown.forEach((place, i) => { place.show(otherSamples[i]); });
    }
    const edited = isEdited(panel);
    setEnabled(refresh, info !== undefined);
    setEnabled(picture, info !== undefined);
    setEnabled(animation, info !== undefined && panel.regions.some(({ directions }) => directions.length > 0), 'Make an animation, a video or a grid of the edit, or of the first direction');
    setEnabled(strip, info !== undefined && edited, edited ? 'Save a strip that sweeps the edit over several samples, as a PNG file' : 'Move a slider first: the strip sweeps the edit');
  });
}

function samplePlace(app: App): SamplePlace {
  let seed = 0;
  const canvas = element('canvas', { width: 1, height: 1 });
  const label = element('span', { class: 'thumbnail-label', 'aria-hidden': 'true' });
  const button = element('button', { type: 'button', class: 'thumbnail sample' }, canvas, label);
  button.addEventListener('click', () => { app.setSeed(seed); });
  const show: SamplePlace['show'] = (sample) => {
    seed = sample?.seed ?? 0;
    setText(label, sample ? `${seed}` : '');
    setAttributes(button, { 'aria-label': sample ? `Go to seed ${seed}` : 'No sample yet', title: sample ? `Seed ${seed}: look at this sample` : undefined, disabled: !sample });
    drawFrame(canvas, sample?.frame);
    button.classList.toggle('pending', !sample?.frame);
  };
  return { element: element('li', {}, button), show };
}
