import type { PreviewCommand } from '../../../shared/protocol/directionEditorProtocol';
import { element, icon, setText } from '../../dom';
import { setEnabled, setShown, textButton } from '../../views/controls';
import type { Editor, EditorState } from '../editorState';
import { nameField } from './editSection';

interface Action {
  readonly command: PreviewCommand;
  readonly label: string;
  readonly icon: string;
  readonly title: string;
  /** Why it cannot be done with what is shown. */
  readonly obstacle?: (state: EditorState) => string | undefined;
}

const needsFile = ({ onDisk }: EditorState) => (onDisk ? undefined : 'This is a version of the file: open the file itself first');

const actions: readonly Action[] = [
  { command: 'applyDirection', label: 'Open in Panel', icon: 'arrow-both', title: 'Try the direction in a panel, on any sample and together with others' },
  { command: 'compareWithHead', label: 'Compare with HEAD', icon: 'diff', title: 'Compare the file as it is saved with git’s version of it', obstacle: needsFile },
  {
    command: 'rediscover', label: 'Rediscover', icon: 'refresh', title: 'Run its discovery again and say how near it comes',
    obstacle: (state) => needsFile(state) ?? (state.direction?.discovery ? undefined : 'It was not discovered: there is nothing to run again'),
  },
  { command: 'exportPictures', label: 'Export Pictures', icon: 'device-camera', title: 'Export a strip, an animation or a video of the edit' },
  { command: 'openAsText', label: 'Open as Text', icon: 'file-code', title: 'Edit the file as text, in the place of this preview' },
];

/** The direction's name, what can be done with the file, and why it cannot be edited. */
export function mountHeader(parent: HTMLElement, editor: Editor): void {
  const buttons = actions.map((action, i) => ({ action, button: textButton(i === 0 ? 'primary' : 'secondary', action.title, () => { editor.run(action.command); }, icon(action.icon, { slot: 'start' }), action.label) }));
  const words = element('span');
  const lock = element('p', { class: 'read-only', hidden: true }, icon('lock'), words);
  parent.append(element('header', { class: 'header' },
    nameField(editor),
    element('div', { class: 'actions', role: 'group', 'aria-label': 'Actions' }, ...buttons.map(({ button }) => button)), lock));

  editor.subscribe((state) => {
    for (const { action, button } of buttons) {
      const obstacle = action.obstacle?.(state);
      setEnabled(button, obstacle === undefined, obstacle ?? action.title);
    }
    setShown(lock, state.readOnly !== undefined);
    setText(words, state.readOnly ?? '');
  });
}
