/** The peer's header block is not HPACK; the compression state is lost, and the connection with it (RFC 9113 4.3). */
export class HpackError extends Error {
  override readonly name = 'HpackError';
}
