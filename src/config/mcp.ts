import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import * as z from 'zod';
import { ConfigError } from '../errors.ts';
import { rememberSecret } from '../observability/secrets.ts';

/** A bearer token as it is kept: by its digest alone. */
export type TokenEntry = {
  /** SHA-256 in hexadecimal. */
  digest: string;
  /** Milliseconds since the epoch; undefined: it does not expire. */
  expiresAt: number | undefined;
  isShort: boolean;
};

export type McpHttpSettings = {
  host: string;
  port: number;
  tokens: readonly TokenEntry[];
  /** Holds tokens too, and is read again when it changes. */
  tokenFile: string | undefined;
  /** Names that a Host header may hold besides the loopback ones, with or without a port. */
  allowedHosts: readonly string[];
  allowedOrigins: readonly string[];
  /** Where clients find the server, if that is not what their Host header says: behind a proxy. */
  publicUrl: string | undefined;
  sessions: boolean;
  maxSessions: number;
  sessionIdleMinutes: number;
  /** Messages per minute and token. */
  ratePerMinute: number;
  maxBodyBytes: number;
  /** How long one answer may take. */
  timeoutSeconds: number;
};

const TOKEN = /^([A-Za-z0-9._~+/-]+=*)(?:;expires=(\S+))?$/;
const DATE = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/;
const SHORT = 16;

const text = z.string();
const int = (low: number, high: number) =>
  z
    .string()
    .regex(/^\d+$/)
    .transform(Number)
    .refine((value) => value >= low && value <= high);
const list = (part: RegExp) => text.refine((value) => toList(value).every((one) => part.test(one)));

/** The variables of the MCP server, in the form of those in config.ts. */
export const MCP_VARIABLES: Record<string, [z.ZodType, string]> = {
  MCP_HTTP_HOST: [
    text.regex(/^[A-Za-z0-9._:%-]+$/),
    'the address to listen on: 127.0.0.1, or 0.0.0.0 for all (then MCP_HTTP_TOKEN has to be set)',
  ],
  MCP_HTTP_PORT: [int(0, 65535), 'a port number from 1 to 65535, or 0 for any free one'],
  MCP_HTTP_TOKEN: [
    text.refine((value) => parseTokens(value).wrong === 0),
    'bearer tokens separated by commas or spaces, each of letters, digits and . _ ~ + / - =, with ;expires=2027-01-31 after it if it ends',
  ],
  MCP_HTTP_TOKEN_FILE: [
    text.refine((file) => existsSync(file)),
    'the path of an existing file that holds bearer tokens',
  ],
  MCP_HTTP_ALLOWED_HOSTS: [
    list(/^(\[[0-9a-f:]+\]|[a-z0-9._-]+)(:\d+)?$/i),
    'host names as clients call this server, separated by commas, without https://',
  ],
  MCP_HTTP_ALLOWED_ORIGINS: [
    list(/^https?:\/\/[^/\s]+$/i),
    'origins of web pages that may call this server, such as https://tools.example, separated by commas',
  ],
  MCP_HTTP_PUBLIC_URL: [
    text.regex(/^https?:\/\/[^/\s]+\/?$/i),
    'the address under which clients reach this server, such as https://dr365.example',
  ],
  MCP_HTTP_SESSIONS: [z.enum(['on', 'off']), 'on or off'],
  MCP_HTTP_MAX_SESSIONS: [int(1, 10_000), 'a number of sessions from 1 to 10000'],
  MCP_HTTP_SESSION_IDLE_MINUTES: [int(1, 1440), 'a number of minutes from 1 to 1440'],
  MCP_HTTP_RATE_PER_MINUTE: [int(1, 100_000), 'a number of messages from 1 to 100000'],
  MCP_HTTP_MAX_BODY_KB: [int(1, 10_240), 'a number of kilobytes from 1 to 10240'],
  MCP_HTTP_TIMEOUT_SECONDS: [int(1, 600), 'a number of seconds from 1 to 600'],
};

type Values = Record<string, string | number | undefined>;

