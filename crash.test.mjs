import {test} from 'node:test';
test('ok before crash', ()=>{});
setTimeout(()=>process.exit(3), 50);
test('never', ()=>new Promise(r=>setTimeout(r,1000)));
