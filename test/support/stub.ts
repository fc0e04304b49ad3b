import assert from 'node:assert/strict';
import { type Server, ServerCredentials } from '@grpc/grpc-js';
import { type ClientErrorCode, NumStoreClientError } from '../../client/api/client.ts';

/** Lets a server that a test made up listen; answers its port. @param port 0: any that is free */
export function bind(server: Server, port = 0): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
}

/** Asserts that a call fails with the client's one error, and this code. */
export function rejectsWith(call: Promise<unknown>, code: ClientErrorCode): Promise<void> {
  return assert.rejects(call, (error) => {
    assert.ok(error instanceof NumStoreClientError, String(error));
    assert.equal(error.code, code, error.message);
    return true;
  });
}
