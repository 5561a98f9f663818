import type { App } from '../app';

/** Tells when a slider is let go. A key on it says so after each of its steps, though the next one may follow at once: that is left to the rest. */
export function mountPictureRelease(app: Pick<App, 'release'>): void {
  let keyed = false;
  document.addEventListener('keydown', () => { keyed = true; }, { capture: true });
  for (const type of ['keyup', 'pointerdown']) document.addEventListener(type, () => { keyed = false; }, { capture: true });
  document.addEventListener('change', ({ target }) => {
    if (!keyed && target instanceof HTMLInputElement && target.type === 'range') app.release();
  });
}
