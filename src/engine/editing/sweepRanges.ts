import type { DirectionFile } from '../../shared/direction/directionFile';
import { spread } from '../../shared/numberList';
import { headline } from './sweep';
import type { Sweep, SweepRow } from './sweep';

/** A direction and the alphas between which it is swept. */
export interface SweptDirection {
  readonly direction: DirectionFile;
  readonly from: number;
  readonly to: number;
}

/**
 * The sweep of some directions, each over its own range, in so many steps.
 *
 * Where the ranges differ the columns are shares of them: -1 to 1 where all of them are symmetric, or else 0 to 1.
 *
 * @param together adds the directions up instead of giving a row to each
 * @param psi of the samples, for the subtitle
 */
export function sweepOfRanges(swept: readonly SweptDirection[], steps: number, together: boolean, psi: number): Pick<Sweep, 'title' | 'subtitle' | 'rows' | 'alphas'> {
  const directions = swept.map(({ direction }) => direction);
  const { title, subtitle } = headline(directions, psi, together);
  const [first] = swept as [SweptDirection, ...SweptDirection[]];
  if (swept.every(({ from, to }) => from === first.from && to === first.to)) {
    return { title, subtitle, rows: rowsOf(swept, together), alphas: spread(first.from, first.to, steps) };
  }
  const symmetric = swept.every(({ from, to }) => from === -to);
  const ranges = swept.map(({ direction: { name }, from, to }) => `${symmetric ? short(to) : `${short(from)} to ${short(to)}`} of ${name}`).join(', ');
  return {
    title,
    subtitle: `${symmetric ? '1' : '0 to 1'} is alpha ${ranges}   ${subtitle}`,
    rows: rowsOf(swept, together, steps),
    alphas: spread(symmetric ? -1 : 0, 1, steps),
  };
}

/** @param ownSteps the number of alphas of each direction, where they are its own */
function rowsOf(swept: readonly SweptDirection[], together: boolean, ownSteps?: number): SweepRow[] {
  const alphasOf = ({ from, to }: SweptDirection) => spread(from, to, ownSteps!);
  const row = (members: readonly SweptDirection[]) => ({ directions: members.map(({ direction }) => direction), ...(ownSteps === undefined ? {} : { alphas: members.map(alphasOf) }) });
  return together || swept.length === 1 ? [row(swept)] : swept.map((each) => ({ ...row([each]), label: each.direction.name }));
}

function short(alpha: number): number {
  return Number(alpha.toPrecision(3));
}
