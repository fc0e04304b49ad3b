import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Server, status } from '@grpc/grpc-js';
import { runCheckCommand } from '../../client/check/command.ts';
import { explainError } from '../../client/cli/error-text.ts';
import type { Terminal } from '../../client/cli/terminal.ts';
import { parseArguments } from '../../client/command-line.ts';
import { runFact } from '../../client/commands/fact.ts';
import { runNumbers } from '../../client/commands/numbers.ts';
import { runWatch } from '../../client/commands/watch.ts';
import { runCompare } from '../../client/compare/command.ts';
import { runLoadCommand } from '../../client/load/command.ts';
import { NumStoreExtendedService, NumStoreService, Stats } from '../../generated/numstore.ts';
import { bind } from '../support/stub.ts';

/** A title of the terminal, a C1 control, a line of its own, text that runs backwards, a separator. */
const hostile = 'a\u001b]0;owned\u0007\u009b31m\r\nforged line\t\u202eb\u2028c\u2029d\u200be\u{e0041}';
/** How each of these shows where it is printed as an escape. */
const shown = /\\u\{?0*1b\}?\]0;owned/;

/** undefined: replies instead of a status */
let code: status | undefined;

function answer(reply: object) {
  return (
    _call: unknown,
    callback: (error: { code: status; details: string } | null, reply?: object) => void,
  ): void => {
    if (code === undefined) callback(null, reply);
    else callback({ code, details: hostile });
  };
}
function stream(message: object) {
  return (call: {
    write(each: object): void;
    end(): void;
    emit(name: 'error', error: object): void;
  }): void => {
    if (code !== undefined) call.emit('error', { code, details: hostile });
    else {
      call.write(message);
      call.end();
    }
  };
}

const stub = new Server();
stub.addService(NumStoreService, {
  setNum: answer({ total: -1n }),
  fact: answer({ value: 0n, hit: true, error: hostile }),
});
stub.addService(NumStoreExtendedService, {
  getNum: answer({ value: -1n, found: true }),
  addNum: answer({ value: -1n, total: -1n }),
  deleteNum: answer({ deleted: true, total: -1n }),
  getStats: answer({ ...Stats.decode(new Uint8Array()), store: hostile }),
  listNums: stream({ key: hostile, value: -1n }),
  factExact: stream({
    n: -1n,
    hit: true,
    byteLength: -1n,
    chunk: Buffer.from(hostile),
    sha256: Buffer.from(hostile),
  }),
});

let port = 0;
const folder = mkdtempSync(join(tmpdir(), 'numstore-hostile-'));
before(async () => {
  port = await bind(stub);
});
after(() => {
  stub.forceShutdown();
  rmSync(folder, { recursive: true });
});

/** What a command prints, on a terminal or elsewhere. */
async function printed(words: readonly string[], isTTY: boolean): Promise<string> {
  let text = '';
  const output = {
    isTTY,
    write: (part: string, onWritten?: () => void): void => {
      text += part;
      onWritten?.();
    },
  };
  const terminal: Terminal = { stdout: output, stderr: output };
  await run(words, terminal).catch((error: unknown) => explainError(error, terminal));
  return text;
}

async function run(words: readonly string[], terminal: Terminal): Promise<unknown> {
  const command = parseArguments(words);
  switch (command.kind) {
    case 'help':
    case 'version':
      return undefined;
    case 'load':
      return await runLoadCommand(command, terminal);
    case 'fact':
      return await runFact(command, terminal);
    case 'check':
      return await runCheckCommand(command, terminal);
    case 'watch':
      return await runWatch(command, terminal);
    case 'compare':
      return await runCompare(command, terminal);
    default:
      return await runNumbers(command, terminal);
  }
}

/** What our own code moves the cursor of a terminal with: at these places only. */
const ownSteering = ['\r\u001b[K', ...['H', 'J', 'K', '2J'].map((code) => `\u001b[${code}`)];

