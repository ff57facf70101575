import { createHash, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { generate } from 'selfsigned';
import type { CertificateFacts } from './api/server-routes.ts';
import { DAY } from './zone.ts';

export type ServerCertificate = { key: string; cert: string; fingerprint: string; facts: CertificateFacts };

/**
 * A self-signed certificate as an installation makes one, for the loopback names and `host` as well. It is valid now and at the time
 * of the simulated server, wherever that is.
 */
export async function createCertificate(simulatedNow: Date, host: string): Promise<ServerCertificate> {
  const times = [Date.now(), simulatedNow.getTime()];
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'VBR01' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(Math.min(...times) - 30 * DAY),
    notAfterDate: new Date(Math.max(...times) + 10 * 365 * DAY),
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'keyUsage', digitalSignature: true, keyCertSign: true, keyEncipherment: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 2, value: 'vbr01' },
          { type: 7, ip: '127.0.0.1' },
          isIP(host) ? { type: 7, ip: host } : { type: 2, value: host },
        ],
      },
    ],
  });
  const parsed = new X509Certificate(cert);
  return { key, cert, fingerprint: parsed.fingerprint256, facts: factsOf(parsed) };
}

/** The product's thumbprint is the SHA-1 of the certificate, without colons. */
const factsOf = (parsed: X509Certificate): CertificateFacts => ({
  thumbprint: createHash('sha1').update(parsed.raw).digest('hex').toUpperCase(),
  serialNumber: parsed.serialNumber,
  subject: 'CN=VBR01',
  validFrom: new Date(parsed.validFrom),
  validTo: new Date(parsed.validTo),
});
