import type { App } from '../app';
import type { AppState } from '../appState';
import { element, setText } from '../dom';
import { setShown, textButton } from './controls';

/** What stands in the place of the picture before there is one. */
export function mountPictureCover(parent: HTMLElement, app: App): void {
  const words = element('p', { role: 'status' });
  const loading = element('div', { class: 'cover' }, element('vscode-progress-ring', { 'aria-hidden': 'true' }), words);
  const empty = element('div', { class: 'cover' },
    element('h2', {}, 'No generator is open'),
    element('p', {}, 'Choose one in the list above, or open a generator folder, an .onnx file or a checkpoint.'),
    textButton('primary', undefined, () => { app.chooseGenerator(); }, 'Open or import'));
  parent.append(loading, empty);

  app.subscribe((state) => {
    const kind = coverOf(state);
    setShown(loading, kind === 'loading');
    setShown(empty, kind === 'empty');
    if (kind === 'loading') setText(words, state.info ? 'Drawing the picture' : 'Opening the generator');
  });
}

function coverOf({ status, info, picture, panel }: AppState): 'loading' | 'empty' | 'none' {
  if (picture && info) return 'none';
  if (status === 'empty' || panel.generator === '') return 'empty';
  if (status === 'loading') return 'loading';
  // Without a generator a failure leaves nothing to look at; the notice says why.
  return info ? 'none' : 'empty';
}
