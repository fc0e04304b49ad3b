import { BinaryReader } from '@bufbuild/protobuf/wire';
import { NumStoreError } from './errors.ts';

/** The part of a generated message type that reads it. */
export interface MessageType<Message> {
  decode(reader: BinaryReader): Message;
}

/** Refuses bad bytes, where a lenient decoder would put U+FFFD and make two keys one; a leading U+FEFF is text. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Decodes a request strictly.
 * @throws NumStoreError INVALID_REQUEST for bytes that are no such message, ill-formed UTF-8 included
 */
export function decodeRequest<Message>(type: MessageType<Message>, bytes: unknown): Message {
  if (!(bytes instanceof Uint8Array)) throw new TypeError('Expected the transport to hand on bytes');
  try {
    return type.decode(new BinaryReader(bytes, (text) => utf8.decode(text)));
  } catch (cause) {
    const what = cause instanceof TypeError ? 'a string in it is not valid UTF-8' : 'its bytes are malformed';
    throw new NumStoreError('INVALID_REQUEST', `The request cannot be read: ${what}`, { cause });
  }
}
