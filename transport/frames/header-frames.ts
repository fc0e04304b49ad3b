import { dependsOnItself, selfDependency } from './control-frames.ts';
import { ConnectionFault, ErrorCode } from './errors.ts';
import { Flag, FrameType } from './frames.ts';
import { HeaderAssembly } from './header-assembly.ts';
import type { Limits } from './limits.ts';
import { blockStart, contentEnd, priorityBytes } from './padding.ts';

/** Decodes header blocks, in the order in which they came. */
export interface BlockDecoder<Head> {
  /** The meaning of the block `bytes[start..end)`. @throws if the block is malformed */
  decode(bytes: Buffer, start: number, end: number): Head;
}

/** The meaning of a list whose stream is reset. */
export interface MalformedHead {
  readonly kind: 'malformed';
  readonly message: string;
}

const selfDependent: MalformedHead = { kind: 'malformed', message: selfDependency };

/** Takes the meanings of header blocks. */
export interface HeaderSink<Head> {
  onHeaderList(streamId: number, head: Head | MalformedHead, endStream: boolean): void;
}

/**
 * Reads HEADERS and CONTINUATION into header lists (RFC 9113 6.2 and 6.10). Every block is decoded,
 * even if its list is dropped: the next one refers to its entries of the table (RFC 9113 4.3). A
 * fault before the end of a block ends the connection, or waits for that end: a stream that was
 * reset before it would be opened by the rest.
 */
export class HeaderFrames<Head> {
  readonly #blocks: BlockDecoder<Head>;
  readonly #limits: Limits;
  readonly #sink: HeaderSink<Head>;
  #assembly: HeaderAssembly | undefined;

  constructor(blocks: BlockDecoder<Head>, limits: Limits, sink: HeaderSink<Head>) {
    this.#blocks = blocks;
    this.#limits = limits;
    this.#sink = sink;
  }

  /** Whether a header block has begun and not ended. */
  get isInside(): boolean {
    return this.#assembly !== undefined;
  }

  /** The stream of the header block that has begun and not ended. */
  get openBlock(): number | undefined {
    return this.#assembly?.streamId;
  }

  /** @throws ConnectionFault PROTOCOL_ERROR if a frame comes between the fragments of a block */
  assertContinues(type: number, streamId: number): void {
    if (type === FrameType.continuation && streamId === this.#assembly?.streamId) return;
    throw new ConnectionFault(ErrorCode.protocolError, 'A frame inside a header block');
  }

  onHeaders(flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    if (streamId === 0) throw new ConnectionFault(ErrorCode.protocolError, 'HEADERS on stream 0');
    const from = blockStart(flags, start, end);
    const to = contentEnd(flags, bytes, start, end);
    if (from > to) throw new ConnectionFault(ErrorCode.protocolError, 'The padding is longer than the frame');
    const endStream = (flags & Flag.endStream) !== 0;
    const isMalformed =
      (flags & Flag.priority) !== 0 && dependsOnItself(streamId, bytes, from - priorityBytes);
    if ((flags & Flag.endHeaders) === 0) {
      this.#assembly = new HeaderAssembly(streamId, endStream, isMalformed, this.#limits);
      this.#assembly.add(bytes.subarray(from, to));
    } else {
      const head = this.#blocks.decode(bytes, from, to);
      this.#sink.onHeaderList(streamId, isMalformed ? selfDependent : head, endStream);
    }
  }

  onContinuation(flags: number, bytes: Buffer, start: number, end: number): void {
    const assembly = this.#assembly;
    if (assembly === undefined) {
      throw new ConnectionFault(ErrorCode.protocolError, 'CONTINUATION without HEADERS');
    }
    assembly.add(bytes.subarray(start, end));
    if ((flags & Flag.endHeaders) === 0) return;
    this.#assembly = undefined;
    const block = assembly.whole();
    const head = this.#blocks.decode(block, 0, block.length);
    this.#sink.onHeaderList(
      assembly.streamId,
      assembly.isMalformed ? selfDependent : head,
      assembly.endStream,
    );
  }
}
