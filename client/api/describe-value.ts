/** More of a string or a number would drown the message. */
const shownLength = 100;

/** Any value, as an error shows it after "got". Never throws, whatever the value does when it is read. */
export function describeValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return shorten(JSON.stringify(value));
    case 'bigint':
      return `${shorten(`${value}`)}n`;
    case 'number':
    case 'boolean':
      return `${value}`;
    default:
      return describeType(value);
  }
}

/** The kind of a value, which may be a secret. Never throws. */
export function describeType(value: unknown): string {
  if (value === undefined || value === null) return `${value}`;
  if (typeof value === 'string') return `a string of ${value.length} characters`;
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function shorten(text: string): string {
  return text.length <= shownLength ? text : `${text.slice(0, shownLength)}...`;
}
