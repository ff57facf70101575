import { once } from 'node:events';
import { isIP } from 'node:net';
import { connect, type PeerCertificate, type TLSSocket } from 'node:tls';

/** What a person compares when a certificate is not accepted. */
export type PresentedCertificate = {
  /** SHA-256 of the certificate, as `AB:CD:…`. */
  fingerprint: string;
  subject: string;
  issuer: string;
  validTo: Date;
};

const PROBE_MS = 5_000;

/**
 * The certificate that a server presents, trusted or not: a handshake and nothing else, no request is sent. For a first
 * contact, where an administrator has to compare and confirm the fingerprint.
 */
export async function readPresentedCertificate(host: string, port: number): Promise<PresentedCertificate> {
  // No trust is needed here: nothing is sent, and what comes back is shown to a person.
  const socket = connect({
    host,
    port,
    ...(isIP(host) ? {} : { servername: host }),
    rejectUnauthorized: false,
  });
  try {
    await once(socket, 'secureConnect', { signal: AbortSignal.timeout(PROBE_MS) });
    return presentedBy(socket);
  } finally {
    socket.on('error', () => {}); // closed by us: what it still has to say is of no interest
    socket.destroy();
  }
}

/** @throws Error if the handshake brought no certificate */
export function presentedBy(socket: TLSSocket): PresentedCertificate {
  const certificate = socket.getPeerCertificate();
  if (!certificate?.fingerprint256) throw new Error('the server presented no certificate');
  return {
    fingerprint: certificate.fingerprint256,
    subject: nameOf(certificate.subject),
    issuer: nameOf(certificate.issuer),
    validTo: new Date(certificate.valid_to),
  };
}

/** One line: `SHA-256 AB:…, subject CN=vbr01, valid to 2030-01-31`. */
export function describeCertificate({ fingerprint, subject, validTo }: PresentedCertificate): string {
  const end = Number.isNaN(validTo.getTime()) ? 'an unreadable date' : validTo.toISOString().slice(0, 10);
  return `SHA-256 ${fingerprint}, subject ${subject}, valid to ${end}`;
}

/** Lower-case hexadecimal digits only, so that colons and case make no difference. */
export function plainFingerprint(fingerprint: string): string {
  return fingerprint.replaceAll(/[^0-9A-Fa-f]/g, '').toLowerCase();
}

function nameOf(name: PeerCertificate['subject'] | undefined): string {
  const parts = Object.entries(name ?? {}).map(([key, value]) => `${key}=${[value].flat().join('+')}`);
  return parts.join(', ') || '(none)';
}
