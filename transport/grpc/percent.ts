/**
 * Escaped are all but printable ASCII, the escape mark itself, and space where it would be trimmed.
 */
const unsafe = /[^ -$&-~]|^ | $/;
const escapeMark = '%';
const space = 0x20;
const lastPrintable = 0x7e;

/** Encodes the text of `grpc-message`: UTF-8, percent-encoded where a header could not carry it. */
export function percentEncode(text: string): string {
  if (!unsafe.test(text)) return text;
  const octets = Buffer.from(text, 'utf8');
  let encoded = '';
  for (const [at, octet] of octets.entries()) {
    const character = String.fromCharCode(octet);
    const isTrimmed = octet === space && (at === 0 || at === octets.length - 1);
    const isPlain = octet >= space && octet <= lastPrintable && character !== escapeMark && !isTrimmed;
    encoded += isPlain ? character : escapeMark + octet.toString(16).toUpperCase().padStart(2, '0');
  }
  return encoded;
}

/** Decodes `grpc-message`. Malformed escapes stay as they are: they must never hide an error. */
export function percentDecode(text: string): string {
  if (!text.includes(escapeMark)) return text;
  const octets: number[] = [];
  for (let at = 0; at < text.length; at++) {
    const digits = text.slice(at + 1, at + 3);
    if (text[at] === escapeMark && /^[0-9a-fA-F]{2}$/.test(digits)) {
      octets.push(Number.parseInt(digits, 16));
      at += 2;
    } else {
      octets.push(text.charCodeAt(at) & 0xff);
    }
  }
  return Buffer.from(octets).toString('utf8');
}
