/** The servers that bench/peers/build.sh builds from sources in this folder. */
import { fileURLToPath } from 'node:url';

/** Where they are built unless a flag names another folder; survives a build of the project. */
export const peersBuilt = fileURLToPath(
  new URL('../../node_modules/.cache/numstore-bench-peers', import.meta.url),
);

/** Each takes its port as its argument, and prints its version. */
export const builtPeers = [
  { name: 'grpc-go of Debian', file: 'peer-go-debian' },
  { name: 'grpc-go', file: 'peer-go' },
  { name: 'gRPC C++', file: 'peer-cpp' },
  { name: 'tonic', file: 'peer-rust' },
] as const;
