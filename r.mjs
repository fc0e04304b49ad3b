import {run} from 'node:test';
const s = run({files: process.argv.slice(2), concurrency: 2, timeout: 3000});
for await (const {type,data} of s) {
  if (['test:enqueue','test:dequeue','test:start','test:plan','test:complete'].includes(type)) continue;
  console.log(type, JSON.stringify({...data, details: data.details && {...data.details, error: data.details.error && {m:data.details.error.message, code:data.details.error.code, ft:data.details.error.failureType, c:String(data.details.error.cause).slice(0,60), ec: data.details.error.exitCode, sg: data.details.error.signal}}}));
}
