import { type RunningServer, startServer } from './server.ts';

/** A server process that shows metrics. */
export interface MeasuredServer extends RunningServer {
  /** Of the metrics port, such as http://127.0.0.1:9464. */
  readonly url: string;
  scrape(): Promise<Scrape>;
}

/** Starts the real server with a metrics port. */
export async function startMeasured(flags: readonly string[] = []): Promise<MeasuredServer> {
  const server = await startServer(['--metrics-port', '0', ...flags]);
  const { port } = await server.logged('metrics');
  const url = `http://127.0.0.1:${String(port)}`;
  return {
    ...server,
    url,
    scrape: async () => parseScrape(await (await fetch(`${url}/metrics`)).text()),
  };
}

/** What was scraped. */
interface Scrape {
  readonly text: string;
  /** The names of all samples. */
  readonly names: ReadonlySet<string>;
  /** The values of the samples of this name whose labels include `labels`. */
  values(name: string, labels?: Readonly<Record<string, string>>): readonly number[];
}

function parseScrape(text: string): Scrape {
  const samples = text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name, labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      if (name === undefined) throw new Error(`Expected a sample, got ${line}`);
      return { name, labels: labels.split(','), value: Number(value) };
    });
  return {
    text,
    names: new Set(samples.map(({ name }) => name)),
    values: (name, labels = {}) =>
      samples
        .filter((sample) => sample.name === name)
        .filter((sample) =>
          Object.entries(labels).every(([label, value]) => sample.labels.includes(`${label}="${value}"`)),
        )
        .map(({ value }) => value),
  };
}
