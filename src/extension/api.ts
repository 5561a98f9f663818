/** What `activate` gives: for tests in the extension host, and for other extensions that want to look, not touch. */
export interface ReSeFaApi {
  /** How long `activate` took. */
  readonly activationMilliseconds: number;
  /** The engine process; nothing while none runs. */
  enginePid(): number | undefined;
  /** The last lines of the log, the oldest first. */
  logLines(): readonly string[];
  /** The open panels: their titles, and the generators they show (a path, or the name of an embedded one). */
  panels(): readonly { readonly title: string; readonly generator: string; readonly active: boolean }[];
}
