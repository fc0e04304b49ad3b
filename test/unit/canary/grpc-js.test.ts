import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { credentials, experimental, Server, ServerCredentials } from '@grpc/grpc-js';
import { channelOptions } from '../../../client/api/connect.ts';
import { connectionsOf } from '../../../client/api/liveness.ts';
import { NumStoreClient } from '../../../generated/numstore.ts';
import { siblingModule } from '../../../thread/start.ts';
import { bind } from '../../support/stub.ts';

/**
 * The parts of grpc-js that are not public and that this project uses. A new version of grpc-js may
 * change them: then these tests fail first, and name the file that has to follow.
 */

test('canary: TlsCredentials overrides methods that the credentials of grpc-js still have', () => {
  const secure = credentials.createSsl();
  for (const name of ['_isSecure', '_equals', '_createSecureConnector'] as const) {
    assert.equal(
      typeof secure[name],
      'function',
      `Expected grpc-js to call ${name}: see client/api/security/tls-credentials.ts`,
    );
  }
  const connector = secure._createSecureConnector({ scheme: 'dns', path: 'localhost:1' }, {}, undefined);
  assert.deepEqual(
    ['connect', 'waitForReady', 'getCallCredentials', 'destroy'].filter((name) => !(name in connector)),
    [],
    'Expected a secure connector with these methods: see client/api/security/tls-credentials.ts',
  );
  connector.destroy();
});

test('canary: the resolver of a list of servers finds what it needs under experimental', () => {
  const used = [
    'registerResolver',
    'createResolver',
    'endpointToString',
    'statusOrFromValue',
    'statusOrFromError',
  ];
  const file = siblingModule('../../../client/api/server-list-resolver', import.meta.url);
  const source = readFileSync(file, 'utf8');
  const values = [...source.matchAll(/\bexperimental\.([a-z]\w*)/g)].map(([, name]) => name);
  assert.deepEqual(
    [...new Set(values)].toSorted(),
    used.toSorted(),
    'Expected the list of this test to be whole',
  );
  for (const name of used) {
    assert.ok(
      name in experimental,
      `Expected experimental.${name} in grpc-js: see client/api/server-list-resolver.ts`,
    );
  }
});

test('canary: the type of a call of the server is still declared in build/src/server-call', () => {
  const file = createRequire(import.meta.url).resolve('@grpc/grpc-js/build/src/server-call.js');
  const declaration = file.replace(/\.js$/, '.d.ts');
  assert.ok(existsSync(declaration), 'Expected this file of grpc-js: see server/transports/grpc-js/call.ts');
  assert.match(
    readFileSync(declaration, 'utf8'),
    /export (declare )?type ServerSurfaceCall\b/,
    'Expected ServerSurfaceCall there: see server/transports/grpc-js/call.ts',
  );
});

test('canary: a server with an injector has one HTTP/2 server, which gets the streams', (t) => {
  const server = new Server();
  t.after(() => server.forceShutdown());
  server.createConnectionInjector(ServerCredentials.createInsecure());
  const servers: unknown = Reflect.get(server, 'http2Servers');
  assert.ok(servers instanceof Map, 'Expected a map: see server/transports/grpc-js/request-rules.ts');
  const [http2Server, ...others]: unknown[] = [...servers.keys()];
  assert.ok(
    http2Server instanceof EventEmitter && http2Server.listenerCount('stream') > 0 && others.length === 0,
    'Expected its one HTTP/2 server: see server/transports/grpc-js/request-rules.ts',
  );
});

test('canary: the client of grpc-js still has its connections where they are looked for', async (t) => {
  const server = new Server();
  t.after(() => server.forceShutdown());
  const port = await bind(server, 0);
  const client = new NumStoreClient(`127.0.0.1:${port}`, credentials.createInsecure(), channelOptions);
  t.after(() => client.close());
  const connected = (): Promise<void> =>
    new Promise((resolve, reject) => {
      client.waitForReady(Date.now() + 30_000, (error) => (error ? reject(error) : resolve()));
    });
  await connected();
  const [connection, ...others] = connectionsOf(client);
  assert.ok(
    connection !== undefined && others.length === 0,
    'Expected the one session of the channel: see client/api/liveness.ts',
  );
  assert.equal(connection.callsUnderWay, 0);
  await new Promise<void>((resolve, reject) => {
    connection.session.ping((error) => (error ? reject(error) : resolve()));
  });
  connection.giveUp();
  assert.deepEqual(connectionsOf(client), [], 'Expected handleDisconnect to end the connection');
});
