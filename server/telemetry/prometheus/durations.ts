const msPerSecond = 1000;

/** The durations of one series, counted: an observation costs nanoseconds. */
export class DurationSeries {
  readonly #bounds: readonly number[];
  /** By bucket; the last is of those above all bounds. */
  readonly #counts: Float64Array;
  #seconds = 0;

  /** @param bounds upper bounds of the buckets in seconds, ascending */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  observe(ms: number): void {
    const seconds = ms / msPerSecond;
    let bucket = 0;
    while (seconds > (this.#bounds[bucket] ?? Number.POSITIVE_INFINITY)) bucket += 1;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#seconds += seconds;
  }

  /** Its samples: the buckets, each with all below it, the sum and the count. */
  *samples(): Generator<readonly [suffix: string, le: string | undefined, value: number]> {
    let count = 0;
    for (const [bucket, inBucket] of this.#counts.entries()) {
      count += inBucket;
      yield ['_bucket', String(this.#bounds[bucket] ?? '+Inf'), count];
    }
    yield ['_sum', undefined, this.#seconds];
    yield ['_count', undefined, count];
  }
}

export interface DurationsOptions {
  readonly name: string;
  readonly help: string;
  /** Upper bounds of the buckets in seconds, ascending. */
  readonly bounds: readonly number[];
}

/**
 * A histogram in the text format of Prometheus. That of prom-client looks up its labels as text on each observation,
 * and with several observations in each call that doubled what a SetNum costs on the native transport.
 */
export interface Durations {
  /** A new series; the caller keeps it, and makes one for each set of labels. Values need no escapes. */
  series(labels?: Readonly<Record<string, string>>): DurationSeries;
  text(): string;
}

/** A histogram without series. */
export function createDurations({ name, help, bounds }: DurationsOptions): Durations {
  const all: { readonly labels: readonly string[]; readonly series: DurationSeries }[] = [];
  return {
    series(labels = {}) {
      const series = new DurationSeries(bounds);
      all.push({ labels: Object.entries(labels).map(([label, value]) => `${label}="${value}"`), series });
      return series;
    },
    text() {
      const lines = [`# HELP ${name} ${help}`, `# TYPE ${name} histogram`];
      for (const { labels, series } of all) {
        for (const [suffix, le, value] of series.samples()) {
          const pairs = le === undefined ? labels : [...labels, `le="${le}"`];
          lines.push(`${name}${suffix}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}`);
        }
      }
      return `${lines.join('\n')}\n`;
    },
  };
}
