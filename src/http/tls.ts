import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { TLSSocket } from 'node:tls';
import { buildConnector } from 'undici';
import { ConfigError, SourceError } from '../errors.ts';
import {
  describeCertificate,
  type PresentedCertificate,
  plainFingerprint,
  presentedBy,
  readPresentedCertificate,
} from './certificate.ts';

/** How a server's certificate is checked. There is no mode that takes any certificate. */
export type TlsMode =
  | { mode: 'system' }
  | { mode: 'ca'; caFile: string }
  | { mode: 'ca'; ca: string }
  | { mode: 'pin'; fingerprint: string };

/** What the settings are called, so that a message can say which one to change. */
export type SettingNames = { server: string; port: string; caFile: string; fingerprint: string };

type Connector = ReturnType<typeof buildConnector>;

const CONNECT_MS = 10_000;
const UNTRUSTED =
  /^(CERT_|ERR_TLS_CERT|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|INVALID_CA|PATH_LENGTH|HOSTNAME_MISMATCH)/;
const NO_TLS = /^(EPROTO|ERR_SSL_)/;

/**
 * Opens connections on which the certificate has been checked before a byte of a request is sent; each new connection
 * is checked, as no TLS session is taken up again.
 * @throws ConfigError if the CA file or the fingerprint cannot be used
 */
export function createConnector(tls: TlsMode, names: SettingNames): Connector {
  const common = { allowH2: false, maxCachedSessions: 0, timeout: CONNECT_MS };
  if (tls.mode === 'pin') return pinned(tls.fingerprint, common, names);
  const connect = buildConnector(tls.mode === 'ca' ? { ...common, ca: certificatesOf(tls, names) } : common);
  return (options, callback) => {
    connect(options, (error, socket) => {
      if (error === null) return callback(null, socket);
      explain(error, options, tls, names).then(
        (better) => callback(better, null),
        () => callback(error, null),
      );
    });
  };
}

/** The pin takes the place of chain, name and date, which Node would check: the comparison below is the check. */
function pinned(fingerprint: string, common: object, names: SettingNames): Connector {
  const expected = plainFingerprint(fingerprint);
  if (!/^[0-9a-f]{64}$/.test(expected)) {
    throw new ConfigError(`${names.fingerprint} is wrong: a SHA-256 fingerprint has 64 hexadecimal digits`);
  }
  const connect = buildConnector({ ...common, rejectUnauthorized: false });
  return (options, callback) => {
    connect(options, (error, socket) => {
      if (error !== null)
        return callback(NO_TLS.test(codeOf(error)) ? noTls(error, options, names) : error, null);
      const problem = notPinned(socket, expected, options, names);
      if (!problem) return callback(null, socket);
      socket.destroy();
      callback(problem, null);
    });
  };
}

function notPinned(
  socket: unknown,
  expected: string,
  { hostname, port }: { hostname: string; port: string },
  names: SettingNames,
): SourceError | undefined {
  if (!(socket instanceof TLSSocket)) return tlsError(`${hostname}:${port} was not reached over TLS`);
  const presented = presentedBy(socket);
  if (plainFingerprint(presented.fingerprint) === expected) return undefined;
  return tlsError(
    `the certificate of ${hostname}:${port} is not the pinned one: expected SHA-256 ${withColons(expected)}, ` +
      `presented ${describeCertificate(presented)}. If the certificate was renewed, compare it on the server and ` +
      `set ${names.fingerprint} to the new value (or use ${names.caFile}); otherwise someone may be in between`,
  );
}

async function explain(
  error: Error,
  options: { hostname: string; port: string },
  tls: TlsMode,
  names: SettingNames,
): Promise<Error> {
  const code = codeOf(error);
  if (NO_TLS.test(code)) return noTls(error, options, names);
  if (!UNTRUSTED.test(code)) return error;
  const { hostname, port } = options;
  const presented = await readPresentedCertificate(bare(hostname), Number(port)).catch(() => undefined);
  const trust = tls.mode === 'ca' ? `the certificates in ${names.caFile}` : "this machine's certificates";
  return tlsError(
    `the certificate of ${hostname}:${port} is not trusted by ${trust}: ${reasonOf(code, error)}. ` +
      `Presented: ${presented ? describeCertificate(presented) : 'unknown'}. ${adviceFor(code, hostname, presented, names)}`,
    error,
  );
}

function noTls(error: Error, { hostname, port }: { hostname: string; port: string }, names: SettingNames) {
  return tlsError(
    `${hostname}:${port} does not answer in TLS: check ${names.port} (${codeOf(error)})`,
    error,
  );
}

function reasonOf(code: string, error: Error): string {
  if (code === 'CERT_HAS_EXPIRED') return 'it has expired (CERT_HAS_EXPIRED)';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return error.message;
  return code.startsWith('DEPTH_ZERO') ? `it is self-signed (${code})` : code;
}

function adviceFor(
  code: string,
  hostname: string,
  presented: PresentedCertificate | undefined,
  names: SettingNames,
): string {
  const pin = `${names.fingerprint}${presented ? `=${presented.fingerprint}` : ''}`;
  const name =
    code === 'ERR_TLS_CERT_ALTNAME_INVALID'
      ? `Set ${names.server} to a name in the certificate${isIP(bare(hostname)) ? ' instead of an address' : ''}, or c`
      : `Set ${names.caFile} to the PEM file of the server's certificate or its authority, or c`;
  return `${name}ompare the SHA-256 with the one shown on the server and set ${pin}`;
}

/** The certificates of a PEM file, each of which can be read. */
function certificatesOf(tls: { caFile: string } | { ca: string }, names: SettingNames): string[] {
  const { text, where } =
    'ca' in tls
      ? { text: tls.ca, where: names.caFile }
      : { text: readPem(tls.caFile, names), where: `${names.caFile}=${tls.caFile}` };
  const found = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (found.length === 0) {
    throw new ConfigError(`${where} is wrong: it has to be a PEM file with "BEGIN CERTIFICATE" in it`);
  }
  for (const certificate of found) {
    try {
      new X509Certificate(certificate);
    } catch (cause) {
      throw new ConfigError(`${where} is wrong: one of its certificates cannot be read`, { cause });
    }
  }
  return found;
}

function readPem(file: string, names: SettingNames): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new ConfigError(`${names.caFile}=${file} cannot be read`, { cause });
  }
}

const tlsError = (message: string, cause?: unknown) =>
  new SourceError(message, { code: 'tls', retryable: false, cause });

const codeOf = (error: Error) => ('code' in error ? String(error.code) : '');
const bare = (hostname: string) => hostname.replace(/^\[|\]$/g, '');
const withColons = (hex: string) => hex.toUpperCase().match(/../g)?.join(':') ?? hex;
