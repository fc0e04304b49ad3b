/** HTTP/2 over TLS: the name agreed by ALPN (RFC 9113 3.2). */
export const alpn = 'h2';

/** The lowest version of TLS that HTTP/2 allows (RFC 9113 9.2). */
export const minVersion = 'TLSv1.2';
