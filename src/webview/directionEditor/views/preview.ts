import type { Point, Region } from '../../../shared/region';
import { outline } from '../../../shared/region';
import { element, setAttributes, setText, svgElement } from '../../dom';
import { compareButton } from '../../views/changeBar';
import { FrameSource, HeatSource } from '../../views/frameSource';
import { setShown, textButton } from '../../views/controls';
import { PanZoom } from '../../views/panZoom';
import { drawPicture } from '../../views/pictureView';
import { PictureSurface } from '../../views/pictureSurface';
import { doubleLine, line } from '../../views/regionOverlay';
import type { Editor, EditorState } from '../editorState';

/** The picture with the region over it; as large as its parent is. */
export function mountPreview(parent: HTMLElement, editor: Editor): void {
  const canvas = element('canvas', { class: 'picture-canvas', role: 'img', 'aria-label': 'Preview', tabindex: 0 });
  const stage = element('div', { class: 'picture-stage' }, canvas);
  parent.append(stage);
  const surface = new PictureSurface(stage, canvas);
  mountDrawing(surface, editor);
  mountRegion(surface, editor);
  mountBadge(stage, editor);
  mountKeys(canvas, new PanZoom(surface), editor);
  mountCover(parent, editor);
}

function mountDrawing(surface: PictureSurface, editor: Editor): void {
  const draw = () => { drawPicture(surface, editor.state, picture.source, original.source, heat.source); };
  const picture = new FrameSource(draw);
  const original = new FrameSource(draw);
  const heat = new HeatSource();
  surface.onChange(draw);
  editor.subscribe((state, previous) => {
    if (previous && state.picture === previous.picture && state.original === previous.original && state.heat === previous.heat && state.comparing === previous.comparing && state.generator === previous.generator) return;
    const side = sideOf(state);
    picture.show(state.picture);
    original.show(state.original);
    heat.show(state.heat, side);
    surface.setPicture({ width: side, height: side });
    setAttributes(surface.canvas, { 'aria-label': `Preview of ${state.direction?.name ?? 'the direction'}` });
    draw();
  });
}

/** Of the whole picture, in pixels, also while a smaller one stands in for it; a guess until there is a generator. */
function sideOf({ generator, direction }: EditorState): number {
  return generator.kind === 'opened' ? generator.info.resolution : (direction?.generator.resolution ?? 256);
}

function mountRegion(surface: PictureSurface, editor: Editor): void {
  const drawn = doubleLine('region-active');
  surface.stage.append(svgElement('svg', { class: 'region-overlay', 'aria-hidden': 'true', focusable: 'false' }, drawn.group));
  let region: Region | undefined;
  let loops: readonly (readonly Point[])[] = [];
  const draw = () => { drawn.draw(editor.state.picture ? loops.map((loop) => `${line(loop.map((point) => surface.placeOf(point)))}Z`).join('') : ''); };
  surface.onChange(draw);
  editor.subscribe(({ direction, picture }, previous) => {
    if (direction?.region !== region) {
      region = direction?.region;
      loops = region ? outline(region, 1, 1) : [];
    } else if (previous && (picture === undefined) === (previous.picture === undefined)) return;
    draw();
  });
}

/** Says which picture it is while the original is shown. */
function mountBadge(stage: HTMLElement, editor: Editor): void {
  const badge = element('div', { class: 'picture-badge', hidden: true }, 'Original');
  stage.append(badge);
  editor.subscribe(({ comparing, picture, original }) => {
    setShown(badge, comparing && picture !== undefined && original !== undefined);
  });
}

function mountKeys(canvas: HTMLCanvasElement, panZoom: PanZoom, editor: Editor): void {
  canvas.addEventListener('keydown', ({ key, ctrlKey, metaKey }) => {
    if (ctrlKey || metaKey) return;
    if (key === '+') panZoom.zoomBy(1.25);
    if (key === '-') panZoom.zoomBy(0.8);
    if (key === '0') panZoom.reset();
    if (key.toLowerCase() === 'c' && !editor.state.comparing) editor.setComparing(true);
  });
  for (const type of ['keyup', 'blur']) canvas.addEventListener(type, () => { if (editor.state.comparing) editor.setComparing(false); });
  canvas.addEventListener('pointerdown', (event) => { panZoom.press(event); });
}

/** What stands in the place of a picture that is not there. */
function mountCover(parent: HTMLElement, editor: Editor): void {
  const words = element('p', { role: 'status' });
  const loading = element('div', { class: 'cover' }, element('vscode-progress-ring', { 'aria-hidden': 'true' }), words);
  const reason = element('p', { class: 'cover-reason' });
  const importing = textButton('primary', undefined, () => { editor.run('importGenerator'); }, 'Import Generator');
  const again = textButton('secondary', undefined, () => { editor.tryAgain(); }, 'Try again');
  const none = element('div', { class: 'cover', role: 'alert' }, element('h2', {}, 'There is no preview'), reason, element('div', { class: 'cover-buttons' }, importing, again));
  parent.append(loading, none);

  editor.subscribe(({ generator, picture, problem }) => {
    const obstacle = generator.kind === 'missing' || generator.kind === 'failed' ? generator.reason : picture ? undefined : problem;
    setShown(none, obstacle !== undefined);
    setText(reason, obstacle ?? '');
    setShown(importing, generator.kind === 'missing');
    setShown(loading, obstacle === undefined && !picture);
    setText(words, generator.kind === 'opened' ? 'Drawing the picture' : 'Opening the generator');
  });
}

/** The button that shows the sample without the edit for as long as it is held. */
export function holdToCompare(editor: Editor): ReturnType<typeof compareButton> {
  const button = compareButton(editor);
  editor.subscribe(({ comparing }) => {
    if (`${comparing}` !== button.ariaPressed) button.ariaPressed = `${comparing}`;
  });
  return button;
}
