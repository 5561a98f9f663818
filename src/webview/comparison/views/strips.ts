import type { ComparisonView, PictureUpdate, PicturesRequest } from '../../../shared/protocol/comparisonProtocol';
import type { Frame } from '../../../shared/protocol/engineProtocol';
import { element, setText } from '../../dom';
import { decodeFile, paint } from '../../frames';
import { writeHeat, writeOpaque } from '../../model/pixels';
import { differenceOf } from '../model/difference';
import { alphaText } from '../model/wording';

/** One sample: a row of pictures for each direction, and where there are two, one of how they differ. */
interface Sample {
  readonly rows: readonly (readonly HTMLCanvasElement[])[];
  readonly differences: readonly HTMLCanvasElement[];
}

/** The same samples at the same alphas, the directions one below the other. */
export class Strips {
  readonly element = element('div', { class: 'strips' });
  private samples: readonly Sample[] = [];
  private heads: HTMLElement[][] = [];
  private places: HTMLElement[][] = [];
  private labels: readonly string[] = [];
  private readonly pixels = new WeakMap<HTMLCanvasElement, ImageData>();

  /** Makes room for pictures. Those that are there stay until new ones come, where the room is the same. */
  prepare({ comparison, sides }: ComparisonView, { seeds, alphas, alignSigns }: PicturesRequest): void {
    this.labels = comparison?.labels ?? sides.map(({ file }) => file);
    const shape = JSON.stringify([this.labels.length, seeds, alphas]);
    if (this.element.dataset.shape !== shape) this.build(seeds, alphas);
    this.element.dataset.shape = shape;
    const flipped = this.labels.map((_, i) => alignSigns && (comparison?.cosines[0]?.[i] ?? 0) < 0);
    this.samples.forEach((sample, s) => {
      sample.rows.forEach((row, d) => {
        this.heads[s]![d]!.replaceChildren(element('span', { class: 'strip-label', title: this.labels[d] }, this.labels[d]), ...(flipped[d] ? [element('span', { class: 'change' }, 'alpha negated')] : []));
        this.places[s]![d]!.classList.remove('has-problem');
        row.forEach((canvas, a) => { canvas.setAttribute('aria-label', `${this.labels[d]}, seed ${seeds[s]}, alpha ${(flipped[d] ? -1 : 1) * alphas[a]! + 0}`); });
      });
    });
  }

  /** Takes a picture in, or the reason why a direction has none. */
  async show(update: PictureUpdate): Promise<void> {
    if ('problem' in update) {
      this.tellProblem(update.direction, update.problem);
      return;
    }
    const sample = this.samples[update.seed];
    const canvas = sample?.rows[update.direction]?.[update.alpha];
    if (!sample || !canvas) return;
    const drawn = await draw(canvas, update.frame);
    if (!drawn) return;
    this.pixels.set(canvas, drawn);
    this.showDifference(sample, update.alpha);
  }

  private build(seeds: readonly number[], alphas: readonly number[]): void {
    const picture = () => element('canvas', { class: 'strip-picture', role: 'img', width: 64, height: 64 });
    this.samples = seeds.map(() => ({
      rows: this.labels.map(() => alphas.map(picture)),
      differences: this.labels.length === 2 ? alphas.map(() => element('canvas', { class: 'strip-picture difference', 'aria-hidden': 'true', width: 64, height: 64 })) : [],
    }));
    this.heads = seeds.map(() => this.labels.map(() => element('div', { class: 'strip-head' })));
    this.places = this.samples.map(({ rows }) => rows.map((row) => placed(row)));
    this.element.style.setProperty('--columns', String(alphas.length));
    this.element.replaceChildren(
      element('div', { class: 'strip-row strip-alphas' }, element('div', { class: 'strip-head' }, 'alpha'), placed(alphas.map((alpha) => element('span', {}, alphaText(alpha))))),
      ...this.samples.map((sample, s) => element('section', { class: 'strip-sample', 'aria-label': `Seed ${seeds[s]!}` },
        element('h3', {}, `seed ${seeds[s]!}`),
        ...sample.rows.map((_, d) => element('div', { class: 'strip-row' }, this.heads[s]![d], this.places[s]![d])),
        sample.differences.length === 0 ? undefined : element('div', { class: 'strip-row' }, element('div', { class: 'strip-head quiet' }, 'difference'), placed(sample.differences)),
      )),
    );
  }

  private tellProblem(direction: number, problem: string): void {
    this.places.forEach((sample, s) => {
      const place = sample[direction]!;
      place.classList.add('has-problem');
      const reason = place.querySelector('.strip-problem') ?? place.appendChild(element('p', { class: 'strip-problem' }));
      setText(reason, s === 0 ? problem : 'no pictures, see above');
    });
  }

  private showDifference(sample: Sample, alpha: number): void {
    const target = sample.differences[alpha];
    const [a, b] = sample.rows.map((row) => this.pixels.get(row[alpha]!));
    if (!target || !a || a.width !== b?.width || a.height !== b.height) return;
    paint(target, a, (rgba) => { writeHeat(differenceOf(a.data, b.data), rgba); });
  }
}

function placed(things: readonly HTMLElement[]): HTMLElement {
  return element('div', { class: 'strip-pictures' }, ...things);
}

/** Draws a frame and returns its pixels; nothing where it cannot be read. */
async function draw(canvas: HTMLCanvasElement, frame: Frame): Promise<ImageData | undefined> {
  const bitmap = frame.format === 'webp' ? await decodeFile(frame) : undefined;
  if (frame.format === 'webp' && !bitmap) return undefined;
  const { width, height } = bitmap ?? frame;
  [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  if (bitmap) {
    context.drawImage(bitmap, 0, 0);
    bitmap.close();
    return context.getImageData(0, 0, width, height);
  }
  const image = new ImageData(width, height);
  writeOpaque(frame.data, image.data);
  context.putImageData(image, 0, 0);
  return image;
}
