/**
 * Gives the keyboard back to the control that had it. VS Code takes it away from the page for its own questions, and gives
 * it back to the page as a whole.
 */
export function keepFocus(): void {
  let last: EventTarget | null = null;
  document.addEventListener('focusin', ({ target }) => { last = target; });
  window.addEventListener('focus', () => {
    if (document.activeElement === document.body && last instanceof HTMLElement) last.focus({ preventScroll: true });
  });
}
