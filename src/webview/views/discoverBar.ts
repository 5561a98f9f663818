import type { App } from '../app';
import type { DiscoveryState } from '../appState';
import { element, setAttributes, setText } from '../dom';
import { discoverHint, methodHint } from '../model/discoverHint';
import { discoveryText } from '../model/wording';
import { setEnabled, setShown, textButton } from './controls';

/** Starts a discovery, shows how far it is, and ends it. */
export function mountDiscoverBar(parent: HTMLElement, app: App): void {
  const discover = textButton('primary', undefined, () => { app.discover(); }, 'Discover');
  const hint = element('span', { class: 'quiet', role: 'status' });
  const idle = element('div', { class: 'discover-idle' }, discover, hint);

  const bar = element('div', { class: 'progress-bar' });
  const track = element('div', { class: 'progress-track', role: 'progressbar', 'aria-label': 'Discovery', 'aria-valuemin': 0, 'aria-valuemax': 100 }, bar);
  const text = element('div', { class: 'progress-text' });
  const stop = textButton('secondary', 'End here and keep the directions that are found so far', () => { app.stopDiscovery(); }, 'Stop');
  const cancel = textButton('secondary', 'End and go back to the directions of before', () => { app.cancelDiscovery(); }, 'Cancel');
  const running = element('div', { class: 'discover-running', hidden: true }, track, stop, cancel, text);
  parent.append(element('section', { class: 'discover-bar', 'aria-label': 'Discovery of directions' }, idle, running));

  app.subscribe((state, previous) => {
    const { discovery, panel } = state;
    if (discovery && discovery !== previous?.discovery) showProgress(discovery, panel.active === discovery.region ? undefined : panel.regions[discovery.region]?.name);
    if (Boolean(discovery) !== Boolean(previous?.discovery)) change(discovery !== undefined);
    const reason = discoverHint(state);
    setEnabled(discover, reason === undefined, reason ?? 'Look for directions that change the region and leave the rest alone');
    setText(hint, reason ?? (state.notice?.kind === 'info' ? state.notice.text : methodHint(state)));
  });

  function showProgress(discovery: DiscoveryState, region: string | undefined): void {
    const [percent, words] = [Math.round(100 * discovery.fraction), discoveryText(discovery)];
    const told = region === undefined ? words : `${region}: ${words}`;
    bar.style.width = `${100 * discovery.fraction}%`;
    setAttributes(track, { 'aria-valuenow': percent, 'aria-valuetext': told });
    setText(text, told);
    setEnabled(stop, discovery.phase !== 'stopping');
  }

  /** The focus goes along where the control that has it disappears. */
  function change(discovering: boolean): void {
    const [leaving, next] = discovering ? [idle, stop] : [running, discover];
    const focused = leaving.contains(document.activeElement);
    setShown(idle, !discovering);
    setShown(running, discovering);
    if (focused) next.focus();
  }
}
