import type { Socket } from 'node:net';
import { CallCredentials, ChannelCredentials, type experimental } from '@grpc/grpc-js';

/** How long a server may take to send its first byte. */
const firstByteMs = 5_000;

/**
 * Closes a new connection on which nothing comes, since grpc-js waits for the SETTINGS of a server
 * without a limit: what has accepted the connection may pass nothing on.
 */
export function limitSilence(socket: Socket): void {
  const timer = setTimeout(() => {
    if (socket.bytesRead === 0) socket.destroy();
  }, firstByteMs).unref();
  socket.once('close', () => clearTimeout(timer));
}

/** Clear text for grpc-js, with a limit on the silence of a new connection. */
export class ClearTextCredentials extends ChannelCredentials {
  override _isSecure(): boolean {
    return false;
  }

  override _equals(other: ChannelCredentials): boolean {
    return other === this;
  }

  override _createSecureConnector(): experimental.SecureConnector {
    return {
      connect: (socket) => {
        limitSilence(socket);
        return Promise.resolve({ socket, secure: false });
      },
      waitForReady: () => Promise.resolve(),
      getCallCredentials: () => CallCredentials.createEmpty(),
      destroy: () => undefined,
    };
  }
}
