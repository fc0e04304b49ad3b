import { openLightLinks } from './light-link.ts';
import { runLoadThread } from './load-thread.ts';

await runLoadThread(openLightLinks);
