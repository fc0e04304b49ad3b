import type { BinaryReader } from '@bufbuild/protobuf/wire';

/** The part of a generated message type that reads it. */
export interface MessageType<Message> {
  decode(reader: BinaryReader): Message;
}
