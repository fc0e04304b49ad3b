/** Reads 31 bits, big-endian, without the reserved bit before them. */
export function readUint31(bytes: Uint8Array, at: number): number {
  return readUint32(bytes, at) & 0x7fff_ffff;
}

/** Reads 32 bits, big-endian; 0 for what lies beyond the end. */
export function readUint32(bytes: Uint8Array, at: number): number {
  const high = ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16);
  return (high | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) >>> 0;
}

/** Writes 32 bits, big-endian. */
export function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

/** Below this many bytes a loop beats the call of a copying primitive. */
const loopBytesMax = 24;

/** Copies all of `from` to `to`, from `at` on. */
export function copyInto(to: Uint8Array, at: number, from: Uint8Array): void {
  const { length } = from;
  if (length > loopBytesMax) {
    to.set(from, at);
    return;
  }
  for (let index = 0; index < length; index++) to[at + index] = from[index] ?? 0;
}
