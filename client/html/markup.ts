/** Text as it may stand between tags and in attributes. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** A coordinate or a figure, as short as it may be on a screen. */
export function short(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** Milliseconds with the digits that count. */
export function formatTime(ms: number): string {
  if (ms >= 10_000) return `${Number((ms / 1000).toPrecision(3))} s`;
  return `${Number(ms.toPrecision(3))} ms`;
}

/** A count with k or M. */
export function formatCount(count: number): string {
  if (count >= 1e6) return `${Number((count / 1e6).toPrecision(3))} M`;
  return count >= 10_000 ? `${Number((count / 1000).toPrecision(3))} k` : `${Number(count.toPrecision(4))}`;
}
