import type { AllServices } from '../allServices';

/** A command of the extension. */
export interface Command {
  readonly id: string;
  /**
   * @param argument what a menu, a link or another extension gives: a tree item, a Uri, a generator reference, or nothing
   * @param selection all that was selected where a menu was opened, `argument` among it; or nothing
   */
  readonly run: (services: AllServices, argument: unknown, selection?: unknown) => unknown;
}
