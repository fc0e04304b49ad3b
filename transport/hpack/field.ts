/** One header field. Strings hold one octet per character (latin1), as HTTP's fields are octets. */
export interface HeaderField {
  readonly name: string;
  readonly value: string;
  /** Never to be put into a table, here or by a proxy on the way (RFC 7541 7.1.3). */
  readonly sensitive?: boolean;
}

/** What a table entry counts beyond its octets (RFC 7541 4.1). */
const entryOverheadBytes = 32;

/** The size of a field as tables and SETTINGS_MAX_HEADER_LIST_SIZE count it (RFC 7541 4.1). */
export function fieldBytes({ name, value }: HeaderField): number {
  return name.length + value.length + entryOverheadBytes;
}
