import {test} from 'node:test';
test('exit 0 early', async()=>{ await new Promise(r=>setTimeout(r,100)); process.exit(0)});
test('never reached', async()=>{ await new Promise(r=>setTimeout(r,100)); });
