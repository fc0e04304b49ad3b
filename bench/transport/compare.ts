import { type Load, measure, median, type Sample } from './load.ts';
import type { Subject } from './subject.ts';

/** What a case came to with one server. */
export interface Row {
  readonly case: string;
  readonly server: string;
  readonly kind: Subject['kind'];
  /** One for each round; the rounds of all servers of a case belong together. */
  readonly samples: readonly Sample[];
}

export interface CompareOptions {
  readonly rounds: number;
  readonly seconds: number;
  readonly loadOf: (subject: Subject) => Load;
  readonly say: (line: string) => void;
}

/** The servers take turns; each has its calls sized so that a run takes about as long as every other. */
export async function compare(
  name: string,
  subjects: readonly Subject[],
  { rounds, seconds, loadOf, say }: CompareOptions,
): Promise<Row[]> {
  const lanes: { readonly subject: Subject; readonly requests: number; readonly samples: Sample[] }[] = [];
  for (const subject of subjects) {
    await measure(subject, loadOf(subject), 20_000);
    const { perSecond } = await measure(subject, loadOf(subject), 20_000);
    const requests = Math.max(10_000, Math.round((perSecond * seconds) / 1_000) * 1_000);
    lanes.push({ subject, requests, samples: [] });
  }
  for (let round = 0; round < rounds; round++) {
    // Another one goes first each time.
    const first = round % lanes.length;
    for (const { subject, requests, samples } of [...lanes.slice(first), ...lanes.slice(0, first)]) {
      samples.push(await measure(subject, loadOf(subject), requests));
    }
  }
  return lanes.map(({ subject, samples }) => {
    const row = { case: name, server: subject.name, kind: subject.kind, samples };
    say(`${name}: ${subject.name}: ${Math.round(perSecondOf(row))}/s, ${cpuOf(row).toFixed(1)} us`);
    return row;
  });
}

export function perSecondOf(row: Row): number {
  return median(row.samples.map(({ perSecond }) => perSecond));
}

export function cpuOf(row: Row): number {
  return median(row.samples.map(({ cpu }) => cpu));
}

/** The median over the rounds of what `row` did as a share of what `other` did in the same round. */
export function ratio(row: Row, other: Row | undefined, of: keyof Sample): number {
  return median(row.samples.map((sample, round) => sample[of] / (other?.samples[round]?.[of] ?? Number.NaN)));
}

/** The peer of `rows` with the most requests per second, and the one with the least CPU for each. */
export function bestPeers(rows: readonly Row[]): { readonly fastest?: Row; readonly thriftiest?: Row } {
  const peers = rows.filter(({ kind }) => kind === 'peer');
  const [fastest] = peers.toSorted((a, b) => perSecondOf(b) - perSecondOf(a));
  const [thriftiest] = peers.toSorted((a, b) => cpuOf(a) - cpuOf(b));
  return fastest === undefined || thriftiest === undefined ? {} : { fastest, thriftiest };
}
