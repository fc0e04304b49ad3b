import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';

type Pem = string | Buffer;

const certificateBlock = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** What was expected instead of these certificates; undefined: they will do. */
export function faultOfCertificates(pem: Pem): string | undefined {
  const blocks = pem.toString().match(certificateBlock) ?? [];
  const isRead = blocks.length > 0 && blocks.every((block) => attempt(() => new X509Certificate(block)));
  return isRead ? undefined : 'certificates in PEM';
}

/** What was expected instead of this private key; undefined: it will do. */
export function faultOfKey(pem: Pem): string | undefined {
  return readKey(pem) === undefined ? 'a private key in PEM, without a passphrase' : undefined;
}

/** What was expected instead of this key; undefined: the two, each of which is well-formed, belong together. */
export function faultOfPair(cert: Pem, key: Pem): string | undefined {
  const read = readKey(key);
  const isPair = read !== undefined && new X509Certificate(cert).checkPrivateKey(read);
  return isPair ? undefined : "the certificate's own key";
}

function readKey(pem: Pem): KeyObject | undefined {
  return attempt(() => createPrivateKey(pem));
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
