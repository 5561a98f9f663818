import type { AllServices } from '../allServices';

/** A command of the extension. */
export interface Command {
  readonly id: string;
  /** @param argument what a menu, a link or another extension gives: a tree item, a Uri, a generator reference, or nothing */
  readonly run: (services: AllServices, argument: unknown) => unknown;
}
