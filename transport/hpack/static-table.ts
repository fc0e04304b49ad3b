import type { HeaderField } from './field.ts';

/** RFC 7541 appendix A, in order; index 1 is the first. `name=value`, or a name alone. */
const rows = `:authority :method=GET :method=POST :path=/ :path=/index.html :scheme=http :scheme=https :status=200
:status=204 :status=206 :status=304 :status=400 :status=404 :status=500 accept-charset
accept-encoding=gzip,_deflate accept-language accept-ranges accept access-control-allow-origin age allow
authorization cache-control content-disposition content-encoding content-language content-length
content-location content-range content-type cookie date etag expect expires from host if-match
if-modified-since if-none-match if-range if-unmodified-since last-modified link location max-forwards
proxy-authenticate proxy-authorization range referer refresh retry-after server set-cookie
strict-transport-security transfer-encoding user-agent vary via www-authenticate`;

/** The static table; its first entry has index 1 on the wire. */
export const staticTable: readonly HeaderField[] = rows.split(/\s/).map((row) => {
  const [name = '', value = ''] = row.split('=');
  return { name, value: value.replace('_', ' ') };
});

/** Names to the lowest index that carries them, and whole fields to their index. */
export const staticIndexOfName: ReadonlyMap<string, number> = new Map(
  staticTable.map(({ name }, position) => [name, position + 1] as const).reverse(),
);
export const staticIndexOfField: ReadonlyMap<string, number> = new Map(
  staticTable.map(({ name, value }, position) => [`${name}\0${value}`, position + 1] as const),
);
