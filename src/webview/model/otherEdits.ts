import type { PanelState } from '../../shared/protocol/pageProtocol';

/** An edit that is applied though its region is not the active one. */
export interface OtherEdit {
  readonly region: number;
  readonly regionName: string;
  readonly direction: number;
  readonly alpha: number;
}

/** The edits of the regions that are not active: their sliders are out of sight, their effect is not. */
export function otherEdits({ regions, active }: PanelState): OtherEdit[] {
  return regions.flatMap(({ name, alphas, directions }, region) =>
    region === active ? [] : directions.flatMap((_, direction) => (alphas[direction] ? [{ region, regionName: name, direction, alpha: alphas[direction] }] : [])),
  );
}

/** Whether any slider of any region is off 0. */
export function isEdited({ regions }: PanelState): boolean {
  return regions.some(({ alphas, directions }) => directions.some((_, i) => alphas[i]));
}
