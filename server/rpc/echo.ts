/** Enough to recognise a text. A longer one would make the error cost more than the call. */
const charactersMax = 200;
const mark = '...';

/** A caller's text as an error repeats it: cut at a character, and marked where it was cut. */
export function echo(text: string): string {
  if (text.length <= charactersMax) return text;
  const cut = text.slice(0, charactersMax);
  return `${cut.isWellFormed() ? cut : cut.slice(0, -1)}${mark}`;
}
