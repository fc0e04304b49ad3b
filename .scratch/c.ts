import { NumStoreService } from '../generated/numstore.ts';
import { openGrpcClient } from '../transport/index.ts';
await using c = await openGrpcClient({ host: '127.0.0.1', port: 5558 });
console.log(await c.unary(NumStoreService.setNum, { key: 'A', value: 1n }), await c.unary(NumStoreService.setNum, { key: 'B', value: 10n }));
console.log(await c.unary(NumStoreService.setNum, { key: 'A', value: 5n }, { timeoutMs: 1000 }), await c.unary(NumStoreService.fact, { key: 'A' }));
await c.unary({ ...NumStoreService.fact, path: '/x/y' }, { key: 'A' }).catch((e) => console.log(e.code, e.message));
const t = performance.now(); let n = 0;
await Promise.all(Array.from({ length: 64 }, async () => { for (let i = 0; i < 2000; i++) { await c.unary(NumStoreService.setNum, { key: 'k' + (i % 100), value: 3n }); n++; } }));
console.log(n / (performance.now() - t), 'k/s');
