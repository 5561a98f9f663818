import type { Comparison } from '../../../shared/direction/compareDirections';

/** |cos| as it is shown everywhere: six digits after the point. */
export function magnitude(cosine: number | null): string {
  return cosine === null ? '–' : Math.abs(cosine).toFixed(6);
}

/** What stands below the verdict, such as "|cos| 0.978148, an angle of 12.0 degrees". */
export function numbersText({ pairs }: Comparison): string {
  const [pair, ...others] = pairs;
  if (!pair || others.length > 0 || pair.cosine === null || pair.angle === null) return '';
  return `|cos| ${magnitude(pair.cosine)}, an angle of ${pair.angle.toFixed(pair.angle < 10 ? 2 : 1)} degrees${pair.cosine < 0 ? ' once the sign is turned' : ''}`;
}

/** "3 fields are different, 17 are the same" */
export function countText(changed: number, same: number): string {
  if (changed === 0) return `All ${same} fields are the same`;
  return `${changed} ${changed === 1 ? 'field is' : 'fields are'} different, ${same} ${same === 1 ? 'is' : 'are'} the same`;
}

/** Alpha as a column is headed with it. */
export function alphaText(alpha: number): string {
  return alpha === 0 ? '0' : `${alpha > 0 ? '+' : '−'}${Number(Math.abs(alpha).toPrecision(3))}`;
}
