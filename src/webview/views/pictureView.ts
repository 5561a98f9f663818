import { formatRegion } from '../../shared/region';
import type { Region } from '../../shared/region';
import type { App } from '../app';
import type { AppState } from '../appState';
import { element, setText } from '../dom';
import type { Situation } from '../model/regionEditor';
import { RegionEditor } from '../model/regionEditor';
import type { Size } from '../model/viewport';
import { brushSizeOf } from './brushSize';
import { setShown } from './controls';
import { FrameSource, HeatSource } from './frameSource';
import type { Source } from './frameSource';
import { PanZoom } from './panZoom';
import { mountPictureRelease } from './pictureRelease';
import { PictureSurface } from './pictureSurface';
import { RegionInput } from './regionInput';
import { RegionOverlay } from './regionOverlay';

const instructions =
  'Draw a region of interest with the mouse: drag for a box or an ellipse, click the corners of a polygon and press Enter to close it, paint with the brush and hold Alt to erase. ' +
  'With the keyboard: Enter draws a shape, arrow keys move it, Alt and arrow keys resize it, both eight pixels at a time with Shift, Delete clears it, Control Z takes a step back. ' +
  'Hold C to see the original. Plus and minus zoom, 0 shows the whole picture.';

/** The synthesized image with the heat map and the regions over it; as large as the space that its parent gives. */
export function mountPicture(parent: HTMLElement, app: App): void {
  const canvas = element('canvas', { class: 'picture-canvas', role: 'application', 'aria-label': 'Synthesized image', 'aria-describedby': 'picture-instructions', tabindex: 0 });
  const stage = element('div', { class: 'picture-stage' }, canvas, element('p', { id: 'picture-instructions', class: 'visually-hidden' }, instructions));
  parent.append(stage);
  const surface = new PictureSurface(stage, canvas);
  mountDrawing(surface, app);
  mountEditor(surface, app);
  mountBadge(stage, app);
  mountPictureRelease(app);
}

/** Keeps the canvas up to date. */
function mountDrawing(surface: PictureSurface, app: App): void {
  const draw = () => { drawPicture(surface, app.state, picture.source, original.source, heat.source); };
  const picture = new FrameSource(draw);
  const original = new FrameSource(draw);
  const heat = new HeatSource();
  surface.onChange(draw);
  app.subscribe((state, previous) => {
    if (previous && state.picture === previous.picture && state.original === previous.original && state.heat === previous.heat && state.comparing === previous.comparing) return;
    picture.show(state.picture);
    original.show(state.original);
    heat.show(state.heat, pictureSize(state).width);
    surface.setPicture(pictureSize(state));
    draw();
  });
}

/** Under the heat map the picture steps back. */
const behindHeat = 'grayscale(1) brightness(0.6)';

/** Draws what is there of a picture, its original where they are compared, and its heat map. */
export function drawPicture({ canvas, viewport, picture: { width: whole } }: PictureSurface, { comparing }: Pick<AppState, 'comparing'>, picture: Source | undefined, original: Source | undefined, heat: Source | undefined): void {
  const context = canvas.getContext('2d')!;
  const shown = comparing && original ? original : picture;
  context.clearRect(0, 0, canvas.width, canvas.height);
  const over = comparing ? undefined : heat;
  for (const layer of [shown, over]) {
    if (!layer) continue;
    context.filter = layer !== over && over ? behindHeat : 'none';
    const [width, height] = [layer.width / viewport.zoom, layer.height / viewport.zoom];
    // Enlarged pixels keep their edges; reduced ones are averaged. A picture that is smaller than the whole one has no pixels to look at.
    context.imageSmoothingEnabled = canvas.width < width || layer.width < whole;
    context.imageSmoothingQuality = 'high';
    context.drawImage(layer, viewport.left * layer.width, viewport.top * layer.height, width, height, 0, 0, canvas.width, canvas.height);
  }
}

/** Regions over the picture, and the input that changes them. */
function mountEditor(surface: PictureSurface, app: App): void {
  const brushSize = brushSizeOf(app);
  const status = element('p', { class: 'visually-hidden', role: 'status' });
  const editor = new RegionEditor(situationOf(app.state), (region) => {
    app.setRegion(region);
    setText(status, describe(region));
  });
  brushSize.subscribe((radius) => { editor.brushRadius = radius; });
  app.subscribe((state) => { editor.setSituation(situationOf(state)); });
  const overlay = new RegionOverlay(surface, app, editor, brushSize);
  new RegionInput(surface, app, editor, overlay, new PanZoom(surface), brushSize);
  surface.stage.append(status);
}

function situationOf(state: AppState): Situation {
  const { panel } = state;
  return { tool: panel.shape, region: panel.regions[panel.active]?.region, active: panel.active, picture: pictureSize(state) };
}

/** Of the whole picture, in pixels, also while a smaller one stands in for it; a guess until there is a generator. */
function pictureSize({ info }: AppState): Size {
  const side = info?.resolution ?? 256;
  return { width: side, height: side };
}

function describe(region: Region | undefined): string {
  return region ? `Region: ${formatRegion(region)}` : 'No region';
}

/** Says which picture it is while the original is shown. */
function mountBadge(stage: HTMLElement, app: App): void {
  const badge = element('div', { class: 'picture-badge', hidden: true }, 'Original');
  stage.append(badge);
  app.subscribe(({ comparing, picture, original }) => {
    setShown(badge, comparing && picture !== undefined && original !== undefined);
    stage.classList.toggle('is-blank', picture === undefined);
  });
}
