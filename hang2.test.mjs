import {test} from 'node:test';
test('ok before hang2', ()=>{});
test('loop', ()=>{for(;;);});
