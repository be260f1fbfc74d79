import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A certificate for `localhost` that signs itself. */
export interface TestCertificate {
  readonly key: string;
  readonly cert: string;
  /** Holds the certificate: `NODE_EXTRA_CA_CERTS` of who shall trust it. */
  readonly file: string;
}

/** Makes a certificate in a folder. */
export function makeCertificate(folder: string): TestCertificate {
  const keyFile = join(folder, 'key.pem');
  const file = join(folder, 'cert.pem');
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const files = ['-keyout', keyFile, '-out', file];
  execFileSync('openssl', ['req', '-x509', ...key, '-days', '2', ...subject, ...files], {
    stdio: 'ignore',
  });
  return { key: readFileSync(keyFile, 'utf8'), cert: readFileSync(file, 'utf8'), file };
}
