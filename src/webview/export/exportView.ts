import { sixDigits } from '../../shared/direction/directionFile';
import { frameRates } from '../../shared/frameOrder';
import { alphaLimits, formatRanges, parseInteger, parseNumber, parseSeeds, psiLimits } from '../../shared/numberList';
import { loopLimits, pictureSizes, stepLimits } from '../../shared/protocol/exportProtocol';
import { element, setAttributes, setText } from '../dom';
import type { ExportApp, ExportState } from './exportApp';
import { CheckField, SelectField, TextInput, button } from './fields';
import { formatsOf, isVideo, previewPlan, repeatLimits, summaryOf, usedDirections } from './model/exportPlan';
import type { DirectionSetting, ExportSettings, FigureKind, FileFormat } from './model/exportPlan';
import { PreviewPlayer } from './previewPlayer';
import { canEncode, codecNames } from './video';

const kinds: Readonly<Record<FigureKind, string>> = { animation: 'Animated sweep', strip: 'Strip of a sweep', grid: 'Grid of directions' };
const formatNames: Readonly<Record<FileFormat, string>> = { png: 'PNG', gif: 'GIF', webp: 'WebP', mp4: 'MP4 video', webm: 'WebM video' };

/** A part of the form that is there for some settings alone. */
interface Part {
  readonly element: HTMLElement;
  readonly shown: (settings: ExportSettings) => boolean;
  /** Called when it is hidden. */
  readonly leave?: () => void;
}

/** Builds the page: what to make at the left, how it will look at the right. */
export function mountExport(parent: HTMLElement, app: ExportApp): void {
  const parts: Part[] = [];
  const form = element('form', { class: 'export-form', 'aria-label': 'What to export' },
    figureFields(app), directionFields(app, parts), sampleFields(app), lookFields(app, parts));
  form.addEventListener('submit', (event) => { event.preventDefault(); });
  const title = element('h1', { class: 'export-title' }, 'Export pictures');
  const subtitle = element('p', { class: 'quiet' }, `Generator ${app.state.start.generator.name}, ${app.state.start.generator.resolution} px`);
  parent.append(element('div', { class: 'export-page' }, element('header', { class: 'export-head' }, title, subtitle), form, previewSide(app)));
  app.subscribe(({ settings }) => {
    for (const { element: part, shown, leave } of parts) {
      if (part.hidden !== shown(settings)) continue;
      part.hidden = !part.hidden;
      if (part.hidden) leave?.();
    }
  });
}

function group(title: string, ...content: HTMLElement[]): HTMLElement {
  return element('fieldset', { class: 'export-group' }, element('legend', {}, title), ...content);
}

function figureFields(app: ExportApp): HTMLElement {
  const kind = new SelectField('Kind', (value) => {
    const chosen = value as FigureKind;
    app.change({ kind: chosen, format: formatsOf[chosen][0]! });
  });
  const format = new SelectField('Format', (value) => { app.change({ format: value as FileFormat }); });
  const codec = element('p', { class: 'quiet codec' });
  app.subscribe(({ settings, codec: chosen }) => {
    kind.show(Object.entries(kinds).map(([value, text]) => ({ value, text })), settings.kind);
    format.show(formatsOf[settings.kind].map((value) => ({ value, text: formatNames[value], disabled: isVideo(value) && !canEncode() })), settings.format);
    setText(codec, codecText(settings, chosen));
    codec.hidden = codec.textContent === '';
  });
  return group('Figure', element('div', { class: 'row' }, kind.element, format.element), codec);
}

function codecText({ kind, format }: ExportSettings, codec: ExportState['codec']): string {
  if (kind !== 'animation') return '';
  if (!canEncode()) return 'This window cannot encode videos (it has no WebCodecs); GIF and WebP are there.';
  return isVideo(format) && codec ? `Encoded as ${codecNames[codec]} by this window.` : '';
}

function directionFields(app: ExportApp, parts: Part[]): HTMLElement {
  const { directions } = app.state.settings;
  const isSweep = ({ kind }: ExportSettings) => kind !== 'grid';
  const heads = [element('th', { scope: 'col' }, 'Direction'), element('th', { scope: 'col' }, 'From'), element('th', { scope: 'col' }, 'To'), element('th', { scope: 'col' }, 'Alpha')];
  const rows = directions.map((direction, index) => directionRow(app, parts, direction, index));
  parts.push(...heads.slice(1, 3).map((head) => ({ element: head, shown: isSweep })), { element: heads[3]!, shown: (settings) => !isSweep(settings) });
  const table = element('div', { class: 'direction-list' }, element('table', {}, element('thead', {}, element('tr', {}, ...heads)), element('tbody', {}, ...rows)));

  const together = new SelectField('Several directions', (value) => { app.change({ together: value === 'together' }); });
  const both = new CheckField('Both signs: at \u2212alpha and at alpha', (bothSigns) => { app.change({ bothSigns }); });
  parts.push({ element: together.element, shown: (settings) => isSweep(settings) && usedDirections(settings).length > 1 }, { element: both.element, shown: (settings) => !isSweep(settings) });
  app.subscribe(({ settings }) => {
    together.show([{ value: 'rows', text: 'Each in a row of its own' }, { value: 'together', text: 'Together, added up' }], settings.together ? 'together' : 'rows');
    both.show(settings.bothSigns);
  });
  return group('Directions', table, together.element, both.element);
}

