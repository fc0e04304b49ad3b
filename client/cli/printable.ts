const shortEscapes: ReadonlyMap<string, string> = new Map([
  ['\\', '\\\\'],
  ['\t', '\\t'],
  ['\n', '\\n'],
  ['\r', '\\r'],
]);

/**
 * A key as it can be printed in a column: what would break the line, steer a terminal or turn the direction of the
 * text is escaped, and so is the backslash, so that no two keys look alike.
 */
export function escapeKey(key: string): string {
  return key.replace(
    /[\\\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu,
    (character) => shortEscapes.get(character) ?? `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}

/** The fields of a JSON object: an int64 does not fit a JSON number, so numbers are strings. */
export type JsonFields = Readonly<Record<string, string | boolean | null>>;

/** What JSON.stringify lets through, though it steers a terminal or turns the direction of its text. */
const steering = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/** JSON in a line, of which no character steers a terminal: all that do have four hexadecimal digits, hence one escape. */
export function writeJson(fields: JsonFields): string {
  return JSON.stringify(fields).replace(
    steering,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Text of another process or of a file in one line: control characters would steer the terminal. */
export function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ');
}

/** Milliseconds with three decimals, or n/a where there is no sample. */
export function formatMs(ms: number | undefined): string {
  return ms === undefined ? 'n/a' : `${ms.toFixed(3)} ms`;
}
