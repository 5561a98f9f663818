import type { App } from '../app';
import { element, setAttributes } from '../dom';
import { mountChangeBar } from './changeBar';
import { mountDiscoverBar } from './discoverBar';
import { mountNoticeBar } from './noticeBar';
import { mountPictureCover } from './pictureCover';
import { mountPicture } from './pictureView';
import { mountRegionBar } from './regionBar';
import { mountResults } from './results';
import { mountSamplesRow } from './samplesRow';
import { mountToolbar } from './toolbar';

/** Builds the page. The body says in `data-state` what the page is doing. */
export function mountLayout(parent: HTMLElement, app: App): void {
  const picture = element('div', { class: 'stage-picture' });
  const stage = element('section', { class: 'stage', 'aria-label': 'Picture and region' }, picture);
  const side = element('div', { class: 'side' });
  const workspace = element('main', { class: 'workspace' }, stage, side);
  const page = element('div', { class: 'page' });
  parent.classList.add('panel');
  parent.append(page);

  mountToolbar(page, app);
  mountNoticeBar(page, app);
  page.append(workspace);
  mountPicture(picture, app);
  mountPictureCover(picture, app);
  mountRegionBar(stage, app);
  mountDiscoverBar(side, app);
  mountResults(side, app);
  mountChangeBar(side, app);
  mountSamplesRow(page, app);

  app.subscribe(({ status }) => {
    if (document.body.dataset.state !== status) document.body.dataset.state = status;
    setAttributes(workspace, { 'aria-busy': status === 'loading' ? 'true' : 'false' });
  });
}
