import type { SourceError } from '../errors.ts';
import { type Clock, systemClock } from '../http/clock.ts';
import type { HttpAnswer } from '../http/exchange.ts';
import { createHttpServer, type HttpServer } from '../http/server.ts';
import { VEEAM_NAMES } from '../setting-names.ts';
import type { VeeamOptions, VeeamSettings } from './client.ts';
import { negotiateRevision } from './negotiate.ts';
import { toTemplate } from './query.ts';
import { isRevision, NEWEST, PREFERRED, type Revision } from './revisions.ts';
import { createShared, type Shared } from './shared.ts';
import { createTokens, type Tokens } from './token.ts';
import { toSignInError, unknownVersion } from './veeam-error.ts';

/** What all views of one client share: the connections, the revision and the sign-in. */
export type Connection = {
  address: string;
  settings: VeeamSettings;
  clock: Clock;
  http: Pick<HttpServer, 'get' | 'counters'>;
  negotiation: Shared<Revision>;
  tokens: Tokens;
  observeBuild: (buildVersion: string) => void;
  isClosed: () => boolean;
  /** Nothing more is sent; ends the session of the token that was in use. */
  end: () => Promise<void>;
};

const TOKEN_PATH = '/api/oauth2/token';
const LOGOUT_PATH = '/api/oauth2/logout';
const LOGOUT_MS = 5_000;

/** @throws ConfigError if the revision, the CA file or the fingerprint cannot be used */
export function createConnection(settings: VeeamSettings, options: VeeamOptions): Connection {
  const { server, port, username, password, tls, apiVersion: wanted, names = VEEAM_NAMES } = settings;
  if (wanted !== undefined && !isRevision(wanted)) throw unknownVersion(wanted, PREFERRED, names);
  const clock = options.clock ?? systemClock;
  const formPaths = [TOKEN_PATH, LOGOUT_PATH];
  const http = createHttpServer({ ...options, clock, host: server, port, tls, names, formPaths });
  const address = `${server}:${port}`;
  let spoken: Revision = wanted ?? NEWEST;
  let build: string | undefined;
  let closed = false;

  const negotiation = createShared(async () => {
    spoken = await negotiateRevision(
      (path, expect, revision) =>
        http.get(path, { endpoint: toTemplate(path), expect, headers: { 'x-api-version': revision } }),
      wanted,
      names,
    );
    options.log?.debug({ server: address, revision: spoken }, 'API revision chosen');
    return spoken;
  });

  const tokens = createTokens(
    { username, password },
    (request) =>
      http.postForm(TOKEN_PATH, { ...request, endpoint: TOKEN_PATH, headers: { 'x-api-version': spoken } }),
    (answer: HttpAnswer): SourceError => toSignInError(answer, address, spoken, tokens.redact, names),
    clock,
  );

  const signOff = (token: string) =>
    http.postForm(LOGOUT_PATH, {
      endpoint: LOGOUT_PATH,
      headers: { 'x-api-version': spoken, authorization: `Bearer ${token}` },
      fields: {},
      repeatable: false,
      timeoutMs: LOGOUT_MS,
    });

  return {
    address,
    settings,
    clock,
    http,
    negotiation,
    tokens,
    observeBuild: (buildVersion) => {
      if (build !== undefined && build !== buildVersion) negotiation.forget();
      build = buildVersion;
    },
    isClosed: () => closed,
    end: async () => {
      if (closed) return;
      closed = true;
      const token = tokens.take();
      try {
        if (token) await signOff(token);
      } catch (error) {
        // The session ends by itself; there is nothing left to do about it.
        options.log?.debug({ server: address, err: error }, 'sign-out failed');
      } finally {
        await http.close();
      }
    },
  };
}
