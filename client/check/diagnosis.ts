import type { StatusName } from '../api/client-error.ts';
import { hintAtToken } from '../api/security/token.ts';
import { describeStatus, type Session } from './session.ts';
import type { FactAnswer } from './wire/codec.ts';
import type { Reply } from './wire/connection.ts';
import { integerField, readFields, stringField, type WireField } from './wire/fields.ts';

/** What is wrong with the wire, and what to do about it. */
export interface Diagnosis {
  readonly came: string;
  readonly hint: string;
}

type Status = Extract<Reply<unknown>, { kind: 'status' }>;

/** Statuses that tell of a message that was not understood. */
const undecoded: ReadonlySet<StatusName> = new Set(['INTERNAL', 'INVALID_ARGUMENT', 'UNKNOWN']);

/** Explains a status where a reply was expected. */
export async function diagnoseStatus(session: Session, reply: Status): Promise<Diagnosis> {
  const came = describeStatus(reply);
  if (reply.status === 'UNIMPLEMENTED') return diagnoseName(session, came);
  if (!undecoded.has(reply.status)) {
    const hint = hintAtToken(reply.status) ?? 'the server is there, but does not answer: look at its log';
    return { came, hint };
  }
  const numbers = await findNumbers(session);
  return { came, hint: numbers ?? 'the handler threw, or the messages differ: try --proto FILE' };
}

/** Packages that people put the exercise's service in. */
const packages = [
  'numstore',
  'NumStore',
  'num_store',
  'numstore.v1',
  'p2',
  'kv',
  'kvstore',
  'grpc',
  'main',
  'pb',
  'proto',
];
const spellings = ['SetNum', 'setNum', 'setnum', 'set_num', 'Set'];

async function diagnoseName(session: Session, came: string): Promise<Diagnosis> {
  const { setNumPath } = session.codec;
  const candidates = [
    ...packages.map((name) => `/${name}.NumStore/SetNum`),
    ...['NumStore', 'numstore', 'Numstore'].flatMap((name) => spellings.map((call) => `/${name}/${call}`)),
  ];
  const bytes = session.codec.encodeSetNum(session.key('w'), 7n);
  for (const path of candidates) {
    if (path === setNumPath) continue;
    const reply = await session.raw(path, bytes);
    if (reply.kind === 'status' && reply.status === 'UNIMPLEMENTED') continue;
    return {
      came: `${came}; but ${path} is there`,
      hint: `the package, the service or the call has another name: the exercise's is ${setNumPath}. Remove the package from your .proto, or pass --proto FILE`,
    };
  }
  return {
    came,
    hint: `nothing answers at ${setNumPath}: is the service registered (add_NumStoreServicer_to_server), does the .proto have a package or another service name? Pass it with --proto FILE`,
  };
}

/**
 * Finds what nobody reports: a message with other field numbers is a valid message whose fields are all empty, so that
 * each call works on key "" or on value 0.
 */
export async function diagnoseFields(
  session: Session,
  [first, second]: readonly [bigint, bigint],
  fact: FactAnswer,
): Promise<Diagnosis | undefined> {
  // by now: w=7, v=5
  const isTotalRight = second - first === 5n;
  const isFactRight = fact.value === 5040n && fact.error === '';
  if (isTotalRight && (isFactRight || !(await hasStrangers(session)))) return undefined;
  const replies = await unknownFields(session);
  if (replies !== undefined) return { came: replies, hint: hintAtNumbers };
  if (isTotalRight) return undefined;
  const numbers = await findNumbers(session);
  if (numbers !== undefined) return { came: describeSilence(second - first), hint: numbers };
  // a wrong total alone is not the wire's fault: the check of totals will say so
  return second - first === -2n || second === first
    ? { came: describeSilence(second - first), hint: hintAtNumbers }
    : undefined;
}

const hintAtNumbers =
  'the numbers of the fields in your .proto differ from key=1, value=2, total=1 and value=1, hit=2, error=3: pass it with --proto FILE';

function describeSilence(change: bigint): string {
  return change === -2n
    ? 'both writes went to one key: the server does not see the key'
    : `the second write changed the total by ${change} instead of 5: the server does not see key or value, or the total comes in another field`;
}

async function hasStrangers(session: Session): Promise<boolean> {
  return (await unknownFields(session)) !== undefined;
}

/** Looks at the replies as they are on the wire, for fields that should not be there. */
async function unknownFields(session: Session): Promise<string | undefined> {
  const { codec } = session;
  const set = await session.raw(codec.setNumPath, codec.encodeSetNum(session.key('w'), 7n));
  const fact = await session.raw(codec.factPath, codec.encodeFact(session.key('w')));
  const described = [
    describeStrangers('SetNum', set, (field) => field.number === 1 && typeof field.value === 'bigint'),
    describeStrangers('Fact', fact, isFactField),
  ].filter((each) => each !== undefined);
  return described.length === 0 ? undefined : described.join('; ');
}

function isFactField({ number, value }: WireField): boolean {
  return number === 3 ? Buffer.isBuffer(value) : (number === 1 || number === 2) && typeof value === 'bigint';
}

function describeStrangers(
  call: string,
  reply: Reply<Buffer>,
  isKnown: (field: WireField) => boolean,
): string | undefined {
  const fields = reply.kind === 'reply' ? (readFields(reply.value) ?? []) : [];
  const strangers = fields.filter((field) => !isKnown(field));
  if (strangers.length === 0) return undefined;
  const listed = strangers.map(({ number, value }) => `field ${number} = ${showValue(value)}`);
  return `the reply to ${call} has ${listed.join(', ')}, which is not in numstore.proto`;
}

function showValue(value: WireField['value']): string {
  if (value === undefined) return 'a fixed-width number';
  return typeof value === 'bigint' ? `${value}` : JSON.stringify(value.toString('utf8'));
}

const numbersMax = 4;

/** Tries other field numbers for key and value until two writes add up; says which ones did. */
async function findNumbers(session: Session): Promise<string | undefined> {
  for (let key = 1; key <= numbersMax; key++) {
    for (let value = 1; value <= numbersMax; value++) {
      if (key === value || (key === 1 && value === 2)) continue;
      if (await addsUp(session, key, value))
        return `with key = ${key} and value = ${value} in SetNumRequest it works; the exercise's own order is key = 1, value = 2. Pass your .proto with --proto FILE`;
    }
  }
  return undefined;
}

async function addsUp(session: Session, key: number, value: number): Promise<boolean> {
  const totals: bigint[] = [];
  for (const [name, number] of [
    ['a', 1n],
    ['b', 20n],
    ['a', 300n],
  ] as const) {
    const parts = [
      { at: key, bytes: stringField(key, session.key(`wire${key}${value}${name}`)) },
      { at: value, bytes: integerField(value, number) },
    ];
    const bytes = Buffer.concat(parts.toSorted((a, b) => a.at - b.at).map((part) => part.bytes));
    const reply = await session.raw(session.codec.setNumPath, bytes);
    const fields = reply.kind === 'reply' ? readFields(reply.value) : undefined;
    totals.push(fields?.map((field) => field.value).find((held) => typeof held === 'bigint') ?? 0n);
  }
  const [first = 0n, second = 0n, third = 0n] = totals;
  return second - first === 20n && third - second === 299n;
}
