import { element, setText } from '../dom';
import { limit, wholePicture } from '../model/viewport';
import { setShown } from './controls';
import type { PictureSurface } from './pictureSurface';

/** Pixels that a wheel's lines and pages stand for. */
const wheelUnits = [1, 16, 400] as const;

/** Zooming with Ctrl and the wheel, panning with the wheel, the middle button, or the space bar and the pointer. */
export class PanZoom {
  private spaceHeld = false;
  private panning: { readonly pointer: number; x: number; y: number } | undefined;

  constructor(private readonly surface: PictureSurface) {
    const { stage } = surface;
    stage.addEventListener('wheel', (event) => { this.wheel(event); }, { passive: false });
    stage.addEventListener('pointermove', (event) => { this.drag(event); });
    for (const type of ['pointerup', 'pointercancel'] as const) stage.addEventListener(type, ({ pointerId }) => { this.release(pointerId); });
    // A middle click would start the browser's own scrolling.
    stage.addEventListener('mousedown', (event) => { if (event.button === 1) event.preventDefault(); });
    this.mountBadge();
  }

  /** Shows how far the picture is enlarged, and leads back. */
  private mountBadge(): void {
    const { surface } = this;
    const badge = element('button', { class: 'picture-zoom', type: 'button', hidden: true, title: 'Show the whole picture (0)' });
    badge.addEventListener('click', () => { this.reset(); });
    badge.addEventListener('pointerdown', (event) => { event.stopPropagation(); });
    surface.stage.append(badge);
    surface.onChange(() => {
      const { zoom } = surface.viewport;
      surface.stage.classList.toggle('is-zoomed', zoom > 1);
      setShown(badge, zoom > 1);
      setText(badge, `${Math.round(zoom * 100)}%`);
    });
  }

  reset(): void {
    this.surface.look(wholePicture);
  }

  /** Zooms around the middle by a factor. */
  zoomBy(factor: number): void {
    this.surface.zoom(this.surface.viewport.zoom * factor, [0.5, 0.5]);
  }

  /** The space bar makes the pointer a hand. */
  holdSpace(held: boolean): void {
    this.spaceHeld = held;
    this.surface.stage.classList.toggle('can-pan', held);
  }

  /** Takes a press that pans. Returns whether it is one. */
  press(event: PointerEvent): boolean {
    if (event.button !== 1 && !(event.button === 0 && this.spaceHeld)) return false;
    this.panning = { pointer: event.pointerId, x: event.clientX, y: event.clientY };
    this.surface.stage.setPointerCapture(event.pointerId);
    this.surface.stage.classList.add('is-panning');
    return true;
  }

  private drag(event: PointerEvent): void {
    const { panning } = this;
    if (panning?.pointer !== event.pointerId) return;
    this.surface.pan(event.clientX - panning.x, event.clientY - panning.y);
    panning.x = event.clientX;
    panning.y = event.clientY;
  }

  private release(pointer: number): void {
    if (this.panning?.pointer !== pointer) return;
    this.panning = undefined;
    this.surface.stage.classList.remove('is-panning');
  }

  private wheel(event: WheelEvent): void {
    const { surface } = this;
    const unit = wheelUnits[event.deltaMode as 0 | 1 | 2];
    if (event.ctrlKey || event.metaKey) {
      const [x, y] = surface.place(event);
      // A pinch sends many small steps, a wheel few large ones.
      const step = limit(event.deltaY * unit, -60, 60);
      surface.zoom(surface.viewport.zoom * Math.exp(-step / 200), [x / surface.size.width, y / surface.size.height]);
    } else if (surface.viewport.zoom > 1) {
      const [across, down] = event.shiftKey ? [event.deltaY, event.deltaX] : [event.deltaX, event.deltaY];
      surface.pan(-across * unit, -down * unit);
    } else return;
    event.preventDefault();
  }
}
