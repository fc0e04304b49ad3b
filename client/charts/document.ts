import { escapeHtml } from './markup.ts';
import { style } from './style.ts';

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
