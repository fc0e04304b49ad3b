const shortEscapes: ReadonlyMap<string, string> = new Map([
  ['\t', '\\t'],
  ['\n', '\\n'],
  ['\r', '\\r'],
]);

/**
 * What breaks a line, steers a terminal, turns the direction of text or is not seen at all: control
 * and format characters, separators of lines and paragraphs, and surrogates that stand alone.
 */
const steering = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * Text of a server, a file or the system, in one line for people. All such text goes through here
 * before it is printed: a server must not be able to write to the terminal of its caller.
 */
export function printable(text: string): string {
  return text.replace(
    steering,
    (character) => shortEscapes.get(character) ?? `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}

/** The same for a column of tab-separated rows: the backslash is doubled, so no two fields look alike. */
export function escapeField(text: string): string {
  return printable(text.replaceAll('\\', '\\\\'));
}

/** A value as JSON, in which no character steers a terminal: each that does is an escape. */
export function writeJson(value: unknown, indent?: number): string {
  const json = JSON.stringify(value, null, indent) ?? 'null';
  // the line feeds are those of the indentation: JSON has escapes for those of a string
  return json.replace(steering, (character) => (character === '\n' ? character : escapeUnits(character)));
}

function escapeUnits(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}

/** Milliseconds with three decimals, or n/a where there is no sample. */
export function formatMs(ms: number | undefined): string {
  return ms === undefined ? 'n/a' : `${ms.toFixed(3)} ms`;
}
