import { NumStoreClientError, openClient } from 'numstore';

/**
 * The typed client at work: `npx tsx examples/typed-client.ts [PORT]`, after `npm run build`, on a server that listens.
 * Values are bigint throughout; every call has a deadline and may have an AbortSignal.
 */

const port = Number(process.argv[2] ?? 5440);

// Closed at the end of the block, whatever happens in it. With TLS and a token:
// { host: 'numstore.example', port, tls: { ca: readFileSync('ca.pem') }, token: () => currentToken }
await using client = await openClient({ host: '127.0.0.1', port, deadlineMs: 5000 });

console.log(`total after A = 30: ${await client.setNum('A', 30n)}`);
console.log(`total after A + 12: ${(await client.addNum('A', 12n)).total}`);

// 42! does not fit an int64, so Fact answers a sentence, and factExact the number.
const fact = await client.fact('A');
console.log(fact.kind === 'value' ? `A! = ${fact.value}` : `Fact: ${fact.error}`);
console.log(`A! = ${(await client.factExact('A')).value}`);

for await (const { key, value } of client.listNums({ prefix: 'A' })) console.log(`${key} is ${value}`);

try {
  await client.factExact('nothing', { signal: AbortSignal.timeout(1000) });
} catch (error) {
  if (!(error instanceof NumStoreClientError)) throw error;
  console.log(`${error.code}: ${error.message}`);
}
await client.deleteNum('A');
