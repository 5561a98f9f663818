import type { App } from '../app';
import type { AppState, DiscoveryState } from '../appState';
import { element, setAttributes, setText } from '../dom';
import { discoverHint, workHint } from '../model/discoverHint';
import { activeRegion } from '../model/panelRegions';
import { discoveryText } from '../model/wording';
import { CheckBox, setEnabled, setShown, textButton } from './controls';

/** Starts a discovery, shows how far it is, and ends it. One that has begun by itself does not show here. */
export function mountDiscoverBar(parent: HTMLElement, app: App): void {
  const discover = textButton('primary', undefined, () => { app.discover(); }, 'Discover');
  const hint = element('span', { class: 'discover-hint quiet', role: 'status' });
  const follow = new CheckBox((on) => { app.setFollowing(on); }, 'Follow the region');
  setAttributes(follow.element, { class: 'discover-follow', title: 'Directions follow the region while it is drawn, and are discovered without a click where that is quick' });
  const idle = element('div', { class: 'discover-idle' }, discover, hint, follow.element);

  const bar = element('div', { class: 'progress-bar' });
  const track = element('div', { class: 'progress-track', role: 'progressbar', 'aria-label': 'Discovery', 'aria-valuemin': 0, 'aria-valuemax': 100 }, bar);
  const text = element('div', { class: 'progress-text' });
  const stop = textButton('secondary', 'End here and keep the directions that are found so far', () => { app.stopDiscovery(); }, 'Stop');
  const cancel = textButton('secondary', 'End and go back to the directions of before', () => { app.cancelDiscovery(); }, 'Cancel');
  const running = element('div', { class: 'discover-running', hidden: true }, track, stop, cancel, text);
  parent.append(element('section', { class: 'discover-bar', 'aria-label': 'Discovery of directions' }, idle, running));

  app.subscribe((state, previous) => {
    const { panel } = state;
    const [discovery, before] = [asked(state), previous && asked(previous)];
    if (discovery && discovery !== before) showProgress(discovery, panel.active === discovery.region ? undefined : panel.regions[discovery.region]?.name);
    if (Boolean(discovery) !== Boolean(before)) change(discovery !== undefined);
    follow.show(panel.follow ?? true);
    const reason = discoverHint(state);
    setEnabled(discover, reason === undefined, reason ?? 'Look for directions that change the region and leave the rest alone');
    // Who draws one need not be told to draw one.
    const drawsFirst = state.following && !activeRegion(panel).region;
    setText(hint, drawsFirst ? '' : reason ?? (state.notice?.kind === 'info' ? state.notice.text : workHint(state)));
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

/** The running discovery, where somebody asked for it. */
function asked({ discovery }: AppState): DiscoveryState | undefined {
  return discovery?.quiet ? undefined : discovery;
}
