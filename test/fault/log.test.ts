import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants, existsSync, openSync, writeSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { collect, root, serverProgram } from '../support/process.ts';
import { transport } from '../support/transport.ts';
import { until } from '../support/until.ts';
import { connect } from '../support/wire.ts';

/** Whatever becomes of the log's output, calls are served and SIGTERM ends the server. */

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : assert.fail();
}

async function isOpen(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}

/** A server whose log goes to `stdout`, and what it says on stderr. */
async function startWith(stdout: number | 'pipe') {
  const [port, metricsPort] = [await freePort(), await freePort()];
  const [program = '', ...args] = serverProgram;
  const flags = ['--port', String(port), '--metrics-port', String(metricsPort), '--warm-up', 'off'];
  const child = spawn(program, [...args, ...flags, '--transport', transport, '--slow-ms', '1'], {
    cwd: root,
    stdio: ['ignore', stdout, 'pipe'],
  });
  const stderr = collect(child, 'stderr');
  await until(() => isOpen(`http://127.0.0.1:${metricsPort}/readyz`), 'a server that is ready');
  return {
    child,
    stderr,
    address: `127.0.0.1:${port}`,
    async lostLines(): Promise<number> {
      const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
      return Number(/^numstore_log_lines_lost_total (\d+)$/m.exec(text)?.[1]);
    },
    /** Calls, and ends the server with SIGTERM. */
    async useAndEnd(): Promise<void> {
      const wire = connect(`127.0.0.1:${port}`);
      assert.equal(await wire.setNum('k', 5n), 5n);
      assert.equal((await wire.fact('k')).value, 120n);
      wire.close();
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      assert.deepEqual(await ended, [0, null]);
    },
  };
}

const saidOnce = /^The log cannot be written \(.*\): the server goes on and counts lost lines in \w+\n$/;

test('log: an output that is full loses lines, which are counted and said once', {
  skip: existsSync('/dev/full') ? false : 'there is no /dev/full',
}, async () => {
  const server = await startWith(openSync('/dev/full', 'w'));
  assert.ok((await server.lostLines()) >= 2);
  await server.useAndEnd();
  assert.match(server.stderr(), saidOnce);
});

test('log: a reader that has gone loses lines, and nothing else', async () => {
  const server = await startWith('pipe');
  server.child.stdout?.destroy();
  await server.useAndEnd();
  assert.match(server.stderr(), saidOnce);
});

test('log: a pipe without a reader holds up neither calls nor the end', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'numstore-log-'));
  const fifo = join(folder, 'fifo');
  execFileSync('mkfifo', [fifo]);
  const writer = openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK);
  assert.throws(() => {
    for (;;) writeSync(writer, Buffer.alloc(4_096));
  }, /EAGAIN/);
  // Of its own, so that the server gets a file that blocks.
  const server = await startWith(openSync(fifo, constants.O_RDWR));
  await server.useAndEnd();
  assert.equal(server.stderr(), '');
  await rm(folder, { recursive: true });
});

const python = 'python3';
const pty = `
import os, pty, signal, socket, sys, time
port, hold = int(sys.argv[1]), sys.argv[2] == 'stop'
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[3], sys.argv[3:])
seen = b''
while b'"listening"' not in seen:
    seen += os.read(terminal, 65536)
if not hold:
    os.close(terminal)
else:
    os.write(terminal, b'\\x13')
time.sleep(0.5)
connection = socket.create_connection(('127.0.0.1', port))
connection.sendall(b'PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n\\0\\0\\0\\4\\0\\0\\0\\0\\0')
assert connection.recv(9)
os.kill(pid, signal.SIGTERM)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

for (const what of ['closes', 'stop'] as const) {
  test(`log: a terminal that ${what === 'stop' ? 'is stopped' : what} ends no server that holds SIGHUP`, {
    skip: hasPython() ? false : 'python3 is not installed',
  }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'numstore-log-'));
    const tokens = join(folder, 'tokens');
    await writeFile(tokens, `read-write ${'a'.repeat(40)}\n`);
    const port = String(await freePort());
    const flags = [
      '--port',
      port,
      '--transport',
      transport,
      '--warm-up',
      'off',
      '--token-file',
      tokens,
      '--drain-ms',
      '300',
    ];
    const output = execFileSync(python, ['-c', pty, port, what, ...serverProgram, ...flags], {
      cwd: root,
      encoding: 'utf8',
      timeout: 60_000,
    });
    assert.equal(output, '0\n');
    await rm(folder, { recursive: true });
  });
}

function hasPython(): boolean {
  try {
    execFileSync(python, ['-c', 'import pty, os; os.waitstatus_to_exitcode'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
