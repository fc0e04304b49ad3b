/** A process that loads a server: an order of calls.ts or of factorials.ts in, as a line, and its figures out, as one. */
import { setPriority } from 'node:os';
import { createInterface } from 'node:readline';
import { type CallOrder, sendCalls } from './calls.ts';
import { askFactorials, type FactorialOrder } from './factorials.ts';

// It must not take the time that the server and its other client need.
setPriority(10);
for await (const line of createInterface({ input: process.stdin })) {
  const order: CallOrder | FactorialOrder = JSON.parse(line);
  const figures = await (order.kind === 'FactExact' ? askFactorials(order) : sendCalls(order));
  console.log(JSON.stringify(figures));
}
