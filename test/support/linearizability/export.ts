import type { History } from '../../../client/linearizability/history.ts';

/**
 * A history as one line of JSON, for other checkers such as porcupine (test/support/porcupine): integers are strings,
 * and times become ranks, equal for equal times, so that nothing is lost in a double or an int64.
 */
export function exportHistory(history: History): string {
  const times = new Float64Array(2 * history.length);
  for (let at = 0; at < history.length; at++) {
    times[2 * at] = history.start(at);
    times[2 * at + 1] = history.end(at);
  }
  const ranks = new Map([...new Set(times.sort())].map((time, rank) => [time, rank] as const));
  const operations = Array.from({ length: history.length }, (_, at) => {
    const { argument, value, total, start, end, ...rest } = history.at(at);
    return {
      ...rest,
      argument: `${argument}`,
      value: `${value}`,
      total: `${total}`,
      start: ranks.get(start),
      end: ranks.get(end),
    };
  });
  return JSON.stringify(operations);
}
