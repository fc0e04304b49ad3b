/**
 * Escaped are all but printable ASCII, the escape mark itself, and space where it would be trimmed.
 */
const unsafe = /[^ -$&-~]|^ | $/;
const escapeMark = '%';
const space = 0x20;
const lastPrintable = 0x7e;

/** Each octet as a message carries it, but for a space that would be trimmed. */
const encodedOctets: readonly string[] = Array.from({ length: 256 }, (_, octet) => {
  const character = String.fromCharCode(octet);
  const isPlain = octet >= space && octet <= lastPrintable && character !== escapeMark;
  return isPlain ? character : escapeOctet(octet);
});

/** Enough to recognise a text. A longer one would make the refusal cost more than a call. */
const echoedCharactersMax = 200;

/**
 * The value of a peer's field as a message repeats it: read as UTF-8, cut at a character, and
 * marked where it was cut.
 */
export function echo(value: string): string {
  // No character has more octets than four.
  const text = Buffer.from(value.slice(0, 4 * echoedCharactersMax + 1), 'latin1').toString();
  if (text.length <= echoedCharactersMax) return text;
  const cut = text.slice(0, echoedCharactersMax);
  return `${cut.isWellFormed() ? cut : cut.slice(0, -1)}...`;
}

/** Encodes the text of `grpc-message`: UTF-8, percent-encoded where a header could not carry it. */
export function percentEncode(text: string): string {
  if (!unsafe.test(text)) return text;
  const octets = Buffer.from(text, 'utf8');
  let encoded = '';
  for (let at = 0; at < octets.length; at++) {
    const octet = octets[at] ?? 0;
    const isTrimmed = octet === space && (at === 0 || at === octets.length - 1);
    encoded += isTrimmed ? escapeOctet(octet) : encodedOctets[octet];
  }
  return encoded;
}

function escapeOctet(octet: number): string {
  return escapeMark + octet.toString(16).toUpperCase().padStart(2, '0');
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
