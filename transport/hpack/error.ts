/**
 * The peer's header block is not HPACK. The table is lost, and with it the connection (RFC 9113
 * 4.3).
 */
export class HpackError extends Error {
  override readonly name = 'HpackError';
}
