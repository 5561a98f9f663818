import type { App } from '../app';
import type { Pointer, RegionEditor } from '../model/regionEditor';
import type { Handle } from '../model/regionTools';
import type { BrushSize } from './brushSize';
import type { PanZoom } from './panZoom';
import type { PictureSurface } from './pictureSurface';
import type { RegionOverlay } from './regionOverlay';

/** Arrow keys within so many milliseconds are one step for undo. */
const nudgePause = 500;

/** CSS pixels within which a handle is taken hold of. */
const reachOf = { mouse: 8, pen: 10, touch: 18 } as const;

const arrows: Readonly<Record<string, readonly [across: number, down: number]>> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Leads the pointer and the keys on the picture to the editor of regions. */
export class RegionInput {
  /** The pointer whose button is held. */
  private held: number | undefined;
  /** Whether the last two presses, as of a double click, were on the bare picture. */
  private bare = [false, false];
  private nudgeTimer: ReturnType<typeof setTimeout> | undefined;
  /** How the region was last told to be while it is drawn. */
  private told: RegionEditor['preview'];

  constructor(
    private readonly surface: PictureSurface,
    private readonly app: App,
    private readonly editor: RegionEditor,
    private readonly overlay: RegionOverlay,
    private readonly panZoom: PanZoom,
    private readonly brushSize: BrushSize,
  ) {
    const { stage, canvas } = surface;
    stage.addEventListener('pointerdown', (event) => { this.press(event); });
    stage.addEventListener('pointermove', (event) => { this.move(event); });
    stage.addEventListener('pointerup', (event) => { this.release(event); });
    stage.addEventListener('pointercancel', (event) => { this.cancel(event); });
    stage.addEventListener('pointerleave', () => { overlay.point(undefined); });
    stage.addEventListener('mousedown', (event) => { this.keepFocus(event); });
    stage.addEventListener('dblclick', () => { if (this.bare.every(Boolean)) panZoom.reset(); });
    // The right button erases.
    stage.addEventListener('contextmenu', (event) => { event.preventDefault(); });
    canvas.addEventListener('keydown', (event) => { this.keyDown(event); });
    canvas.addEventListener('keyup', (event) => { this.keyUp(event); });
    canvas.addEventListener('blur', () => { this.leave(); });
  }

  /** The drawing of the region follows, and so do its directions. */
  private changed(): void {
    this.overlay.redraw();
    const { preview } = this.editor;
    if (preview === this.told) return;
    this.told = preview;
    if (preview) this.app.drawRegion(preview.region);
    else this.app.leaveRegion();
  }

  private press(event: PointerEvent): void {
    if (this.held !== undefined || this.panZoom.press(event)) return;
    const erases = event.button === 2;
    if ((event.button !== 0 && !erases) || !this.app.state.picture || !this.surface.near(this.surface.place(event))) return;
    this.held = event.pointerId;
    this.surface.stage.setPointerCapture(event.pointerId);
    const acted = this.editor.press(this.pointer(event), erases);
    this.bare = [this.bare[1]!, !acted];
    this.changed();
  }

  private move(event: PointerEvent): void {
    const pointer = this.pointer(event);
    if (this.held === event.pointerId) this.follow(event);
    else if (this.held === undefined) this.surface.stage.style.cursor = cursorOf(this.editor.hit(pointer));
    this.overlay.point(pointer);
  }

  /** The brush takes every place that the pointer came by, not just one for each picture of the screen. */
  private follow(event: PointerEvent): void {
    const passed = this.editor.painting ? event.getCoalescedEvents() : [];
    for (const each of passed.length > 0 ? passed : [event]) this.editor.dragTo(this.pointer(each));
    this.changed();
  }

  private release(event: PointerEvent): void {
    if (this.held !== event.pointerId) return;
    this.held = undefined;
    this.editor.dragTo(this.pointer(event));
    this.editor.release();
    this.surface.stage.style.cursor = cursorOf(this.editor.hit(this.pointer(event)));
    this.changed();
  }

  private cancel(event: PointerEvent): void {
    if (this.held !== event.pointerId) return;
    this.held = undefined;
    this.editor.abandon();
    this.changed();
  }

