import { attacks } from './attacks.ts';
import { limitOf } from './main-thread.ts';
import { memoryMbMax, p99RatioMax, type Trial } from './trial.ts';
import { broken } from './verdict.ts';

/** What `npm run abuse -- --out` writes, as far as the page shows it. */
export interface AbuseResult {
  readonly date: string;
  readonly machine: string;
  readonly node: string;
  readonly figures: readonly Trial[];
}

/** What each server says to each wrong thing, by the server's name. */
export interface ProtocolResult {
  readonly figures: readonly {
    readonly sent: string;
    readonly answers: Readonly<Record<string, string>>;
  }[];
}

const servers = ['defaults', 'grpc-js', 'native'] as const;

/** The text of docs/abuse.md: all of it comes from the two results. */
export function toPage(result: AbuseResult, protocol: ProtocolResult): string {
  return [
    '# Hostile input',
    '',
    'Whoever can reach the port of the calls can send whatever he likes. This page shows what that does to a server, and to everybody else who',
    'uses it at the same time. `npm run abuse` tries it on grpc-js as it comes (bench/abuse/before.ts), and on this server on both of its transports.',
    '',
    `It was measured on ${result.date.slice(0, 10)}: ${result.machine}, Node ${result.node.split(' ')[0]}. The figures are in`,
    '[bench/results/abuse.json](../bench/results/abuse.json), and `node --import tsx bench/abuse/document.ts` writes this page from them.',
    '',
    '## How it is done',
    '',
    'Each attack ends by itself, and stays on the loopback interface. A well-behaved client calls SetNum every 2 ms, whether or not the last call was',
    'answered, first alone for 2 s, then during the attack, which is repeated until it has lasted 5 s; and four times a second it opens a connection of its',
    "own. It goes first (nice -15); the attacker, another process, gets what is left of the cores (SCHED_IDLE): neither takes the server's in life. Servers run compiled, with their default limits but for `--max-n`, which lets answers be as large as the attacks presume. Afterwards the",
    `server has 35 s to be as it was (10 s, where nothing is ever cut off); one that has not is replaced before the next attack.`,
    '',
    'What is promised:',
    '',
    '- on our own transport (`native`): none of its calls fails;',
    '- on grpc-js: it does not crash;',
    `- on both: memory comes back to within ${memoryMbMax} MB, and no connection and no file stays open;`,
    '- to each single wrong thing the very answer of the second table.',
    '',
    'What is aimed at:',
    '',
    `- on \`native\`: the client's p99 stays below ${p99RatioMax} times its quiet p99 (the median of those before all attacks). A row above it names what`,
    '  the main thread of the server did during the attack: work, garbage collection, or waiting for a core. Where it mostly slept, the delay',
    '  arose in the kernel, or in the clients on the same two cores: which of them was not measured;',
    '- on grpc-js: no call waits longer than 100 ms.',
    '',
    'All attacks in turn, for an hour, at a tenth of their strength, beside a load whose every answer was checked:',
    '[bench/results/soak-attacked.md](../bench/results/soak-attacked.md).',
    '',
    '`test/wire/abuse.test.ts` runs a hundredth of every attack, and all of the single wrong things, in each test run on both transports.',
    '',
    '## Attacks',
    '',
    "In each cell: the client's p99, quiet and during the attack; its longest wait; how much memory grew at most, and afterwards.",
    '',
    row(['attack', 'before: grpc-js as it comes', 'after: on grpc-js', 'after: on native']),
    row(['---', '---', '---', '---']),
    ...rowsOf(result.figures),
    '',
    summaryOf(result.figures),
    '',
    'Each read of a socket allocates 64 KB outside of the heap, and each connection leaves some 15 KB behind, half of it of Node itself.',
    '`--max-connections` and `--max-connections-per-peer` bound that. The server, the client and the attacker share two cores.',
    '',
    '## Single wrong things',
    '',
    'Each on a connection of its own; what the server says first.',
    '',
    row(['sent', ...servers]),
    row(['---', ...servers.map(() => '---')]),
    ...protocol.figures.map(({ sent, answers }) =>
      row([sent, ...servers.map((name) => answers[name] ?? '')]),
    ),
    '',
  ].join('\n');
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function rowsOf(trials: readonly Trial[]): readonly string[] {
  return attacks.map(({ name, what }) => {
    const cells = servers.map((server) => {
      const trial = trials.find((each) => each.attack === name && each.server === server);
      return trial === undefined ? '' : cellOf(trial, trials);
    });
    return row([`${name}: ${what}`, ...cells]);
  });
}

function cellOf(trial: Trial, trials: readonly Trial[]): string {
  const { quietP99, p99, longest, failed, before, peakMb, mainThread, after } = trial;
  if (after === undefined) return 'died';
  const faults = broken(trial, trials);
  const isSlow = faults.includes('p99');
  const broke = faults.filter((fault) => fault !== 'p99');
  return [
    `${quietP99.toFixed(1)} to ${p99.toFixed(1)} ms`,
    `longest ${longest.toFixed(0)} ms`,
    `${grown(peakMb - before.residentMb)} MB, then ${grown(after.residentMb - before.residentMb)}`,
    ...(failed > 0 ? [`${failed} calls failed`] : []),
    ...(after.handles > before.handles ? [`${after.handles - before.handles} files left open`] : []),
    ...(broke.length > 0 ? [`**broken: ${broke.join(', ')}**`] : []),
    ...(isSlow && mainThread !== undefined ? [`p99 missed, limited ${limitOf(mainThread)}`] : []),
  ].join('; ');
}

function grown(mb: number): string {
  const whole = Math.round(mb);
  return whole > 0 ? `+${whole}` : `${whole}`;
}

function summaryOf(trials: readonly Trial[]): string {
  const ours = trials.filter(({ server }) => server !== 'defaults');
  const faultsOf = ours.map((trial) => broken(trial, trials));
  const failed = faultsOf.filter((faults) => faults.some((fault) => fault !== 'p99'));
  const slow = faultsOf.filter((faults) => faults.includes('p99'));
  const stalls = trials.filter(({ server, longest }) => server === 'grpc-js' && longest > 100);
  const kept = `Of ${ours.length} trials of our servers ${ours.length - failed.length} kept every promise.`;
  const names = stalls.map(({ attack }) => attack).join(', ');
  const stood = stalls.length === 0 ? 'never' : `in ${stalls.length} attacks (${names})`;
  const late = `On native ${slow.length} missed the aim for the p99.`;
  return `${kept} ${late} On grpc-js a call waited more than 100 ms ${stood}.`;
}
