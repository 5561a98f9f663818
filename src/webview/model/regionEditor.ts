import type { RegionShape } from '../../shared/protocol/pageProtocol';
import type { Point, Region } from '../../shared/region';
import { maskFromPixels, rasterize } from '../../shared/region';
import { brushRadii, paintGrid, paintStroke } from './brush';
import type { Canvas, Handle } from './regionTools';
import {
  clampPoint, defaultRegion, distance, frameBetween, handlesOf, hitRegion, insertVertex, moveRegion, moveVertex, removeVertex, resizeFrame, sameRegion, stretchRegion, tidyRegion, toolOf,
} from './regionTools';
import type { Size } from './viewport';

/** Where the pointer is, and what is held down with it. */
export interface Pointer {
  /** Fractions of the picture; outside of 0..1 beside it. */
  readonly point: Point;
  /** CSS pixels that the whole picture takes across and down at the present zoom. */
  readonly scale: Point;
  /** How near a handle must be, in CSS pixels. */
  readonly reach: number;
  readonly shift: boolean;
  readonly alt: boolean;
}

/** What the editor works on. */
export interface Situation {
  readonly tool: RegionShape;
  readonly region: Region | undefined;
  /** Which of the user's regions it is. */
  readonly active: number;
  /** The picture in pixels. */
  readonly picture: Size;
}

/** CSS pixels that a pointer must travel before a press becomes a drag. */
const dragThreshold = 4;

/** A pressed button, and what it does to the region when it is moved. */
interface Drag {
  readonly start: Point;
  readonly threshold: number;
  readonly follow: (pointer: Pointer) => Region | undefined;
  /** What it does where it is not moved. */
  readonly click?: () => void;
}

/**
 * Turns presses, drags and keys on the picture into regions. It shows how the region would be while a drag lasts, and
 * hands it over once at the end.
 *
 * A region of the tool's own kind, or one that came after the tool was chosen, is moved and resized; a tool that was
 * chosen after the region draws anew wherever it is pressed, as the choice says that something else is wanted.
 */
export class RegionEditor {
  /** A fraction of the picture's width. */
  brushRadius = brushRadii.usual;
  /** The vertices of the polygon that is being drawn. */
  draft: readonly Point[] = [];
  private drag: Drag | undefined;
  private moved = false;
  private placing = false;
  private drawn: { readonly region: Region | undefined } | undefined;
  private nudged = false;
  private toolIsNewer = false;

  /** @param handOver takes a finished region, tidy and different from the one before; undefined clears it */
  constructor(
    private situation: Situation,
    private readonly handOver: (region: Region | undefined) => void,
  ) {}

  /** Goes on with another tool or region; what was under way on the old one is abandoned. */
  setSituation(next: Situation): void {
    const { situation } = this;
    this.situation = next;
    const otherTool = next.tool !== situation.tool;
    const otherRegion = next.active !== situation.active || next.region !== situation.region;
    if (otherTool || otherRegion) this.abandon();
    if (otherTool || otherRegion) this.toolIsNewer = otherTool && !otherRegion;
  }

  /** How the region is while it is being drawn, moved or nudged, and not handed over yet; undefined where nothing is under way. */
  get preview(): { readonly region: Region | undefined } | undefined {
    return this.drawn;
  }

  /** The region as it is to be drawn now. */
  get region(): Region | undefined {
    return this.drawn ? this.drawn.region : this.situation.region;
  }

  /** Whether a button is held or a polygon is being drawn. */
  get busy(): boolean {
    return this.drag !== undefined || this.draft.length > 0;
  }

  get painting(): boolean {
    return this.drag !== undefined && this.situation.tool === 'brush';
  }

  /** What the region can be dragged by at this scale. */
  handles(scale: Point): Handle[] {
    const { region } = this;
    return region && this.editable ? handlesOf(region, scale) : [];
  }

  /** Whether a drag that starts on the region changes it instead of drawing another one. */
  private get editable(): boolean {
    const { region, tool } = this.situation;
    return region !== undefined && tool !== 'brush' && this.draft.length === 0 && (toolOf(region) === tool || !this.toolIsNewer);
  }

