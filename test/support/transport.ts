import { type TransportName, transportNames } from '../../server/transports/transport.ts';

/** The transport that servers of the tests use: the suites that talk to a server run once on each. */
export const transport: TransportName =
  transportNames.find((name) => name === process.env['NUMSTORE_TEST_TRANSPORT']) ?? 'grpc-js';