/** The settings of the MCP server over HTTP from variables that were checked already. */
export function toMcpHttp(values: Values): McpHttpSettings {
  const given = (name: string) => (values[name] === undefined ? undefined : String(values[name]));
  const number = (name: string, usual: number) => Number(values[name] ?? usual);
  return {
    host: given('MCP_HTTP_HOST') ?? '127.0.0.1',
    port: number('MCP_HTTP_PORT', 3365),
    tokens: parseTokens(given('MCP_HTTP_TOKEN') ?? '').tokens,
    tokenFile: given('MCP_HTTP_TOKEN_FILE'),
    allowedHosts: toList(given('MCP_HTTP_ALLOWED_HOSTS') ?? '').map((name) => name.toLowerCase()),
    allowedOrigins: toList(given('MCP_HTTP_ALLOWED_ORIGINS') ?? '').map((name) => name.toLowerCase()),
    publicUrl: given('MCP_HTTP_PUBLIC_URL')?.replace(/\/$/, ''),
    sessions: given('MCP_HTTP_SESSIONS') === 'on',
    maxSessions: number('MCP_HTTP_MAX_SESSIONS', 100),
    sessionIdleMinutes: number('MCP_HTTP_SESSION_IDLE_MINUTES', 30),
    ratePerMinute: number('MCP_HTTP_RATE_PER_MINUTE', 240),
    maxBodyBytes: number('MCP_HTTP_MAX_BODY_KB', 256) * 1024,
    timeoutSeconds: number('MCP_HTTP_TIMEOUT_SECONDS', 60),
  };
}

/**
 * Tokens of a list as people write it: separated by commas or white space, lines that begin with # left out.
 * @returns the tokens, and how many entries are none; what they hold is nowhere kept
 */
export function parseTokens(listed: string): { tokens: TokenEntry[]; wrong: number } {
  const entries = toList(listed.replace(/^\s*#.*$/gm, ''));
  const tokens = entries.flatMap((entry) => toToken(entry) ?? []);
  return { tokens, wrong: entries.length - tokens.length };
}

/** @returns undefined if it is no token, or its end is no date */
function toToken(entry: string): TokenEntry | undefined {
  const [, token, expires] = TOKEN.exec(entry) ?? [];
  if (!token) return undefined;
  rememberSecret(token);
  const expiresAt = expires === undefined ? undefined : DATE.test(expires) ? Date.parse(expires) : Number.NaN;
  if (Number.isNaN(expiresAt)) return undefined;
  return { digest: digestOf(token), expiresAt, isShort: token.length < SHORT };
}

/** SHA-256 in hexadecimal. */
export const digestOf = (token: string): string => createHash('sha256').update(token).digest('hex');

/**
 * Whether these settings may be served at all.
 * @throws ConfigError if others than programs on this machine could ask without a token that is hard to guess
 */
export function assertMayListen({ host, tokens, tokenFile }: McpHttpSettings): void {
  if (isLoopback(host)) return;
  if (tokens.length === 0 && !tokenFile) {
    throw new ConfigError(
      `MCP_HTTP_TOKEN is not set, but MCP_HTTP_HOST=${host} can be reached from other machines: set a token (for example the ` +
        'output of: openssl rand -base64 32), or listen on 127.0.0.1',
    );
  }
  if (tokens.some(({ isShort }) => isShort)) {
    throw new ConfigError(
      `MCP_HTTP_TOKEN holds a token of fewer than ${SHORT} characters, but MCP_HTTP_HOST=${host} can be reached from other ` +
        'machines: use a longer one (for example the output of: openssl rand -base64 32)',
    );
  }
}

/** Addresses and the name that only programs on this machine can reach. */
export function isLoopback(host: string): boolean {
  const bare = host.toLowerCase().replace(/^\[|\]$/g, '');
  return bare === 'localhost' || bare === '::1' || /^127(\.\d{1,3}){3}$/.test(bare);
}

const toList = (value: string) => value.split(/[\s,]+/).filter(Boolean);
