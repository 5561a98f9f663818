import type { Panel } from './panel';

/** Something in the panel's page at a time in milliseconds: what the mouse did, or that other directions were on the screen. */
export interface Moment {
  readonly what: 'move' | 'release' | 'click' | 'directions';
  readonly at: number;
  /** Whether all directions on show were measured, which is the last step of a discovery. */
  readonly measured: boolean;
}

interface WatchingWindow {
  directionMoments?: Moment[];
}

/** Notes from now on what the mouse does and when other directions are on the screen, to the frame. */
export async function watchDirections(panel: Panel): Promise<void> {
  await panel.frame.locator('body').evaluate((body) => {
    const moments: Moment[] = [];
    (window as WatchingWindow).directionMoments = moments;
    const note = (what: Moment['what'], at: number) => {
      const cards = [...body.querySelectorAll('.card-locality')];
      moments.push({ what, at, measured: cards.length > 0 && cards.every((each) => !each.classList.contains('is-unknown')) });
    };
    const eigenvalues = () => [...body.querySelectorAll('.card')].map((card) => card.textContent).join();
    addEventListener('pointermove', ({ buttons }) => { if (buttons !== 0) note('move', performance.now()); }, true);
    addEventListener('pointerup', () => { note('release', performance.now()); }, true);
    addEventListener('click', () => { note('click', performance.now()); }, true);
    let before = eigenvalues();
    const look = () => {
      const now = eigenvalues();
      if (now !== before) note('directions', performance.now());
      before = now;
      requestAnimationFrame(look);
    };
    look();
  });
}

/** What has been noted since the last call. */
export function takeMoments(panel: Panel): Promise<Moment[]> {
  return panel.frame.locator('body').evaluate(() => (window as WatchingWindow).directionMoments!.splice(0));
}

/** Milliseconds from each of some acts to the next directions on the screen; acts that another one follows before are left out. */
export function answerTimes(moments: readonly Moment[], act: Moment['what']): number[] {
  return moments.flatMap(({ what, at }, i) => {
    const next = moments.slice(i + 1).find((moment) => moment.what === 'directions' || moment.what === act);
    return what === act && next?.what === 'directions' ? [next.at - at] : [];
  });
}
