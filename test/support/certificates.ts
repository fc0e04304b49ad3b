import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate and its key, in PEM, and where they lie. */
export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: string;
  readonly key: string;
}

interface IssueOptions {
  /** Names that the certificate is for. @default this machine's */
  readonly names?: string;
  /** Days from now until it expires; of a negative number it has. @default 2 */
  readonly days?: number;
}

/** Who signs certificates. */
interface Authority {
  readonly file: string;
  readonly cert: string;
  issue(name: string, options?: IssueOptions): Certificate;
}

/** A folder of certificates, made with openssl as an operator would make them. */
export interface CertificateFolder {
  readonly path: string;
  createAuthority(name: string): Authority;
  remove(): void;
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

export function createCertificateFolder(): CertificateFolder {
  const path = mkdtempSync(join(tmpdir(), 'numstore-tls-'));
  const openssl = (...args: string[]): void => {
    execFileSync('openssl', args, { cwd: path, stdio: 'ignore' });
  };
  const read = (name: string): string => readFileSync(join(path, name), 'utf8');

  const createAuthority = (name: string): Authority => {
    const subject = ['-subj', `/CN=${name}`, '-days', '2'];
    openssl('req', '-x509', ...newKey, ...subject, '-keyout', `${name}.key`, '-out', `${name}.pem`);
    const issue = (subject: string, options: IssueOptions = {}): Certificate => {
      const { names = 'DNS:localhost,IP:127.0.0.1', days = 2 } = options;
      const base = `${name}-${subject}`;
      const request = ['-subj', `/CN=${subject}`, '-addext', `subjectAltName=${names}`];
      openssl('req', ...newKey, ...request, '-keyout', `${base}.key`, '-out', `${base}.csr`);
      const signer = ['-CA', `${name}.pem`, '-CAkey', `${name}.key`, '-copy_extensions', 'copy'];
      openssl('x509', '-req', '-in', `${base}.csr`, ...signer, '-days', String(days), '-out', `${base}.pem`);
      return {
        certFile: join(path, `${base}.pem`),
        keyFile: join(path, `${base}.key`),
        cert: read(`${base}.pem`),
        key: read(`${base}.key`),
      };
    };
    return { file: join(path, `${name}.pem`), cert: read(`${name}.pem`), issue };
  };
  return { path, createAuthority, remove: () => rmSync(path, { recursive: true }) };
}
