/** @param {number} count */
export const formatCount = (count) =>
  count.toLocaleString('en', { maximumFractionDigits: count < 100 ? 1 : 0 });

/** @param {number} ms */
export function formatMs(ms) {
  if (ms < 1) return `${Math.round(ms * 1000)} µs`;
  if (ms < 100) return `${Number(ms.toFixed(1))} ms`;
  return ms < 1000 ? `${Math.round(ms)} ms` : `${Number((ms / 1000).toFixed(1))} s`;
}

/** @param {number} ms */
export function formatAge(ms) {
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.floor(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** @param {number} bytes */
export function formatBytes(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 2 ** 20
    ? `${Number((bytes / 1024).toFixed(1))} KiB`
    : `${Number((bytes / 2 ** 20).toFixed(1))} MiB`;
}

/** Groups the digits of an int64, which a number would round. @param {string} digits */
export const formatInteger = (digits) => digits.replace(/\B(?=(\d{3})+$)/g, ',').replace('-', '\u2212');

/** The method without its service: no two have the same name. @param {string} path such as /NumStore/SetNum */
export const methodOf = (path) => path.slice(path.lastIndexOf('/') + 1);
