import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds that anything may take on a machine that is busy with other things too. */
export const patience = 60_000;

/**
 * Asks again and again until there is an answer.
 *
 * @param what completes "waited 60 s for .." in the error's message
 */
export async function until<Answer>(what: string, ask: () => Answer | undefined | false | Promise<Answer | undefined | false>, timeout = patience): Promise<Answer> {
  const end = Date.now() + timeout;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (Date.now() > end) throw new Error(`waited ${timeout / 1000} s for ${what}`);
    await sleep(50);
  }
}
