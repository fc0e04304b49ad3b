import {test} from 'node:test';
test('fine, but open', ()=>{ setInterval(()=>{},1000)});
