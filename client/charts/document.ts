import { escapeHtml } from './markup.ts';

/**
 * A page that is all in one file: no script, no font, no picture from anywhere, and a policy that says so. `body` is
 * HTML.
 */
export function renderDocument(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
${body}
</body>
</html>
`;
}

/** A part of the page with a heading; `note` says what is to be known. */
export function renderSection(heading: string, note: string, contents: string): string {
  const faint = note === '' ? '' : `<p class="faint">${escapeHtml(note)}</p>`;
  return `<section><h2>${escapeHtml(heading)}</h2>${faint}${contents}</section>`;
}

/** The same, below something else. */
export function renderSectionBelow(heading: string, note: string, contents: string): string {
  return `<div class="apart">${renderSection(heading, note, contents)}</div>`;
}

/** A figure that is seen first. */
export function renderTile(name: string, figure: string, note: string): string {
  return `<div class="tile">${escapeHtml(name)}<b>${escapeHtml(figure)}</b><span class="faint">${escapeHtml(note)}</span></div>`;
}

/** Names and values. */
export function renderFacts(facts: readonly (readonly [string, string])[]): string {
  const rows = facts.map(
    ([name, value]) => `<tr><td>${escapeHtml(name)}</td><td>${escapeHtml(value)}</td></tr>`,
  );
  return `<div class="wide"><table class="facts">${rows.join('')}</table></div>`;
}

/** A table of figures with a head; with `prose`, of sentences. */
export function renderTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  kind: 'figures' | 'prose' = 'figures',
): string {
  const line = (cells: readonly string[], tag: 'td' | 'th'): string =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('')}</tr>`;
  return `<div class="wide"><table class="${kind}">${line(head, 'th')}${rows.map((row) => line(row, 'td')).join('')}</table></div>`;
}

/** The page's own style: two colour schemes, and one column where there is no room for more. */
const style = `
:root { color-scheme: light dark; --back: #ffffff; --card: #f5f6f8; --text: #1b1f27; --faint: #5a6270; --grid: #dde1e7;
  --c1: #2463c9; --c2: #d9480f; --c3: #2b8a3e; --c4: #9c36b5; --c5: #b08900; --c6: #8a93a1; --c7: #0c8599;
  --bad: #c92a2a; }
@media (prefers-color-scheme: dark) { :root { --back: #14171c; --card: #1d2128; --text: #e8eaee; --faint: #a3abb8;
  --grid: #353c47; --c1: #74a9ff; --c2: #ff9f6b; --c3: #69d57d; --c4: #da8df0; --c5: #e3c04d; --c6: #8791a0; --c7: #5fd0de;
  --bad: #ff8787; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 16px; max-width: 1240px; background: var(--back); color: var(--text);
  font: 15px/1.45 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.35rem; margin: 0 0 2px; }
h2 { font-size: 1rem; margin: 0 0 6px; }
p { margin: 4px 0; } .faint { color: var(--faint); font-size: .87rem; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(140px, 1fr)); gap: 10px; margin: 14px 0; }
.tile, section { background: var(--card); border-radius: 10px; padding: 12px; min-width: 0; }
.tile b { display: block; font-size: 1.3rem; font-variant-numeric: tabular-nums; }
.apart { margin-top: 12px; } .narrow { max-width: 620px; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 370px), 1fr)); gap: 12px; }
.warn { border-left: 4px solid var(--bad); padding: 6px 10px; margin: 10px 0; background: var(--card); }
svg { display: block; width: 100%; height: auto; }
.charts section { display: flex; flex-direction: column; } .frame { margin-top: auto; }
svg text { fill: var(--faint); font: 12px system-ui, sans-serif; }
.grid { stroke: var(--grid); fill: none; } .line { fill: none; stroke-width: 1.8; stroke-linejoin: round; }
circle { fill: transparent; }
.legend { margin-bottom: 8px; display: flex; flex-wrap: wrap; gap: 2px 12px; font-size: .82rem; color: var(--faint); }
.legend i { display: inline-block; width: 10px; height: 10px; border-radius: 3px; margin-right: 4px; }
table { border-collapse: collapse; width: 100%; font-size: .87rem; font-variant-numeric: tabular-nums; }
td, th { padding: 3px 8px 3px 0; text-align: right; vertical-align: top; border-top: 1px solid var(--grid); }
td:first-child, th:first-child, .prose td, .prose th { text-align: left; }
td, th { white-space: nowrap; overflow-wrap: normal; } .figures td:first-child { white-space: normal; }
.prose td + td, .facts td + td { white-space: normal; overflow-wrap: anywhere; }
 .wide { overflow-x: auto; margin-top: 12px; }
 pre { overflow-x: auto; margin: 12px 0 0; }
.facts td { text-align: left; } .facts td:first-child { color: var(--faint); }
`;
