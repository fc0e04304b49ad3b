import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** `npm run demo`: a server on a free port, the client's workload on it, its report and verdict, and everything stopped. */

const root = fileURLToPath(new URL('..', import.meta.url));
const runTypeScript = ['--import', 'tsx'];

const server = spawn(process.execPath, [...runTypeScript, 'server/main.ts', '--port', '0'], {
  cwd: root,
  stdio: ['ignore', 'pipe', 'inherit'],
});
try {
  const port = await listeningPort(server);
  console.error(`The server listens on port ${port}; the client sends its requests.\n`);
  const words = ['client/main.ts', String(port), '--verify', '--fresh'];
  const client = spawn(process.execPath, [...runTypeScript, ...words], { cwd: root, stdio: 'inherit' });
  const [code] = await once(client, 'exit');
  process.exitCode = typeof code === 'number' ? code : 1;
} finally {
  const gone = server.exitCode !== null || once(server, 'exit');
  server.kill('SIGTERM');
  await gone;
}

/** The port in the server's log line "listening"; fails if the server ends without one. */
async function listeningPort({ stdout }: ChildProcess): Promise<number> {
  if (stdout === null) throw new TypeError('Expected a piped stdout');
  for await (const line of createInterface({ input: stdout })) {
    const entry: unknown = JSON.parse(line);
    if (typeof entry !== 'object' || entry === null || !('event' in entry)) continue;
    if (entry.event === 'listening' && 'port' in entry && typeof entry.port === 'number') {
      // What it logs from here on nobody reads, and a full pipe would stop it.
      stdout.resume();
      return entry.port;
    }
  }
  throw new Error('The server ended before it listened');
}