function directionRow(app: ExportApp, parts: Part[], { name, used, from, to, alpha }: DirectionSetting, index: number): HTMLElement {
  const change = (changed: Partial<DirectionSetting>) => {
    app.change({ directions: app.state.settings.directions.map((direction, i) => (i === index ? { ...direction, ...changed } : direction)) });
  };
  const alphaField = (key: 'from' | 'to' | 'alpha', value: number) => {
    const words = { from: 'First alpha', to: 'Last alpha', alpha: 'Alpha' }[key];
    const input = new TextInput({
      label: `${words} of ${name}`, hiddenLabel: true, class: 'number', read: (text) => parseNumber(text, words, alphaLimits),
      apply: (number) => { change({ [key]: number }); }, mark: (right) => { app.mark(`${key} ${index}`, right); },
    }, `${sixDigits(value)}`);
    const cell = element('td', {}, input.element);
    parts.push({ element: cell, shown: ({ kind }) => (kind === 'grid') === (key === 'alpha'), leave: input.leave });
    return cell;
  };
  const box = new CheckField(element('span', { class: 'direction-name', title: name }, name), (checked) => { change({ used: checked }); });
  box.show(used);
  return element('tr', {}, element('th', { scope: 'row' }, box.element), alphaField('from', from), alphaField('to', to), alphaField('alpha', alpha));
}

function sampleFields(app: ExportApp): HTMLElement {
  const { settings, start: { generator } } = app.state;
  const seeds = new TextInput({
    label: 'Seeds', class: 'seeds', placeholder: '0-3', read: (text) => parseSeeds(text, 'Seeds'),
    apply: (chosen) => { app.change({ seeds: chosen }); }, mark: (right) => { app.mark('seeds', right); },
  }, formatRanges(settings.seeds));
  const psi = new TextInput({
    label: 'Truncation psi', class: 'number', read: (text) => parseNumber(text, 'Psi', psiLimits),
    apply: (chosen) => { app.change({ psi: chosen }); }, mark: (right) => { app.mark('psi', right); },
  }, `${settings.psi}`);
  const label = new TextInput({
    label: 'Class', class: 'number', read: (text) => parseInteger(text, 'Class', { min: 0, max: Math.max(0, generator.classes - 1) }),
    apply: (chosen) => { app.change({ label: chosen }); }, mark: (right) => { app.mark('class', right); },
  }, `${settings.label ?? 0}`);
  return group('Samples', element('div', { class: 'row' }, seeds.element, ...(generator.truncates ? [psi.element] : []), ...(generator.classes > 0 ? [label.element] : [])));
}

