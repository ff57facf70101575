import { once } from 'node:events';
import { isIP } from 'node:net';
import { connect, type DetailedPeerCertificate } from 'node:tls';
import type { VeeamServerSettings } from '../config/config.ts';
import { cleanText } from '../mcp/untrusted.ts';
import { type Check, createChecks, plural } from './doctor-check.ts';

/** One certificate of a chain, the server's own first. */
type Link = { subject: string; issuer: string; validTo: Date; fingerprint: string };

const PROBE_MS = 10_000;
const DAY_MS = 86_400_000;
const SOON_DAYS = 30;
/** A server that sends more is not read to its end. */
const MOST_LINKS = 10;

/**
 * Who issued the certificate of a server, and until when it and those above it are valid. That it is trusted was found out
 * before, by the client that signs in.
 */
export async function checkTls(settings: VeeamServerSettings, now: Date): Promise<Check> {
  const { checks, ok, warn } = createChecks('backup server');
  const { names, tls } = settings;
  const trust = { system: 'by the system', ca: `by ${names.caFile}`, pin: `by ${names.fingerprint}` }[
    tls.mode
  ];
  const chain = await readChain(settings.server, settings.port);
  const first = chain.toSorted((a, b) => a.validTo.getTime() - b.validTo.getTime())[0];
  if (!first) {
    warn('TLS', `certificate trusted ${trust}; when it expires could not be read`, 'run the doctor again');
    return checks[0] as Check;
  }
  const days = Math.floor((first.validTo.getTime() - now.getTime()) / DAY_MS);
  const path = chain.map(({ subject }) => cleanText(subject, 80)).join(' < ');
  const issued = chain.length === 1 && chain[0]?.subject === chain[0]?.issuer ? 'self-signed' : 'issued';
  const ends = first.validTo.toISOString().slice(0, 10);
  const whose = first === chain[0] ? '' : ` (that of ${cleanText(first.subject, 80)} ends first)`;
  const until =
    days < 0
      ? `expired on ${ends}, ${plural(-days, 'day')} ago${whose}`
      : `valid to ${ends}, ${plural(days, 'day')} left${whose}`;
  const message = `certificate trusted ${trust}, ${issued}, ${plural(chain.length, 'certificate')} (${path}), ${until}`;
  const details = {
    trust: tls.mode,
    certificateValidTo: first.validTo.toISOString(),
    daysLeft: days,
    chain: chain.map((link) => ({ ...link, validTo: link.validTo.toISOString() })),
  };
  const setting = tls.mode === 'pin' ? names.fingerprint : names.caFile;
  if (days < SOON_DAYS)
    warn('TLS', message, `renew it on the backup server, then change ${setting}`, { details });
  else ok('TLS', message, null, { details });
  return checks[0] as Check;
}

/** The chain as the server presents it: a handshake and nothing else, no request is sent. Empty: it could not be read. */
async function readChain(host: string, port: number): Promise<Link[]> {
  // No trust is needed here: nothing is sent, and what comes back is shown to a person.
  const socket = connect({
    host,
    port,
    ...(isIP(host) ? {} : { servername: host }),
    rejectUnauthorized: false,
  });
  try {
    await once(socket, 'secureConnect', { signal: AbortSignal.timeout(PROBE_MS) });
    return linksOf(socket.getPeerCertificate(true));
  } catch {
    return [];
  } finally {
    socket.on('error', () => {}); // closed by us: what it still has to say is of no interest
    socket.destroy();
  }
}

function linksOf(own: DetailedPeerCertificate): Link[] {
  const links = new Map<string, Link>();
  for (
    let one: DetailedPeerCertificate | undefined = own;
    one?.fingerprint256 && !links.has(one.fingerprint256) && links.size < MOST_LINKS;
    one = one.issuerCertificate
  )
    links.set(one.fingerprint256, {
      subject: nameOf(one.subject),
      issuer: nameOf(one.issuer),
      validTo: new Date(one.valid_to),
      fingerprint: one.fingerprint256,
    });
  return [...links.values()].filter(({ validTo }) => !Number.isNaN(validTo.getTime()));
}

function nameOf(name: DetailedPeerCertificate['subject'] | undefined): string {
  const { CN, O } = name ?? {};
  const said = [CN ?? O].flat()[0];
  return said ? `CN=${said}` : '(no name)';
}
