import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { siblingModule } from '../../thread/start.ts';
import { until } from './until.ts';

/** A write that a process was told about. */
export interface Ack {
  readonly kind: 'set' | 'add';
  readonly key: string;
  readonly number: bigint;
  readonly total: bigint;
  readonly revision: bigint;
}

/** A process that drives a store: see store-child.ts. */
export interface StoreProcess {
  readonly child: ChildProcess;
  readonly acks: readonly Ack[];
  /** Keys of the writes whose outcome it does not know. */
  readonly unknown: readonly string[];
  /** What it said when it failed, with its code first. */
  readonly fault: string | undefined;
  /** Resolves when the store is open, or has failed to. */
  opened(): Promise<void>;
  /** Resolves when it has ended and every line has been read. */
  readonly ended: Promise<void>;
  kill(): Promise<void>;
}

export interface StoreProcessOptions {
  readonly spec: string;
  readonly namespace?: string;
  readonly writers: number;
  /** @default 0: for ever */
  readonly count?: number;
  /** Before the names of its keys. */
  readonly name?: string;
  readonly spawn?: SpawnOptions;
}

export function startStoreProcess(options: StoreProcessOptions): StoreProcess {
  const { spec, namespace = 'default', writers, count = 0, name = '' } = options;
  const file = fileURLToPath(siblingModule('store-child', import.meta.url));
  const loader = file.endsWith('.ts') ? ['--import', import.meta.resolve('tsx')] : [];
  const args = [...loader, file, spec, namespace, String(writers), String(count), name];
  const child = spawn(process.execPath, args, { ...options.spawn, stdio: ['ignore', 'pipe', 'inherit'] });
  const acks: Ack[] = [];
  const unknown: string[] = [];
  let isOpen = false;
  let fault: string | undefined;

  if (child.stdout === null) throw new Error('Expected a pipe');
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    const [event, kind, key = '', number = '', total = '', revision = ''] = line.split(' ');
    if (event === 'open') isOpen = true;
    if (event === 'fault') fault = line.slice('fault '.length);
    if (event === 'unknown') unknown.push(key);
    // A line that SIGKILL cut off in the middle is no acknowledgement that anybody heard.
    if (event !== 'ack' || revision === '' || (kind !== 'set' && kind !== 'add')) return;
    acks.push({ kind, key, number: BigInt(number), total: BigInt(total), revision: BigInt(revision) });
  });
  const ended = Promise.all([once(child, 'exit'), once(lines, 'close')]).then(() => undefined);

  return {
    child,
    acks,
    unknown,
    get fault() {
      return fault;
    },
    opened: () => until(() => isOpen || fault !== undefined || child.exitCode !== null, 'the store is open'),
    ended,
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
