import { openGrpcJsLinks } from './grpc-js-link.ts';
import { runLoadThread } from './load-thread.ts';

await runLoadThread(openGrpcJsLinks);
