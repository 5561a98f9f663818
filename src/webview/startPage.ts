/**
 * Starts a page, or says on it why that has failed.
 *
 * @param what the page is, such as "The panel"
 * @param advice what to do then, as a sentence
 */
export function startPage(what: string, advice: string, start: () => Promise<void>): void {
  start().catch((error: unknown) => {
    document.body.dataset.state = 'error';
    document.body.textContent = `${what} could not be set up: ${error instanceof Error ? error.message : String(error)}. ${advice}`;
  });
}