  /** What a press at this place would take hold of. */
  hit(pointer: Pointer): Handle | 'inside' | undefined {
    const { region } = this;
    return region && this.editable ? hitRegion(region, pointer.point, pointer.scale, pointer.reach) : undefined;
  }

  /**
   * A button goes down. Returns false where it is the beginning of nothing but a new box or ellipse.
   *
   * @param erase whether it takes away: what the brush goes over, or a vertex
   */
  press(pointer: Pointer, erase = false): boolean {
    this.flush();
    const { tool, region } = this.situation;
    if (this.draft.length > 0) return this.pressDraft(pointer);
    if (tool === 'brush') return this.startStroke(pointer, erase || pointer.alt);
    const hit = this.hit(pointer);
    if (erase || pointer.alt) return this.removeHit(hit);
    if (region && hit) return this.grab(region, hit, pointer);
    if (tool === 'polygon') return this.startDraft(pointer);
    this.startDrag(pointer, (to) => frameBetween(tool, pointer.point, to.point, this.canvas(to), to.shift));
    return false;
  }

  private removeHit(hit: Handle | 'inside' | undefined): true {
    const { region } = this.situation;
    if (region?.shape === 'polygon' && hit !== 'inside' && hit?.kind === 'vertex') this.finish(removeVertex(region, hit.index));
    return true;
  }

  private grab(region: Region, hit: Handle | 'inside', pointer: Pointer): true {
    if (hit === 'inside') {
      const [x, y] = pointer.point;
      const draws = this.situation.tool === 'polygon' && region.shape !== 'polygon';
      this.startDrag(pointer, (to) => moveRegion(region, [to.point[0] - x, to.point[1] - y], this.grid), draws ? () => this.startDraft(pointer, false) : undefined);
    } else {
      this.startDrag(pointer, this.pull(region, hit, pointer));
    }
    return true;
  }

  /** How a region follows the pointer that holds one of its handles; not quite at its middle, as a rule. */
  private pull(region: Region, handle: Handle, { point }: Pointer): Drag['follow'] {
    const target = (to: Pointer): Point => [to.point[0] + handle.point[0] - point[0], to.point[1] + handle.point[1] - point[1]];
    if (region.shape === 'polygon' && handle.kind === 'vertex') return (to) => moveVertex(region, handle.index, target(to));
    if (region.shape === 'polygon' && handle.kind === 'edge') return (to) => insertVertex(region, handle.index, target(to));
    if ((region.shape === 'box' || region.shape === 'ellipse') && handle.kind === 'frame') {
      return (to) => resizeFrame(region, handle.across, handle.down, target(to), this.canvas(to), to.shift);
    }
    return () => region;
  }

  private startStroke(pointer: Pointer, erase: boolean): true {
    const { region } = this.situation;
    const { grid } = this;
    const cells = region ? rasterize(region, grid.width, grid.height) : new Uint8Array(grid.width * grid.height);
    let from = pointer.point;
    const follow = ({ point }: Pointer) => {
      paintStroke(cells, grid, from, point, this.brushRadius, erase ? 0 : 1);
      from = point;
      return cells.includes(1) ? maskFromPixels(cells, grid.width, grid.height) : undefined;
    };
    this.drag = { start: pointer.point, threshold: 0, follow };
    this.dragTo(pointer);
    return true;
  }

  private startDrag({ point }: Pointer, follow: Drag['follow'], click?: () => void): void {
    this.drag = { start: point, threshold: dragThreshold, follow, ...(click ? { click } : {}) };
    this.moved = false;
  }

  private startDraft({ point }: Pointer, placing = true): true {
    this.draft = [clampPoint(point)];
    this.placing = placing;
    return true;
  }