  /** A press beside the picture that is meant for its edge must not take the keyboard away from it. */
  private keepFocus(event: MouseEvent): void {
    if (event.target === this.surface.canvas || event.target instanceof HTMLButtonElement) return;
    event.preventDefault();
    this.surface.canvas.focus({ preventScroll: true });
  }

  private pointer(event: PointerEvent): Pointer {
    const { surface } = this;
    const reach = reachOf[event.pointerType as keyof typeof reachOf] ?? reachOf.mouse;
    return { point: surface.pointAt(surface.place(event)), scale: surface.scale, reach, shift: event.shiftKey, alt: event.altKey };
  }

  private keyDown(event: KeyboardEvent): void {
    if (!this.app.state.picture) return;
    const taken = event.ctrlKey || event.metaKey ? this.takeChord(event) : this.takeArrow(event) || (!event.altKey && this.takeKey(event));
    if (!taken) return;
    // VS Code has meanings of its own for many of these keys.
    event.preventDefault();
    event.stopPropagation();
    this.changed();
  }

  private takeChord(event: KeyboardEvent): boolean {
    const key = event.key.toLowerCase();
    if (key !== 'z' && key !== 'y') return false;
    if (key === 'y' || event.shiftKey) this.redo();
    else this.undo();
    return true;
  }

  private undo(): void {
    if (this.editor.removeLastVertex()) return;
    this.flush();
    this.app.undo();
  }

  private redo(): void {
    this.flush();
    this.app.redo();
  }

  private takeArrow(event: KeyboardEvent): boolean {
    const arrow = arrows[event.key];
    if (!arrow || !this.editor.region) return false;
    const [across, down] = arrow.map((step) => step * (event.shiftKey ? 8 : 1)) as [number, number];
    if (event.altKey) this.editor.stretch(across, down);
    else this.editor.nudge(across, down);
    clearTimeout(this.nudgeTimer);
    this.nudgeTimer = setTimeout(() => { this.flush(); }, nudgePause);
    return true;
  }

  private takeKey({ key }: KeyboardEvent): boolean {
    switch (key) {
      case 'Enter':
        return this.editor.enter();
      case 'Escape':
        return this.editor.abandon();
      case 'Delete':
      case 'Backspace':
        return this.editor.removeLastVertex() || this.clear();
      case '[':
        this.brushSize.radius /= 1.2;
        return true;
      case ']':
        this.brushSize.radius *= 1.2;
        return true;
      case '0':
        this.panZoom.reset();
        return true;
      case '+':
      case '=':
        this.panZoom.zoomBy(1.5);
        return true;
      case '-':
        this.panZoom.zoomBy(1 / 1.5);
        return true;
      case 'c':
        this.app.setComparing(true);
        return true;
      case ' ':
        this.panZoom.holdSpace(true);
        return true;
      default:
        return false;
    }
  }

  private clear(): boolean {
    if (!this.editor.region || this.editor.busy) return false;
    this.flush();
    this.app.setRegion(undefined);
    return true;
  }

  private keyUp({ key }: KeyboardEvent): void {
    if (key === ' ') this.panZoom.holdSpace(false);
    if (key === 'c' || key === 'C') this.app.setComparing(false);
  }

  /** The keyboard goes elsewhere: nothing stays held, and nothing that was nudged is lost. */
  private leave(): void {
    this.panZoom.holdSpace(false);
    if (this.app.state.comparing) this.app.setComparing(false);
    this.flush();
  }

  private flush(): void {
    clearTimeout(this.nudgeTimer);
    this.editor.flush();
    this.changed();
  }
}

function cursorOf(hit: Handle | 'inside' | undefined): string {
  if (!hit) return 'crosshair';
  if (hit === 'inside') return 'move';
  if (hit.kind !== 'frame') return hit.kind === 'edge' ? 'copy' : 'grab';
  if (hit.across === 0) return 'ns-resize';
  if (hit.down === 0) return 'ew-resize';
  return hit.across === hit.down ? 'nwse-resize' : 'nesw-resize';
}
