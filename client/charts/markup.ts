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

/** A duration with the digits that count, in the unit in which it is short: it has to fit beside an axis. */
export function formatTime(ms: number): string {
  if (ms >= 1000) return `${Number((ms / 1000).toPrecision(3))} s`;
  if (ms > 0 && ms < 0.01) return `${Number((ms * 1000).toPrecision(3))} µs`;
  return `${Number(ms.toPrecision(3))} ms`;
}

/** A count with k or M. */
export function formatCount(count: number): string {
  if (count >= 1e6) return `${Number((count / 1e6).toPrecision(3))} M`;
  return count >= 10_000 ? `${Number((count / 1000).toPrecision(3))} k` : `${Number(count.toPrecision(4))}`;
}