function assertTame(text: string, what: string): void {
  assert.ok(text.length > 0, what);
  const own = ownSteering.reduce((rest, each) => rest.replaceAll(each, ''), text);
  assert.doesNotMatch(own, /(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u, `${what}: ${JSON.stringify(own)}`);
  assert.doesNotMatch(own, /^forged line/m, what);
}

const commands = ['get A', 'set A 1', 'add A 1', 'delete A', 'list', 'stats', 'watch --count 1', 'fact A'];
const statuses = Object.values(status).filter(
  (each): each is status => typeof each === 'number' && each !== status.OK,
);

test('hostile text: no field of a message reaches a terminal, a script or JSON unescaped', async () => {
  code = undefined;
  for (const words of commands) {
    for (const [flags, isTTY] of [
      [[], true],
      [[], false],
      [['--json'], false],
    ] as const) {
      const text = await printed([...words.split(' '), '--port', `${port}`, ...flags], isTTY);
      assertTame(text, `${words} ${flags.join()} ${isTTY}`);
      if (/list|stats|watch/.test(words)) assert.match(text, shown, words);
      if (flags.length > 0 && /list|stats|watch/.test(words)) {
        const values: unknown[] = Object.values(JSON.parse(text));
        assert.ok(values.includes(hostile), `${words} --json keeps each character`);
      }
    }
  }
});

test('hostile text: no status of any command steers the terminal', async () => {
  for (code of statuses) {
    for (const words of commands) {
      const text = await printed([...words.split(' '), '--port', `${port}`], true);
      assertTame(text, `${words} ${status[code]}`);
      // what is tried again may end by its deadline instead, and watch says of both that it waits
      if (!/DEADLINE_EXCEEDED|waiting/.test(text)) assert.match(text, shown, `${words} ${status[code]}`);
    }
  }
});

for (const kind of ['a run of the exercise', 'a run of a duration']) {
  test(`hostile text: neither the report, the page nor the JSON of ${kind} passes it on`, async () => {
    const [html, json] = [join(folder, 'page.html'), join(folder, 'run.json')];
    const how = kind === 'a run of the exercise' ? [] : ['--duration', '0.3', '--mix', 'SetNum=1,Fact=1'];
    for (code of how.length === 0 ? [status.INVALID_ARGUMENT] : [undefined, status.INVALID_ARGUMENT]) {
      const words = [`${port}`, ...how, '--html', html, '--json', json];
      assertTame(await printed(words, true), kind);
      assertTame(readFileSync(html, 'utf8'), `${kind}: the page`);
      assertTame(readFileSync(json, 'utf8'), `${kind}: the JSON`);
    }
    assert.ok(shown.test(readFileSync(json, 'utf8')));
    assert.ok(shown.test(readFileSync(html, 'utf8')));
  });
}

test('hostile text: compare shows none of what a file of a run says of itself', async () => {
  code = undefined;
  const [a, b, page] = [join(folder, 'a.json'), join(folder, 'b.json'), join(folder, 'page.html')];
  await printed([`${port}`, '--duration', '0.3', '--json', a], true);
  const run = JSON.parse(readFileSync(a, 'utf8'));
  const settings = { ...run.settings, mix: hostile, [hostile]: hostile };
  writeFileSync(b, JSON.stringify({ ...run, settings, startedAt: hostile, loop: hostile }));
  for (const flags of [['--html', page], ['--json']]) {
    const text = await printed(['compare', a, b, ...flags], true);
    assertTame(text, 'compare');
    if (!flags.includes('--json')) assert.match(text, shown);
  }
  assertTame(readFileSync(page, 'utf8'), 'the page of compare');
  writeFileSync(b, hostile);
  assertTame(await printed(['compare', a, b], true), 'a file that is none');
});

test('hostile text: check reports it escaped, in text, JSON and JUnit', async () => {
  const junit = join(folder, 'junit.xml');
  for (code of [undefined, status.UNKNOWN]) {
    for (const flags of [[], ['--json']]) {
      const text = await printed(['check', `${port}`, '--junit', junit, ...flags], false);
      assertTame(text, 'check');
      assertTame(readFileSync(junit, 'utf8'), 'JUnit');
    }
  }
});
