import {test} from 'node:test';
test('ok before hang', ()=>{});
test('hang', ()=>new Promise(()=>{ setInterval(()=>{},1000)}));
