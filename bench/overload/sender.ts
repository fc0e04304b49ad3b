/** A process that loads a server: an order of calls.ts or of factorials.ts in, as a line, and its figures out, as one. */
import { setPriority } from 'node:os';
import { createInterface } from 'node:readline';
import { goFirst } from '../priority.ts';
import { type CallOrder, sendCalls } from './calls.ts';
import { askFactorials, type FactorialOrder } from './factorials.ts';

for await (const line of createInterface({ input: process.stdin })) {
  const order: CallOrder | FactorialOrder = JSON.parse(line);
  // Who asks for factorials waits more than he works, and measures how long. Who sends all that he can must not take the
  // time that the server and its other client need.
  if (order.kind === 'FactExact') goFirst();
  else setPriority(10);
  const figures = await (order.kind === 'FactExact' ? askFactorials(order) : sendCalls(order));
  console.log(JSON.stringify(figures));
}
