import { createHash } from 'node:crypto';
import { ApiError } from './api/errors.ts';

type Tokens = {
  access_token: string;
  token_type: 'bearer';
  refresh_token: string;
  expires_in: number;
  '.issued': string;
  '.expires': string;
};

export type Auth = {
  /** Answers a form at the token endpoint. @throws ApiError 400, 401 */
  token: (form: URLSearchParams) => Tokens;
  logout: (accessToken: string | undefined) => void;
  /** @throws ApiError 401 unless the token is good */
  check: (accessToken: string | undefined) => void;
  /** All tokens are forgotten, as after a restart of the service. */
  forget: (what: 'all' | 'access' | 'refresh') => void;
};

export type AuthOptions = {
  username: string;
  password: string;
  tokenSeconds: number;
  /** Real milliseconds: tokens age in real time, whatever the simulated clock does. */
  elapsed?: () => number;
};

const REFRESH_SECONDS = 14 * 86_400;
const SHORT_REFRESH_SECONDS = 900;
const LOCK_AFTER = 10;
const LOCK_MS = 60_000;

type Session = { access: string; refresh: string; accessUntil: number; refreshUntil: number };

/** Sign-in as the product does it: single-use refresh tokens, sign-out of one session, lock-out after ten failures in a row. */
export function createAuth(options: AuthOptions): Auth {
  const elapsed = options.elapsed ?? (() => performance.now());
  const byAccess = new Map<string, Session>();
  const byRefresh = new Map<string, Session>();
  const failures = { count: 0, lockedUntil: 0 };
  let issued = 0;

  const open = (isShort: boolean): Tokens => {
    forgetOld(byAccess, byRefresh, elapsed());
    issued += 1;
    const lasting = options.tokenSeconds + (isShort ? SHORT_REFRESH_SECONDS : REFRESH_SECONDS);
    const session: Session = {
      access: secret(options.password, issued, 'access'),
      refresh: secret(options.password, issued, 'refresh'),
      accessUntil: elapsed() + options.tokenSeconds * 1000,
      refreshUntil: elapsed() + lasting * 1000,
    };
    byAccess.set(session.access, session);
    byRefresh.set(session.refresh, session);
    return toTokens(session, options.tokenSeconds);
  };
  const close = (session: Session) => {
    byAccess.delete(session.access);
    byRefresh.delete(session.refresh);
  };
  const withPassword = (form: URLSearchParams): Tokens => {
    if (elapsed() < failures.lockedUntil) throw denied('The account is locked out');
    const right =
      sameUser(form.get('username') ?? '', options.username) && form.get('password') === options.password;
    if (!right) {
      failures.count += 1;
      if (failures.count >= LOCK_AFTER) failures.lockedUntil = elapsed() + LOCK_MS;
      throw denied('The user name or password is incorrect');
    }
    Object.assign(failures, { count: 0, lockedUntil: 0 });
    return open(form.get('use_short_term_refresh') === 'true');
  };
  const withRefresh = (form: URLSearchParams): Tokens => {
    const session = byRefresh.get(form.get('refresh_token') ?? '');
    if (!session || session.refreshUntil < elapsed())
      throw new ApiError(401, 'InvalidToken', 'The refresh token is not valid');
    close(session);
    return open(false);
  };
  const sessionOf = (token: string | undefined): Session => {
    const session = token === undefined ? undefined : byAccess.get(token);
    if (!session) throw new ApiError(401, 'InvalidToken', 'The access token is missing or not valid');
    if (session.accessUntil < elapsed())
      throw new ApiError(401, 'ExpiredToken', 'The access token has expired');
    return session;
  };
  return {
    token: (form) => {
      const grant = form.get('grant_type')?.toLowerCase();
      if (grant === 'password') return withPassword(form);
      if (grant === 'refresh_token') return withRefresh(form);
      throw new ApiError(400, 'UnexpectedContent', 'grant_type has to be password or refresh_token');
    },
    logout: (token) => close(sessionOf(token)),
    check: (token) => void sessionOf(token),
    forget: (what) => {
      if (what !== 'refresh') byAccess.clear();
      if (what !== 'access') byRefresh.clear();
    },
  };
}

const denied = (message: string) => new ApiError(401, 'AccessDenied', message);

/** The user name may come with the host or domain in front. */
const sameUser = (given: string, wanted: string) =>
  given.split('\\').at(-1)?.toLowerCase() === wanted.toLowerCase();

function forgetOld(byAccess: Map<string, Session>, byRefresh: Map<string, Session>, now: number): void {
  for (const [token, { refreshUntil }] of byRefresh) if (refreshUntil < now) byRefresh.delete(token);
  for (const [token, { accessUntil, refresh }] of byAccess)
    if (accessUntil + 3_600_000 < now && !byRefresh.has(refresh)) byAccess.delete(token);
}

function toTokens({ access, refresh }: Session, seconds: number): Tokens {
  const now = Date.now();
  return {
    access_token: access,
    token_type: 'bearer',
    refresh_token: refresh,
    expires_in: seconds,
    '.issued': new Date(now).toISOString(),
    '.expires': new Date(now + seconds * 1000).toISOString(),
  };
}

const secret = (password: string, n: number, what: string) =>
  createHash('sha512').update(`${password} ${n} ${what} ${performance.timeOrigin}`).digest('base64url');