  private pressDraft({ point, scale, reach }: Pointer): true {
    // The second press of a double click comes to the vertex that the first one made.
    const again = distance(this.draft.at(-1)!, point, scale) <= dragThreshold;
    const closes = this.draft.length >= 3 && (again || distance(this.draft[0]!, point, scale) <= reach);
    if (closes) this.closeDraft();
    else if (!again) {
      this.draft = [...this.draft, clampPoint(point)];
      this.placing = true;
    }
    return true;
  }

  /** The pointer moves while its button is held. */
  dragTo(pointer: Pointer): void {
    if (this.placing) this.draft = this.draft.with(-1, clampPoint(pointer.point));
    if (!this.drag) return;
    this.moved ||= distance(this.drag.start, pointer.point, pointer.scale) >= this.drag.threshold;
    if (this.moved) this.drawn = { region: this.drag.follow(pointer) };
  }

  /** The button goes up. */
  release(): void {
    const { drag, drawn, moved } = this;
    this.drag = undefined;
    this.moved = false;
    this.placing = false;
    if (drag && moved && drawn) this.finish(drawn.region);
    else drag?.click?.();
  }

  /** Gives up a drag, a nudge or a polygon that is being drawn. Returns whether there was one. */
  abandon(): boolean {
    const busy = this.busy || this.nudged;
    this.drag = undefined;
    this.drawn = undefined;
    this.draft = [];
    this.moved = false;
    this.placing = false;
    this.nudged = false;
    return busy;
  }

  /** Moves the region by pixels of the picture. It is handed over by `flush`, so that several moves are one step. */
  nudge(across: number, down: number): void {
    this.change((region) => moveRegion(region, this.steps(region, across, down), this.grid));
  }

  /** Moves the right and lower edge of the region by pixels of the picture; see `nudge`. */
  stretch(across: number, down: number): void {
    this.change((region) => stretchRegion(region, this.steps(region, across, down), this.least, this.grid));
  }

  private change(change: (region: Region) => Region): void {
    const { region } = this;
    if (!region || this.busy) return;
    this.drawn = { region: change(region) };
    this.nudged = true;
  }

  /** So many pixels as fractions of the picture; a mask moves by whole cells. */
  private steps(region: Region, across: number, down: number): Point {
    const { picture } = this.situation;
    const { grid } = this;
    const pixel = (side: 'width' | 'height') => (region.shape === 'mask' ? 1 / Math.min(picture[side], grid[side]) : 1 / picture[side]);
    return [across * pixel('width'), down * pixel('height')];
  }

  /** Hands over what arrow keys have moved. */
  flush(): void {
    if (!this.nudged) return;
    this.nudged = false;
    this.finish(this.drawn?.region);
  }

  /** Closes the polygon that is being drawn, or draws a shape where there is none. Returns whether it did something. */
  enter(): boolean {
    if (this.drag) return false;
    if (this.draft.length > 0) return this.closeDraft();
    if (this.region) return false;
    this.finish(defaultRegion(this.situation.tool, this.grid));
    return true;
  }

  /** Takes back the last vertex of the polygon that is being drawn. Returns whether there was one. */
  removeLastVertex(): boolean {
    if (this.draft.length === 0) return false;
    this.draft = this.draft.slice(0, -1);
    this.placing = false;
    return true;
  }

  private closeDraft(): boolean {
    const polygon = this.draft.length >= 3 ? tidyRegion({ shape: 'polygon', points: this.draft }) : undefined;
    if (!polygon) return false;
    this.abandon();
    this.finish(polygon);
    return true;
  }

  /** What has no area, or changes nothing, is dropped. */
  private finish(region: Region | undefined): void {
    this.drawn = undefined;
    const tidy = region && tidyRegion(region);
    if (region && !tidy) return;
    if (!sameRegion(tidy, this.situation.region)) this.handOver(tidy);
  }

  private get grid(): Size {
    return paintGrid(this.situation.picture);
  }

  private get least(): Point {
    return [1 / this.situation.picture.width, 1 / this.situation.picture.height];
  }

  private canvas({ scale }: Pointer): Canvas {
    return { scale, least: this.least };
  }
}
