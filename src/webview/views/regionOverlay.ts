import type { Point, Region } from '../../shared/region';
import { outline } from '../../shared/region';
import type { App } from '../app';
import type { AppState } from '../appState';
import { setAttributes, svgElement } from '../dom';
import { changed } from '../model/changed';
import type { Pointer, RegionEditor } from '../model/regionEditor';
import { boundsOf } from '../model/regionTools';
import type { BrushSize } from './brushSize';
import type { PictureSurface } from './pictureSurface';

/** Half the side of a handle in CSS pixels. */
const handleRadius = 4;

/** The drawing of the regions above the picture. It takes no input. */
export class RegionOverlay {
  private readonly others = svgElement('g', { class: 'region-others' });
  private readonly active = doubleLine('region-active');
  private readonly draft = doubleLine('region-draft');
  private readonly handles = svgElement('g', { class: 'region-handles' });
  private readonly brush = doubleCircle('region-brush');
  private readonly outlines = new WeakMap<Region, readonly (readonly Point[])[]>();
  private pointer: Pointer | undefined;
  private frame: number | undefined;
  private othersAreOld = true;

  constructor(
    private readonly surface: PictureSurface,
    private readonly app: App,
    private readonly editor: RegionEditor,
    private readonly brushSize: BrushSize,
  ) {
    const drawing = svgElement('svg', { class: 'region-overlay', 'aria-hidden': 'true', focusable: 'false' });
    drawing.append(this.others, this.active.group, this.draft.group, this.handles, this.brush.group);
    surface.stage.append(drawing);
    surface.onChange(() => { this.redrawAll(); });
    app.subscribe((state, previous) => {
      if (!sameDrawings(state, previous) || drawnParts.some((part) => changed(state, previous, part))) this.redrawAll();
      else if (changed(state, previous, ({ panel }) => panel.shape)) this.redraw();
    });
    brushSize.subscribe(() => { this.redraw(); });
  }

  /** Where the pointer is: the brush and the loose end of a polygon follow it. */
  point(pointer: Pointer | undefined): void {
    this.pointer = pointer;
    if (this.app.state.panel.shape === 'brush' || this.editor.busy) this.redraw();
  }

  private redrawAll(): void {
    this.othersAreOld = true;
    this.redraw();
  }

  /** Draws before the next picture of the screen. */
  redraw(): void {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.draw();
    });
  }

  private draw(): void {
    const shown = isShown(this.app.state);
    if (this.othersAreOld) this.drawOthers();
    const { region } = this.editor;
    this.active.draw(region && shown ? this.path(region) : '');
    this.active.group.classList.toggle('is-behind', this.editor.draft.length > 0);
    this.active.group.classList.toggle('is-painting', this.editor.painting);
    this.drawHandles(shown);
    this.drawDraft();
    const { pointer } = this;
    const brushing = shown && this.app.state.panel.shape === 'brush' && pointer !== undefined;
    this.brush.draw(brushing ? this.surface.placeOf(pointer.point) : undefined, this.brushSize.radius * this.surface.scale[0]);
  }

  private drawOthers(): void {
    this.othersAreOld = false;
    const { regions, active } = this.app.state.panel;
    const drawn = regions.flatMap(({ name, region }, index) => (region && index !== active && isShown(this.app.state) ? [{ name, region }] : []));
    this.others.replaceChildren(
      ...drawn.flatMap(({ name, region }) => {
        const { x, y } = boundsOf(region);
        const [left, top] = this.surface.placeOf([x, y]);
        const line = doubleLine('region-other');
        line.draw(this.path(region));
        // Above its region, or below the upper edge of one that begins at the top.
        return [line.group, svgElement('text', { class: 'region-name', x: left + 2, y: top > 16 ? top - 4 : top + 13 }, name)];
      }),
    );
  }

  private drawHandles(shown: boolean): void {
    const squares = shown && !this.editor.painting ? this.editor.handles(this.surface.scale) : [];
    const nodes = squares.map(({ kind, point }) => {
      const [x, y] = this.surface.placeOf(point);
      if (kind !== 'frame') return svgElement('circle', { class: `region-handle region-handle-${kind}`, cx: x, cy: y, r: kind === 'edge' ? handleRadius - 1 : handleRadius });
      return svgElement('rect', { class: 'region-handle', x: x - handleRadius, y: y - handleRadius, width: 2 * handleRadius, height: 2 * handleRadius, rx: 1 });
    });
    this.handles.replaceChildren(...nodes);
  }

  /** The polygon that is being drawn, with a line to the pointer. */
  private drawDraft(): void {
    const { draft } = this.editor;
    const end = this.pointer && draft.length > 0 ? [this.pointer.point] : [];
    this.draft.draw(draft.length > 0 ? line([...draft, ...end].map((point) => this.surface.placeOf(point))) : '');
    if (draft.length === 0) return;
    this.handles.replaceChildren(
      ...draft.map((point, index) => {
        const [cx, cy] = this.surface.placeOf(point);
        const closes = index === 0 && draft.length >= 3;
        return svgElement('circle', { class: `region-handle region-handle-vertex${closes ? ' region-handle-closing' : ''}`, cx, cy, r: closes ? handleRadius + 2 : handleRadius - 0.5 });
      }),
    );
  }

  private path(region: Region): string {
    const loops = this.outlines.get(region) ?? outline(region, 1, 1);
    this.outlines.set(region, loops);
    return loops.map((loop) => `${line(loop.map((point) => this.surface.placeOf(point)))}Z`).join('');
  }
}

/** What the drawing of all regions depends on beside their outlines and names. */
const drawnParts: readonly ((state: AppState) => unknown)[] = [({ panel }) => panel.active, isShown];

/** Directions and sliders of the regions change far more often than what is drawn of them. */
function sameDrawings(now: AppState, before: AppState | undefined): boolean {
  const [regions, earlier] = [now.panel.regions, before?.panel.regions];
  return regions === earlier || (regions.length === earlier?.length && regions.every(({ name, region }, i) => name === earlier[i]!.name && region === earlier[i]!.region));
}

function isShown({ picture }: AppState): boolean {
  return picture !== undefined;
}

/** The path through some places of the page. */
export function line(places: readonly Point[]): string {
  return `M${places.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join('L')}`;
}

/** A line that reads on any picture: light on a dark halo. */
export function doubleLine(name: string): { group: SVGGElement; draw: (path: string) => void } {
  const lines = ['region-halo', 'region-line'].map((role) => svgElement('path', { class: role }));
  const draw = (path: string) => { for (const each of lines) setAttributes(each, { d: path }); };
  return { group: svgElement('g', { class: name }, ...lines), draw };
}

function doubleCircle(name: string): { group: SVGGElement; draw: (centre: Point | undefined, radius: number) => void } {
  const circles = ['region-halo', 'region-line'].map((role) => svgElement('circle', { class: role }));
  const group = svgElement('g', { class: name }, ...circles);
  const draw = (centre: Point | undefined, radius: number) => {
    setAttributes(group, { visibility: centre ? 'visible' : 'hidden' });
    if (centre) for (const each of circles) setAttributes(each, { cx: centre[0], cy: centre[1], r: radius });
  };
  return { group, draw };
}
