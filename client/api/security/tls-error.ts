/** Why a connection over TLS was not made. */
export interface TlsFault {
  readonly reason: string;
  /** whether the next attempt will surely end in the same way */
  readonly isFinal: boolean;
  /** whether the peer has answered in something else than TLS */
  readonly isClearText: boolean;
}

const untrusted =
  'its certificate is signed by nobody who is trusted here: tls.ca, --tls-ca, names whom to trust';
const unwanted = 'it does not accept our certificate';
const wanted = 'it asks for a certificate: tls.cert and tls.key, --tls-cert and --tls-key';

const clearTextCode = 'ERR_SSL_WRONG_VERSION_NUMBER';

/** By the codes of OpenSSL and Node. */
const reasons: ReadonlyMap<string, string> = new Map([
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', untrusted],
  ['UNABLE_TO_GET_ISSUER_CERT', untrusted],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', untrusted],
  ['SELF_SIGNED_CERT_IN_CHAIN', untrusted],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', untrusted],
  ['CERT_SIGNATURE_FAILURE', untrusted],
  ['CERT_HAS_EXPIRED', 'its certificate has expired'],
  ['CERT_NOT_YET_VALID', 'its certificate is not valid yet'],
  [clearTextCode, 'it does not speak TLS'],
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', wanted],
  ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', unwanted],
  ['ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE', unwanted],
  ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED', unwanted],
  ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN', unwanted],
]);

/** Of the operating system: a server that starts, stops or is far away. */
const systemCode = /^E[A-Z]+$/;

/** What the error of a handshake means. */
export function describeTlsFault(error: Error): TlsFault {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const reason = reasons.get(code) ?? describeNames(error) ?? `${error.message} (${code})`;
  const isFinal = code !== '' && !systemCode.test(code);
  return { reason, isFinal, isClearText: code === clearTextCode };
}

/** How an end of the connection shows to whoever was still writing. */
const endCodes: readonly unknown[] = ['ECONNRESET', 'EPIPE'];

/** Whether the peer has ended the connection. */
export function isEnd(error: Error): boolean {
  return 'code' in error && endCodes.includes(error.code);
}

/** What it means that a server ends a connection whose handshake was well, before it has said anything. */
export function describeEarlyEnd(hasCertificate: boolean): TlsFault {
  const doubt = hasCertificate ? unwanted : wanted;
  return {
    reason: `it ended the connection right after the handshake; perhaps ${doubt}`,
    isFinal: false,
    isClearText: false,
  };
}

/** The certificate is good, but somebody else's. */
function describeNames(error: Error): string | undefined {
  if (!('cert' in error && 'host' in error)) return undefined;
  const { cert, host } = error;
  const names =
    typeof cert === 'object' && cert !== null && 'subjectaltname' in cert ? cert.subjectaltname : undefined;
  return `its certificate is for ${names ?? 'no name'}, not for ${host}: tls.serverName, --tls-server-name, names another`;
}
