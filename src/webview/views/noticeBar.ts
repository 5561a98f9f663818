import type { App } from '../app';
import type { Notice } from '../appState';
import { element, icon } from '../dom';
import { iconButton, setShown } from './controls';

/** What went wrong or is to be known, with what can be done about it. What is good to know stands beside Discover. */
export function mountNoticeBar(parent: HTMLElement, app: App): void {
  const text = element('span');
  const sign = element('span', { class: 'notice-icon', 'aria-hidden': 'true' });
  const actions = element('span', { class: 'notice-actions' });
  const bar = element('div', { class: 'notice', hidden: true }, sign, element('div', { class: 'notice-body' }, text, actions), iconButton('close', 'Dismiss', () => { app.dismissNotice(); }));
  parent.append(bar);

  app.subscribe(({ notice }, previous) => {
    if (previous && notice === previous.notice) return;
    const shown = notice !== undefined && notice.kind !== 'info';
    setShown(bar, shown);
    if (!shown) return;
    bar.dataset.kind = notice.kind;
    bar.setAttribute('role', notice.kind === 'error' ? 'alert' : 'status');
    sign.replaceChildren(icon(notice.kind));
    text.textContent = notice.text;
    actions.replaceChildren(...notice.actions.map(actionLink));
  });
}

function actionLink({ label, run }: Notice['actions'][number]): HTMLElement {
  const link = element('vscode-link', { href: '#' }, label);
  link.addEventListener('click', (event) => {
    event.preventDefault();
    run();
  });
  return link;
}
