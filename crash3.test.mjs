import {test} from 'node:test';
test('ok before crash3', ()=>{});
test('later', async()=>{ setTimeout(()=>{ throw new Error('late throw') }, 10); });
test('x', async()=>{ await new Promise(r=>setTimeout(r,100))});
