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
