import { filePath, integer, namespace, nonEmpty, orOff, storeSpec } from './parsers.ts';

/** The rows of the table of settings that say where the numbers are, and how to reach them. */
export const storeSettings = {
  store: {
    flag: 'store',
    fallback: 'memory',
    hint: 'memory, lmdb:DIR or redis://HOST:PORT/N',
    more: 'A store on disk is durable; a store in Redis is shared by several servers. docs/operations.md compares them, and tells how to name a cluster, Sentinel and TLS.',
    isSecret: true,
    parse: storeSpec,
  },
  storePassword: {
    flag: 'store-password',
    fallback: 'off',
    hint: 'password of Redis',
    more: 'Use the variable or `--store-password-file`: other users of the machine can read flags.',
    isSecret: true,
    parse: orOff(nonEmpty('a password')),
  },
  storePasswordFile: {
    flag: 'store-password-file',
    fallback: 'off',
    hint: 'file with the password of Redis',
    parse: orOff(filePath),
  },
  storeTlsCa: {
    flag: 'store-tls-ca',
    fallback: 'off',
    hint: 'who signs the certificate of Redis, in PEM',
    more: 'For `rediss://`. Without it the authorities that Node trusts.',
    parse: orOff(filePath),
  },
  storeTlsCert: {
    flag: 'store-tls-cert',
    fallback: 'off',
    hint: 'certificate to show to Redis, in PEM',
    parse: orOff(filePath),
  },
  storeTlsKey: {
    flag: 'store-tls-key',
    fallback: 'off',
    hint: 'its private key, in PEM',
    parse: orOff(filePath),
  },
  storeTlsServerName: {
    flag: 'store-tls-server-name',
    fallback: 'off',
    hint: 'name that the certificate of Redis must have',
    more: 'Without it the host in `--store`.',
    parse: orOff(nonEmpty('a name')),
  },
  namespace: {
    flag: 'namespace',
    fallback: 'default',
    hint: 'which of the stores in one Redis',
    parse: namespace,
  },
  redisWait: {
    flag: 'redis-wait',
    fallback: '0',
    hint: 'replicas of Redis that must confirm a write',
    more: 'A write is acknowledged once that many replicas have confirmed it.',
    parse: integer(0, 100),
  },
} as const;
