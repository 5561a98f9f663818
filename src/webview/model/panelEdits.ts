import { editTermOf } from '../../shared/direction/editTerm';
import type { DirectionFile } from '../../shared/direction/directionFile';
import type { EditTerm, Sample } from '../../shared/protocol/engineProtocol';
import type { PanelState, RegionState } from '../../shared/protocol/pageProtocol';

const termsOfDirections = new WeakMap<DirectionFile, Omit<EditTerm, 'alpha'>>();

/** `alpha n` of one direction, on the direction's own layers. */
export function editTerm(direction: DirectionFile, alpha: number): EditTerm {
  let term = termsOfDirections.get(direction);
  if (!term) {
    term = editTermOf(direction);
    termsOfDirections.set(direction, term);
  }
  return { ...term, alpha };
}

/** The edits of all regions that are not at 0; they add up. */
export function activeEdits(regions: readonly RegionState[]): EditTerm[] {
  return regions.flatMap(({ directions, alphas }) =>
    directions.flatMap((direction, i) => (alphas[i] ? [editTerm(direction, alphas[i])] : [])),
  );
}

/** The sample that a panel looks at; another seed on wish. */
export function sampleOf({ seed, psi, label }: PanelState, other = seed): Sample {
  return { seed: other, psi, ...(label === undefined ? {} : { label }) };
}

/** The alphas of the three thumbnails of a direction: clearly visible and inside the slider. */
export function thumbnailAlphas({ edit }: DirectionFile): [number, number, number] {
  const [least, most] = edit.alpha;
  const half = (end: number) => Number((end / 2).toPrecision(3));
  return [half(least), 0, half(most)];
}

/** The names of the directions that are not at 0. */
export function editedNames(regions: readonly RegionState[]): string[] {
  return regions.flatMap(({ directions, alphas }) => directions.flatMap(({ name }, i) => (alphas[i] ? [name] : [])));
}
