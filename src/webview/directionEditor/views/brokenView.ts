import { capitalised } from '../../../shared/capitalised';
import { element, icon, setText } from '../../dom';
import { setShown, textButton } from '../../views/controls';
import { counted } from '../../model/wording';
import type { Editor } from '../editorState';
import { sourceLines } from '../model/sourceLines';
import type { SourceLine } from '../model/sourceLines';

/** The text of a file that is no direction now, with what is wrong. */
export function mountBrokenView(parent: HTMLElement, editor: Editor): void {
  const problem = element('span', { class: 'broken-problem' });
  const place = element('span', { class: 'quiet' });
  const head = element('header', { class: 'broken-head', role: 'alert' }, icon('warning'),
    element('div', { class: 'broken-words' }, element('h2', {}, 'This is no direction now'), element('p', {}, problem, ' ', place)),
    textButton('primary', 'Edit the file as text, in the place of this preview', () => { editor.run('openAsText'); }, icon('file-code', { slot: 'start' }), 'Open as Text'));
  const [above, below] = [element('p', { class: 'quiet' }), element('p', { class: 'quiet' })];
  const source = element('div', { class: 'source', tabindex: 0, role: 'document', 'aria-label': 'Text of the file' });
  const view = element('main', { class: 'broken', hidden: true }, head, above, source, below);
  parent.append(view);

  let shown = false;
  editor.subscribe(({ broken, file }, previous) => {
    setShown(view, broken !== undefined);
    if (!broken) shown = false;
    if (!broken || broken === previous?.broken) return;
    setText(problem, `${capitalised(broken.problem)}.`);
    setText(place, broken.line === undefined ? file : `${file}, line ${broken.line}, column ${broken.column}`);
    const { lines, above: before, below: after } = sourceLines(broken.text, broken.line);
    source.replaceChildren(...lines.map(lineElement));
    for (const [note, count, where] of [[above, before, 'above'], [below, after, 'below']] as const) {
      setShown(note, count > 0);
      setText(note, `${counted(count, 'more line')} ${where}`);
    }
    if (!shown) source.querySelector('.is-wrong, .is-marker')?.scrollIntoView({ block: 'center' });
    shown = true;
  });
}

function lineElement({ number, text, kind }: SourceLine): HTMLElement {
  return element('div', { class: `source-line is-${kind}` }, element('span', { class: 'line-number', 'data-number': number, 'aria-hidden': 'true' }), element('span', { class: 'line-text' }, text));
}
