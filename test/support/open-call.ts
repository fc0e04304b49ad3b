import { once } from 'node:events';
import { credentials } from '@grpc/grpc-js';
import { ServerReflectionClient } from '../../generated/grpc/reflection/v1/reflection.ts';

/** A call that has been answered once and stays open until one of both sides ends it. */
export interface OpenCall {
  /** Resolves with the error that ended it. */
  readonly ended: Promise<unknown>;
  close(): void;
}

/** Opens a reflection call, which a server has to wait for when it drains. */
export async function holdCall(address: string): Promise<OpenCall> {
  const client = new ServerReflectionClient(address, credentials.createInsecure(), {
    'grpc.enable_http_proxy': 0,
  });
  const call = client.serverReflectionInfo();
  const ended = once(call, 'error').then(([error]) => error);
  call.write({ host: '', messageRequest: { $case: 'listServices', value: '' } });
  await once(call, 'data');
  return { ended, close: () => client.close() };
}
