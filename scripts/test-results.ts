import type { TestEvent } from 'node:test/reporters';
import { inspect } from 'node:util';

/** How one test ended; a file that failed as a whole counts as a test that failed. */
export interface Result {
  readonly file: string;
  readonly title: string;
  readonly seconds: number;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** Why the test was skipped or failed, in one line. */
  readonly reason: string;
}

type Ended = Extract<TestEvent, { readonly type: 'test:pass' | 'test:fail' }>;
type Test = Pick<Ended['data'], 'name' | 'file'>;

/** What node:test says at the end of each part, which leaves out what only this file counts. */
const ownCounts = /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/;

/**
 * Gathers the results of one run of node:test.
 *
 * A test that started and never ended is a failure: its file hung, crashed, or left with exit code 0. So is a file that
 * reports no test.
 */
export class Results {
  readonly #show: (text: string) => void;
  readonly #shortName: (file: string) => string;
  readonly #results: Result[] = [];
  /** The tests that started and did not end, by file and title. */
  readonly #running = new Map<string, Test>();
  #fileShown: string | undefined;

  /**
   * @param show prints a part of the log
   * @param shortName makes the path of a file readable
   */
  constructor(show: (text: string) => void, shortName: (file: string) => string) {
    this.#show = show;
    this.#shortName = shortName;
  }

  take(event: TestEvent): void {
    switch (event.type) {
      case 'test:stdout':
      case 'test:stderr':
        this.#show(event.data.message);
        break;
      case 'test:diagnostic':
        if (!ownCounts.test(event.data.message)) this.#show(`  ${event.data.message}\n`);
        break;
      case 'test:dequeue':
        this.#running.set(keyOf(event.data), event.data);
        break;
      case 'test:complete':
        this.#running.delete(keyOf(event.data));
        break;
      case 'test:pass':
      case 'test:fail':
        this.#end(event);
    }
  }

  /** The results since the last call, after the last event. */
  finish(): readonly Result[] {
    for (const { name, file = '' } of this.#running.values()) {
      this.#add({ file, title: name, seconds: 0, outcome: 'failed', reason: 'It started and did not end' });
    }
    this.#running.clear();
    return this.#results.splice(0);
  }

  #end({ type, data }: Ended): void {
    const { name: title, file = '', skip } = data;
    const base = { file, title, seconds: data.details.duration_ms / 1000 };
    if (type === 'test:fail') {
      const { error } = data.details;
      // The subtests that failed are reported themselves.
      if ('failureType' in error && error.failureType === 'subtestsFailed') return;
      this.#add({ ...base, outcome: 'failed', reason: error.message }, error.cause);
    } else if (skip !== undefined) {
      this.#add({ ...base, outcome: 'skipped', reason: skip === true ? '' : String(skip) });
    } else if (title === file) {
      this.#add({ ...base, outcome: 'failed', reason: 'Expected a test, got none' });
    } else if (data.details.type !== 'suite') {
      this.#add({ ...base, outcome: 'passed', reason: '' });
    }
  }

  #add(result: Result, cause?: unknown): void {
    const file = this.#shortName(result.file);
    const title = result.title === result.file ? 'the whole file' : result.title;
    const reason = result.reason.split('\n', 1)[0] ?? '';
    this.#results.push({ ...result, file, title, reason });
    if (file !== this.#fileShown) this.#show(`${file}\n`);
    this.#fileShown = file;
    const took = `${result.seconds.toFixed(result.seconds < 1 ? 3 : 1)} s`;
    const after = result.outcome === 'passed' ? took : reason;
    this.#show(`  ${result.outcome}: ${title} (${after})\n`);
    if (cause instanceof Error) this.#show(`${inspect(cause)}\n`);
  }
}

function keyOf({ name, file }: Test): string {
  return `${file}\n${name}`;
}

export function formatSlowest(results: readonly Result[]): string {
  const lines = slowest(results, 10).map(
    ({ file, title, seconds }) => `slow: ${seconds.toFixed(1)} s, ${file}: ${title}`,
  );
  return lines.join('\n');
}

/** The last words of a run: the failed tests by name, and below them one line for all. */
export function formatVerdict(results: readonly Result[]): string {
  const failures = having(results, 'failed').map(
    ({ file, title, reason }) => `failed: ${file}: ${title} (${reason})`,
  );
  return [...failures, formatCounts(results)].join('\n');
}

/** A section of docs/test-long.md. */
export function formatRecord(heading: string, about: string, results: readonly Result[]): string {
  const lines = [
    `## ${heading}`,
    '',
    `- ${about}`,
    `- ${formatCounts(results)}`,
    ...having(results, 'failed').map(({ title }) => `- failed: ${title}`),
    ...having(results, 'skipped').map(({ title, reason }) => `- skipped: ${title} (${reason})`),
    '',
    '| law | s |',
    '|---|---|',
    ...slowest(results, 30).map(
      ({ title, seconds }) => `| ${title.replaceAll('|', ' ')} | ${seconds.toFixed(1)} |`,
    ),
  ];
  return `${lines.join('\n')}\n`;
}

function slowest(results: readonly Result[], countMax: number): readonly Result[] {
  return results.toSorted((a, b) => b.seconds - a.seconds).slice(0, countMax);
}

function formatCounts(results: readonly Result[]): string {
  const outcomes = ['passed', 'failed', 'skipped'] as const;
  return outcomes.map((outcome) => `${having(results, outcome).length} ${outcome}`).join(', ');
}

function having(results: readonly Result[], wanted: Result['outcome']): readonly Result[] {
  return results.filter(({ outcome }) => outcome === wanted);
}
