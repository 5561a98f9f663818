/** The style of a report: light or dark as the reader's system is, and for paper. */
export const reportStyle = `
:root { color-scheme: light dark; --ink: #1b1f24; --quiet: #59636e; --page: #fff; --line: #d1d9e0; --band: #f3f5f7; --accent: #0969da; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e9ed; --quiet: #9aa4af; --page: #16191d; --line: #343a42; --band: #20242a; --accent: #58a6ff; }
}
* { box-sizing: border-box; }
body { background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; margin: 0 auto; max-width: 1080px; padding: 32px 24px 48px; }
h1 { font-size: 26px; line-height: 1.25; margin: 0 0 4px; overflow-wrap: anywhere; }
h2 { border-bottom: 1px solid var(--line); font-size: 19px; margin: 40px 0 14px; overflow-wrap: anywhere; padding-bottom: 6px; }
p { margin: 0 0 12px; }
.lead, .quiet, figcaption, footer { color: var(--quiet); }
figure { margin: 0; }
figcaption { font-size: 14px; }
figcaption strong { color: var(--ink); }
code { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; font-size: 13px; }
.facts { display: grid; gap: 6px 24px; grid-template-columns: max-content minmax(0, 1fr); margin: 0; }
.facts > div { display: contents; }
.facts dt { color: var(--quiet); }
.facts dd { margin: 0; overflow-wrap: anywhere; }
.region { display: flex; flex-direction: column; gap: 6px; margin-bottom: 18px; }
.region img { border-radius: 4px; display: block; height: auto; max-width: 100%; width: 240px; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; }
th { font-weight: 600; text-align: left; }
.directions { width: 100%; }
.directions th, .directions td { border-bottom: 1px solid var(--line); padding: 5px 14px 5px 0; vertical-align: baseline; }
.directions thead th { color: var(--quiet); font-size: 13px; font-weight: 500; white-space: nowrap; }
.directions td { white-space: nowrap; }
.directions tbody th { overflow-wrap: anywhere; }
.number, .likeness td { font-variant-numeric: tabular-nums; }
.none { color: var(--quiet); }
.bar { background: linear-gradient(to right, var(--accent) calc(100% * var(--share)), var(--band) 0); border-radius: 2px; display: inline-block; height: 8px; margin-right: 6px; print-color-adjust: exact; -webkit-print-color-adjust: exact; width: 72px; }
.strip { break-inside: avoid; margin-top: 26px; }
.strip table { margin-top: 8px; }
.strip th { color: var(--quiet); font-size: 13px; font-variant-numeric: tabular-nums; font-weight: 400; }
.strip thead th { padding: 0 2px 3px; text-align: center; }
.strip thead th:first-child, .strip tbody th { padding-right: 10px; text-align: right; white-space: nowrap; }
.strip td { padding: 2px; }
.strip .unedited { background: var(--band); color: var(--ink); font-weight: 600; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.strip img { border-radius: 3px; display: block; height: auto; max-width: 128px; width: 100%; }
.likeness th, .likeness td { padding: 4px 8px; }
.likeness thead th { font-weight: 500; text-align: center; vertical-align: bottom; }
.likeness thead span { display: inline-block; max-height: 160px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; writing-mode: vertical-rl; rotate: 180deg; }
.likeness tbody th { font-weight: 500; padding-left: 0; text-align: right; }
.likeness td { text-align: center; }
.likeness tbody td { background: color-mix(in srgb, var(--accent) calc(60% * var(--cos)), transparent); print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.command { margin-top: 14px; }
pre { background: var(--band); border-radius: 6px; margin: 4px 0 8px; overflow-wrap: anywhere; padding: 12px 14px; white-space: pre-wrap; }
footer { border-top: 1px solid var(--line); font-size: 13px; margin-top: 40px; padding-top: 12px; }
@media print {
  :root { --ink: #000; --quiet: #444; --page: #fff; --line: #bbb; --band: #eee; --accent: #0969da; }
  body { font-size: 11pt; max-width: none; padding: 0; }
  h2 { break-after: avoid; }
  .wide { overflow: visible; }
  .strip img { max-width: 22mm; }
}
`;
