import type { DirectionFile } from '../shared/direction/directionFile';
import type { RegionState } from '../shared/protocol/pageProtocol';
import { sameRegion } from './model/regionTools';
import type { Region } from '../shared/region';
import type { AppState, Thumbnails } from './appState';
import { thumbnailAlphas } from './model/panelEdits';
import { activeRegion, withRegion } from './model/panelRegions';
import { refined, reordered, sameEdits } from './model/refinement';
import type { CardOrder, Cards, Refined } from './model/refinement';
import type { PanelStore } from './panelStore';

/** How directions come to a region. */
export interface Showing {
  /** Whether better ones of the same region are to come: these are from a region that moves, or from a discovery that began by itself. */
  readonly provisional: boolean;
  /** Whether the cards are to lie strictly by eigenvalue, as at the end of a discovery that was asked for. */
  readonly strict?: boolean;
}

/** The directions of each region on their cards. */
export class DirectionBoard {
  private held = false;
  private strict = false;
  private readonly provisional = new WeakSet<readonly DirectionFile[]>();

  /** @param onEdited told when the edit is another one: other directions stand behind sliders that are off 0 */
  constructor(
    private readonly store: PanelStore,
    private readonly onEdited: () => void,
  ) {}

  /** Puts better directions on the cards of a region; nothing where there is no region of this name any more. */
  show(name: string, directions: readonly DirectionFile[], { provisional, strict = false }: Showing): void {
    const { regions } = this.store.state.panel;
    const index = regions.findIndex((each) => each.name === name);
    if (index < 0) return;
    this.strict = strict;
    this.write(index, refined(regions[index]!, directions, this.order), provisional);
  }

  /** Puts back what a region had before. */
  putBack(name: string, { directions, alphas }: Cards): void {
    const index = this.store.state.panel.regions.findIndex((each) => each.name === name);
    if (index >= 0) this.write(index, { directions, alphas, from: directions.map((_, i) => i) }, this.provisional.has(directions));
  }

  /** Keeps the order of the cards while somebody points at them or has the keyboard there. */
  hold(held: boolean): void {
    this.held = held;
    if (!held) this.settle();
  }

  /** Orders the cards by what is known by now. */
  settle(): void {
    const { panel } = this.store.state;
    const region = activeRegion(panel);
    const next = reordered(region, this.order);
    if (next.from.some((place, i) => place !== i)) this.write(panel.active, next, this.provisional.has(region.directions));
  }

  /** Whether better directions of the same region are to come. */
  isProvisional({ directions }: RegionState): boolean {
    return this.provisional.has(directions);
  }

  /** Whether a region shows passing directions that are of another outline than this one. */
  isAhead(region: RegionState, outline: Region): boolean {
    return this.isProvisional(region) && !sameRegion(region.directions[0]?.region, outline);
  }

  /** By locality the cards do not lie by eigenvalue. */
  private get order(): CardOrder {
    if (this.held || this.store.state.panel.byLocality) return 'kept';
    return this.strict ? 'strict' : 'clear';
  }

  private write(index: number, { directions, alphas, from }: Refined, provisional: boolean): void {
    const { panel, thumbnails } = this.store.state;
    const before = panel.regions[index]!;
    const edited = !sameEdits(before, { directions, alphas });
    const moved = index === panel.active && (from.length !== before.directions.length || from.some((place, i) => place !== i));
    if (provisional) this.provisional.add(directions);
    const beside: Partial<AppState> = moved ? { thumbnails: directions.map((direction, i) => movedThumbnails(thumbnails, from[i], direction)) } : {};
    this.store.changePanel(withRegion(panel, index, (region) => ({ ...region, directions, alphas })), [], beside);
    if (edited) this.onEdited();
  }
}

/** Pictures go with their card. */
function movedThumbnails(thumbnails: readonly Thumbnails[], from: number | undefined, direction: DirectionFile): Thumbnails {
  const kept = from === undefined ? undefined : thumbnails[from];
  return kept ?? { alphas: thumbnailAlphas(direction), frames: [undefined, undefined, undefined] };
}
