import { openLightLinks } from './light-link.ts';
import { runLoadThread } from './load-thread.ts';
import { rehearse } from './rehearsal.ts';

await runLoadThread(openLightLinks, rehearse);
