/** Whether a part of the state is another one than before; at the beginning everything is. */
export function changed<State>(now: State, before: State | undefined, part: (state: State) => unknown): boolean {
  return before === undefined || part(now) !== part(before);
}
