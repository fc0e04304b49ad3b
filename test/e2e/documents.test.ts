import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createCertificateFolder } from '../support/certificates.ts';
import { commandsOfCi, commandsOfTests, documentedCommands } from '../support/documented.ts';
import { root, run } from '../support/process.ts';
import { isLong } from '../support/scale.ts';
import { type RunningServer, startServer } from '../support/server.ts';

/**
 * Runs the commands of the documents for the client and the server, in the order of the documents. The port differs, and
 * the short suite starts the programs by Node, which spares two processes a command; the long suite starts them by `npx`.
 * The folder links to the top one, so nothing else may run in it: `npm ci` there would empty the node_modules behind the
 * link. Every other command is run by `.ci/run` or by another test.
 */

/** The only commands that run here. */
const isOurs = (command: string): boolean => /^npx tsx (client|server)\/main\.ts [^&|;>]*$/.test(command);

const runElsewhere = new Set([...commandsOfCi(), ...commandsOfTests()]);

/** What a test adds to a command or takes from it, so that it ends soon. */
const shorter: Readonly<Record<string, (command: string) => string>> = {
  'npx tsx client/main.ts watch': (command) => `${command} --count 1`,
  'npx tsx client/main.ts check 5440': (command) => `${command} --keys 100`,
  'npx tsx client/main.ts 5440 --duration 10 --rate 2000 --html report.html --json a.json': (command) =>
    // A busy machine sends 200 calls a second as well.
    command.replace('--duration 10 --rate 2000', '--duration 1 --rate 200'),
};

const folder = mkdtempSync(join(tmpdir(), 'numstore-documents-'));
const certificates = createCertificateFolder();
let server: RunningServer;
let secureServer: RunningServer;

before(async () => {
  for (const name of readdirSync(root)) symlinkSync(join(root, name), join(folder, name));
  const authority = certificates.createAuthority('ca');
  const [me, own] = [authority.issue('me'), authority.issue('server')];
  for (const [from, to] of [
    [authority.file, 'ca.pem'],
    [me.certFile, 'me.pem'],
    [me.keyFile, 'me.key'],
  ] as const)
    copyFileSync(from, join(folder, to));
  const token = 'read-write documents-token-0123456789\n';
  writeFileSync(join(folder, 'token'), token);
  const flags = ['--tls-cert', own.certFile, '--tls-key', own.keyFile, '--tls-ca', authority.file];
  server = await startServer();
  secureServer = await startServer([...flags, '--token-file', join(folder, 'token')]);
});
after(async () => {
  await Promise.all([server.stop(), secureServer.stop()]);
  certificates.remove();
  rmSync(folder, { recursive: true });
});

/** The command with the port of a server of ours, which is not the default one. */
function withPort(command: string): string {
  const { port } = command.includes('--tls-ca') ? secureServer : server;
  const isCommand = /client\/main\.ts (?!check|compare)[a-z]/.test(command);
  return isCommand ? `${command} --port ${port}` : command.replace(/\b5440\b/, `${port}`);
}

function started(command: string): string {
  return isLong ? command : command.replace(/^npx tsx /, 'node --import tsx ');
}

for (const command of documentedCommands.filter(isOurs)) {
  test(`documents: ${command}`, async () => {
    // A second run to compare with.
    if (command.endsWith('compare a.json b.json'))
      copyFileSync(join(folder, 'a.json'), join(folder, 'b.json'));
    const { code, stdout, stderr } = await run(
      ['sh', '-c', started(withPort(shorter[command]?.(command) ?? command))],
      { cwd: folder },
    );
    assert.equal(code, 0, stdout + stderr);
    assert.notEqual(stdout, '', stderr);
  });
}

test('documents: every other command is run by CI or by a test', () => {
  assert.deepEqual(
    documentedCommands.filter((command) => !isOurs(command) && !runElsewhere.has(command)),
    [],
  );
});

test('documents: CI runs no command as theirs that they do not have', () => {
  assert.deepEqual(
    commandsOfCi().filter((command) => !documentedCommands.includes(command)),
    [],
  );
});
