import assert from 'node:assert/strict';
import { test } from 'node:test';
import { siblingModule } from '../../thread/start.ts';
import { run } from '../support/process.ts';

const door = siblingModule('../../transport/index', import.meta.url);
const flags = door.href.endsWith('.ts') ? ['--import', 'tsx'] : [];

test('transport: a process that imports it has not loaded TLS until it asks for a connection with TLS', async () => {
  const program = `
    const { createTlsTerminator, openGrpcClient } = await import('${door.href}');
    const isLoaded = () => process.moduleLoadList.includes('NativeModule tls');
    const clear = await openGrpcClient({ host: '127.0.0.1', port: 1 }).catch(isLoaded);
    createTlsTerminator({ cert: '', key: '' }, { onSecure() {} });
    console.log(clear, isLoaded());`;
  const command = [process.execPath, ...flags, '--input-type=module', '--eval', program];
  const { code, stdout, stderr } = await run(command);
  assert.deepEqual([code, stderr, stdout], [0, '', 'false true\n']);
});
