import type { GeneratorDescription } from '../generators/description';
import { eigenvalueOf, localityRatio, originOf, stemOf } from '../../shared/direction/directionFile';
import type { DirectionFile } from '../../shared/direction/directionFile';
import { formatRanges } from '../../shared/numberList';
import { formatRegion } from '../../shared/region';
import type { Region } from '../../shared/region';
import { counted } from '../../shared/table';
import { Html, html } from './html';
import { reportStyle } from './reportStyle';
import type { Reproduction } from './reproduction';

/** All that a report says. Pictures are WebP files. */
export interface ReportContent {
  /** What made it, with its version. */
  readonly program: string;
  readonly generator: Pick<GeneratorDescription, 'name' | 'architecture' | 'resolution' | 'w_dim' | 'c_dim' | 'layers' | 'licence'> & { readonly sha256: string };
  /** What the strips show; without psi where truncation has no effect. */
  readonly samples: { readonly seeds: readonly number[]; readonly psi?: number };
  readonly groups: readonly ReportGroup[];
  /** Between all directions, in the order in which they were given. */
  readonly cosines: readonly (readonly number[])[];
  readonly reproductions: readonly Reproduction[];
}

/** The directions for one region. */
export interface ReportGroup {
  readonly strips: readonly ReportStrip[];
  readonly region?: Region;
  /** A sample with the region's edge on it. */
  readonly picture?: Uint8Array;
}

export interface ReportStrip {
  /** Its number among those that were given, from 0. */
  readonly index: number;
  readonly direction: DirectionFile;
  readonly alphas: readonly number[];
  /** [samples, alphas] */
  readonly pictures: readonly (readonly Uint8Array[])[];
}

