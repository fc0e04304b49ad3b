import { BinaryReader } from '@bufbuild/protobuf/wire';
import { NumStoreError } from '../domain/errors.ts';
import type { MessageType } from './message-type.ts';
import { refuseStrangeFields } from './proto-mismatch.ts';

/** Refuses bad bytes, where a lenient decoder would put U+FFFD and make two keys one; a leading U+FEFF is text. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Decodes a request strictly.
 * @throws NumStoreError INVALID_REQUEST for bytes that are no such message, ill-formed UTF-8 included, and for a message
 * that seems to be written by another .proto
 */
export function decodeRequest<Message>(type: MessageType<Message>, bytes: unknown): Message {
  if (!(bytes instanceof Uint8Array)) throw new TypeError('Expected the transport to hand on bytes');
  const reader = new BinaryReader(bytes, (text) => utf8.decode(text));
  try {
    const message = type.decode(reader);
    // The generated code stops without a word at a tag that cannot be.
    if (reader.pos < reader.len) throw new RangeError(`Expected a field at byte ${reader.pos}`);
    if (isKeyEmpty(message)) refuseStrangeFields(type, bytes);
    return message;
  } catch (cause) {
    if (cause instanceof NumStoreError) throw cause;
    const what = cause instanceof TypeError ? 'a string in it is not valid UTF-8' : 'its bytes are malformed';
    throw new NumStoreError('INVALID_REQUEST', `The request cannot be read: ${what}`, { cause });
  }
}

function isKeyEmpty(message: unknown): boolean {
  return typeof message === 'object' && message !== null && 'key' in message && message.key === '';
}
