import { element, setAttributes } from '../../dom';
import { setShown } from '../../views/controls';
import { mountPictureRelease } from '../../views/pictureRelease';
import type { Editor, EditorState } from '../editorState';
import { mountBrokenView } from './brokenView';
import { mountEditSection } from './editSection';
import { mountHeader } from './header';
import { mountPreview } from './preview';
import { mountPreviewControls } from './previewControls';
import { mountProvenance } from './provenanceTable';
import { mountVectorPlot } from './vectorPlot';

/** Builds the page. The body says in `data-state` what it shows. */
export function mountEditor(parent: HTMLElement, editor: Editor): void {
  const place = element('div', { class: 'preview-place' });
  const picture = element('section', { class: 'preview', 'aria-label': 'Preview' }, place);
  const details = element('div', { class: 'details' });
  const main = element('main', { class: 'editor' }, picture, details);
  parent.append(main);
  parent.classList.add('editor-page');
  mountPreview(place, editor);
  mountPreviewControls(picture, editor);
  mountHeader(details, editor);
  mountEditSection(details, editor);
  mountVectorPlot(details, editor);
  mountProvenance(details, editor);
  mountBrokenView(parent, editor);
  mountPictureRelease(editor);

  editor.subscribe((state) => {
    const name = statusOf(state);
    setShown(main, name !== 'broken');
    if (document.body.dataset.state !== name) document.body.dataset.state = name;
    setAttributes(main, { 'aria-busy': name === 'loading' ? 'true' : 'false' });
  });
}

function statusOf({ broken, generator, problem, picture }: EditorState): 'broken' | 'missing' | 'error' | 'ready' | 'loading' {
  if (broken) return 'broken';
  if (generator.kind === 'missing') return 'missing';
  if (generator.kind === 'failed' || problem !== undefined) return 'error';
  return picture ? 'ready' : 'loading';
}