/** Nothing is loaded and nothing runs, whatever a direction is called. */
const policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/** The report as an HTML file. */
export function reportPage(content: ReportContent): string {
  const { generator, groups, program } = content;
  const directions = groups.flatMap(({ strips }) => strips.map(({ direction }) => direction));
  const title = `${counted(directions.length, 'direction')} of ${generator.name}`;
  const page = html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="${program}">
<title>${title}</title>
<style>${new Html(reportStyle)}</style>
</head>
<body>
<header>
<h1>${title}</h1>
<p class="lead">Region-based latent directions: each changes a region of the picture and leaves the rest alone. The strips show ${samplesText(content.samples)}.</p>
</header>
<main>
${generatorSection(generator)}
${groups.map((group, i) => groupSection(group, i, content))}
${directions.length > 1 ? likenessSection(directions, cosinesOf(content)) : undefined}
${reproductionSection(content.reproductions, directions)}
</main>
<footer>Made by ${program}.</footer>
</body>
</html>
`;
  return page.text;
}

function generatorSection({ name, architecture, resolution, w_dim, c_dim, layers, licence, sha256 }: ReportContent['generator']): Html {
  return html`<section>
<h2>Generator</h2>
<dl class="facts">
${fact('Name', name)}
${fact('Architecture', `${architecture}, ${resolution} px`)}
${fact('Latent space', `w of ${w_dim} numbers, ${counted(layers.length, 'layer')}${c_dim > 0 ? `, ${c_dim} classes` : ''}`)}
${fact('Licence', licence ?? 'not known')}
${fact('SHA-256', html`<code>${sha256}</code>`)}
</dl>
</section>`;
}

function samplesText({ seeds, psi }: ReportContent['samples']): string {
  return `${seeds.length === 1 ? 'seed' : 'seeds'} ${formatRanges(seeds)}${psi === undefined ? '' : ` at psi ${psi}`}`;
}

function fact(name: string, value: Html | string): Html {
  return html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
}

function groupSection(group: ReportGroup, index: number, { samples }: ReportContent): Html {
  const { strips, region, picture } = group;
  const stems = [...new Set(strips.map(({ direction }) => stemOf(direction.name)))];
  const largest = Math.max(...strips.map(({ direction }) => eigenvalueOf(direction)));
  return html`<section aria-labelledby="group-${index}">
<h2 id="group-${index}">${region ? 'Region' : 'Without a region'}: ${separated(stems.map(nameOf), ', ')}</h2>
${region && picture ? html`<figure class="region">
${image(picture, `A sample with the region outlined: ${formatRegion(region)}`)}
<figcaption>${formatRegion(region)}${region.shape === 'box' || region.shape === 'ellipse' ? ', in fractions of the picture' : ''}, on seed ${samples.seeds[0]}</figcaption>
</figure>` : undefined}
<div class="wide"><table class="directions">
<thead><tr><th scope="col">Direction</th><th scope="col">Space</th><th scope="col">Layers</th><th scope="col">Eigenvalue</th><th scope="col" title="Mean squared change inside of the region over that outside">Inside/outside</th><th scope="col">Alpha</th><th scope="col">Samples</th><th scope="col">Preset</th><th scope="col">Tau</th></tr></thead>
<tbody>
${strips.map(({ direction }) => directionRow(direction, largest))}
</tbody>
</table></div>
${strips.map((strip) => stripFigure(strip, samples))}
</section>`;
}

function directionRow(direction: DirectionFile, largest: number): Html {
  const { name, latent, discovery, metrics, edit } = direction;
  return html`<tr><th scope="row">${nameOf(name)}</th><td>${latent.space}</td><td>${formatRanges(latent.layers)}</td>${
    discovery ? html`<td class="number"><span class="bar" style="--share: ${(largest > 0 ? Math.max(0, discovery.eigenvalue / largest) : 0).toFixed(4)}"></span> ${short(discovery.eigenvalue)}</td>` : html`<td class="none">none</td>`
  }${metrics ? html`<td class="number">${short(localityRatio(metrics))}</td>` : html`<td class="none">not measured</td>`
  }<td>${alphaText(edit.alpha[0])} to ${alphaText(edit.alpha[1])}</td>${
    discovery ? html`<td>${discovery.seeds}</td><td>${discovery.preset}</td><td class="number">${discovery.tau}</td>` : html`<td colspan="3">${originOf(direction)}</td>`
  }</tr>
`;
}

function stripFigure({ direction, alphas, pictures }: ReportStrip, { seeds }: ReportContent['samples']): Html {
  const baseline = alphas.indexOf(0);
  const mark = (column: number) => (column === baseline ? html` class="unedited"` : undefined);
  return html`<figure class="strip">
<figcaption><strong>${nameOf(direction.name)}</strong>${measurement(direction)}</figcaption>
<div class="wide"><table>
<thead><tr><th scope="col">alpha</th>${alphas.map((alpha, column) => html`<th scope="col"${mark(column)}>${alphaText(alpha)}</th>`)}</tr></thead>
<tbody>
${pictures.map((row, n) => html`<tr><th scope="row">seed ${seeds[n]}</th>${row.map((picture, column) => html`<td${mark(column)}>${image(picture, `seed ${seeds[n]} at alpha ${alphaText(alphas[column]!)}`)}</td>`)}</tr>
`)}</tbody>
</table></div>
</figure>
`;
}

/** What a direction was measured to do, in words. */
function measurement(direction: DirectionFile): string {
  const { metrics, discovery } = direction;
  if (!metrics) return discovery ? ', not measured' : `, from ${originOf(direction)}`;
  return `: at alpha ${short(metrics.alpha)} the inside changes by ${short(metrics.insideMse)}, the outside by ${short(metrics.outsideMse)} (mean squares in the \u22121..1 range, seeds ${metrics.seeds})`;
}

/** In the order of the groups, as everything else. */
function cosinesOf({ groups, cosines }: ReportContent): readonly (readonly number[])[] {
  const order = groups.flatMap(({ strips }) => strips.map(({ index }) => index));
  return order.map((row) => order.map((column) => cosines[row]![column]!));
}

function likenessSection(directions: readonly DirectionFile[], cosines: readonly (readonly number[])[]): Html {
  return html`<section>
<h2>How alike they are</h2>
<p>|cos| between the directions as edits of all layers: 1 is the same direction, 0 has nothing in common.</p>
<div class="wide"><table class="likeness">
<thead><tr><td></td>${directions.map(({ name }) => html`<th scope="col"><span>${nameOf(name)}</span></th>`)}</tr></thead>
<tbody>
${directions.map(({ name }, row) => html`<tr><th scope="row">${nameOf(name)}</th>${cosines[row]!.map((cosine) => html`<td style="--cos: ${Math.abs(cosine).toFixed(4)}">${Math.abs(cosine).toFixed(2)}</td>`)}</tr>
`)}</tbody>
</table></div>
</section>`;
}

function reproductionSection(reproductions: readonly Reproduction[], directions: readonly DirectionFile[]): Html {
  const others = directions.filter(({ discovery }) => !discovery);
  return html`<section>
<h2>To find them again</h2>
${reproductions.length > 0 ? html`<p>The generator is named as its folder, or embedded; the same program gives the same files.</p>` : undefined}
${reproductions.map(({ command, names, note }) => html`<figure class="command">
<figcaption>${separated(names.map(nameOf), ', ')}</figcaption>
<pre><code>${command}</code></pre>
${note === undefined ? undefined : html`<p class="quiet">${note}</p>`}
</figure>
`)}
${others.length > 0 ? html`<ul>
${others.map((direction) => html`<li>${nameOf(direction.name)} comes from ${originOf(direction)}${sourceHash(direction)}</li>
`)}</ul>` : undefined}
</section>`;
}

function sourceHash({ source }: DirectionFile): Html | undefined {
  return source?.kind === 'npy' ? html` (SHA-256 <code>${source.sha256}</code>)` : undefined;
}

/** A name keeps its own direction of writing to itself. */
function nameOf(name: string): Html {
  return html`<bdi>${name}</bdi>`;
}

function separated(parts: readonly Html[], separator: string): Html[] {
  return parts.flatMap((part, i) => (i === 0 ? [part] : [new Html(separator), part]));
}

function image(file: Uint8Array, description: string): Html {
  return html`<img src="data:image/webp;base64,${Buffer.from(file).toString('base64')}" alt="${description}">`;
}

function alphaText(alpha: number): string {
  const rounded = Number(alpha.toPrecision(3)) + 0;
  return rounded > 0 ? `+${rounded}` : `${rounded}`.replace('-', '\u2212');
}

/** Three digits, powers of ten only where nothing else is readable. */
function short(value: number): string {
  if (value !== 0 && (Math.abs(value) >= 1e6 || Math.abs(value) < 1e-4)) return value.toExponential(1);
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