/** Everything about how the figure looks and plays. */
function lookFields(app: ExportApp, parts: Part[]): HTMLElement {
  const { settings } = app.state;
  const count = (key: 'frames' | 'columns', label: string) => new TextInput({
    label, class: 'number', read: (text) => parseInteger(text, label, stepLimits),
    apply: (value) => { app.change({ [key]: value }); }, mark: (right) => { app.mark(key, right); },
  }, `${settings[key]}`);
  const frames = count('frames', 'Alphas (frames)');
  const columns = count('columns', 'Alphas (columns)');
  const size = new TextInput({
    label: 'Picture size in px', class: 'number', placeholder: 'as it fits', read: (text) => (text.trim() === '' ? undefined : parseInteger(text, 'Picture size', pictureSizes)),
    apply: (value) => { app.change({ size: value }); }, mark: (right) => { app.mark('size', right); },
  }, `${settings.size ?? ''}`);
  const rate = new TextInput({
    label: 'Frames a second', class: 'number', read: (text) => parseNumber(text, 'Frames a second', frameRates),
    apply: (frameRate) => { app.change({ frameRate }); }, mark: (right) => { app.mark('frameRate', right); },
  }, `${settings.frameRate}`);
  const loop = new TextInput({
    label: 'Times shown, 0 for ever', class: 'number', read: (text) => parseInteger(text, 'Times shown', loopLimits),
    apply: (times) => { app.change({ loop: times }); }, mark: (right) => { app.mark('loop', right); },
  }, `${settings.loop}`);
  const repeats = new TextInput({
    label: 'Repeats in the video', class: 'number', read: (text) => parseInteger(text, 'Repeats', repeatLimits),
    apply: (times) => { app.change({ repeats: times }); }, mark: (right) => { app.mark('repeats', right); },
  }, `${settings.repeats}`);
  const pingPong = new CheckField('Ping-pong: run back to the first alpha', (checked) => { app.change({ pingPong: checked }); });
  app.subscribe((state) => { pingPong.show(state.settings.pingPong); });
  const moves = ({ kind }: ExportSettings) => kind === 'animation';
  parts.push(
    { element: frames.element, shown: moves, leave: frames.leave },
    { element: columns.element, shown: ({ kind }) => kind === 'strip', leave: columns.leave },
    { element: rate.element, shown: moves, leave: rate.leave },
    { element: loop.element, shown: ({ kind, format }) => kind === 'animation' && !isVideo(format), leave: loop.leave },
    { element: repeats.element, shown: ({ kind, format }) => kind === 'animation' && isVideo(format), leave: repeats.leave },
    { element: pingPong.element, shown: moves },
  );
  return group('Look', element('div', { class: 'row' }, frames.element, columns.element, size.element, rate.element, loop.element, repeats.element), pingPong.element);
}

function previewSide(app: ExportApp): HTMLElement {
  const canvas = element('canvas', { class: 'preview-picture', role: 'img', 'aria-label': 'Preview of the animation', width: 1, height: 1 });
  const picture = element('img', { class: 'preview-picture', alt: 'Preview of the figure' });
  const waiting = element('p', { class: 'quiet preview-waiting' }, 'Drawing a preview\u2026');
  const player = new PreviewPlayer(canvas);
  const play = button('secondary', () => {
    player.toggle();
    showPlaying();
  });
  const showPlaying = () => { setText(play, player.isPlaying ? 'Pause' : 'Play'); };
  showPlaying();
  const note = element('p', { class: 'quiet' });
  const summary = element('p', { class: 'summary', 'aria-live': 'polite' });
  const stage = element('div', { class: 'preview-stage' }, canvas, picture, waiting);
  const bar = element('div', { class: 'preview-bar' }, play, note);

  app.subscribe(({ preview, settings, drawing, size, problem, start }) => {
    const moves = settings.kind === 'animation';
    canvas.hidden = !(moves && preview?.kind === 'frames');
    picture.hidden = !(!moves && preview?.kind === 'still');
    waiting.hidden = !(drawing && canvas.hidden && picture.hidden);
    stage.classList.toggle('drawing', drawing);
    if (preview?.kind === 'frames' && moves) player.show(preview.frames, preview.steps, settings);
    else player.stop();
    if (preview?.kind === 'still' && picture.src !== preview.address) picture.src = preview.address;
    bar.hidden = canvas.hidden;
    const { steps } = previewPlan(settings, start.generator.resolution);
    setText(note, moves && steps < settings.frames ? `The preview has ${steps} of the ${settings.frames} alphas, in small pictures.` : '');
    setText(summary, size && problem === undefined ? summaryOf(settings, size) : '');
  });
  return element('section', { class: 'preview', 'aria-label': 'Preview' }, stage, bar, summary, exportBar(app));
}

function exportBar(app: ExportApp): HTMLElement {
  const go = button('primary', () => { void app.export(); }, 'Export\u2026');
  const cancel = button('secondary', () => { app.cancel(); }, 'Cancel');
  const progress = element('progress', { max: 1, value: 0, 'aria-label': 'Progress of the export' });
  const problem = element('p', { class: 'problem', role: 'alert' });
  const outcome = element('p', { class: 'outcome', role: 'status' });
  app.subscribe(({ exporting, problem: reason, outcome: end }) => {
    go.disabled = !app.ready;
    cancel.hidden = exporting === undefined;
    progress.hidden = exporting === undefined;
    progress.value = exporting ?? 0;
    setText(problem, reason ?? '');
    problem.hidden = reason === undefined;
    setText(outcome, end?.text ?? '');
    outcome.classList.toggle('wrong', end?.wrong ?? false);
    const state = exporting === undefined ? (app.ready ? 'ready' : 'waiting') : 'exporting';
    if (document.body.dataset.state !== state) setAttributes(document.body, { 'data-state': state });
  });
  return element('div', { class: 'export-bar' }, problem, element('div', { class: 'export-buttons' }, go, cancel, progress), outcome);
}
