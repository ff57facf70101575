import { existsSync } from 'node:fs';
import * as z from 'zod';
import { rememberSecret } from '../observability/secrets.ts';
import { isLoopback } from './mcp.ts';

/** Where Prometheus asks this process. */
export type MetricsSettings = { host: string; port: number };

export const NOTIFY_FORMATS = ['json', 'teams', 'slack'] as const;
export type NotifyFormat = (typeof NOTIFY_FORMATS)[number];
const NOTIFY_KINDS = ['critical', 'stale'] as const;
export type NotifyKind = (typeof NOTIFY_KINDS)[number];

/** Where notifications go. The URL is a secret: whoever knows it may post there. */
export type NotifySettings = {
  url: string;
  format: NotifyFormat;
  kinds: readonly NotifyKind[];
  maxPerHour: number;
  /** PEM file with the certificate authority of the receiver; undefined: the system's. */
  caFile: string | undefined;
};

const text = z.string();
const int = (low: number, high: number) =>
  text
    .regex(/^\d+$/)
    .transform(Number)
    .refine((value) => value >= low && value <= high);

const isListOfKinds = (value: string) =>
  toList(value).every((kind) => (NOTIFY_KINDS as readonly string[]).includes(kind));

/** Each variable, what it may be, and what the message says is right. The defaults are in `.env.example` too. */
export const OBSERVABILITY_VARIABLES: Record<string, [z.ZodType, string]> = {
  METRICS_PORT: [int(0, 65535), 'a port number from 1 to 65535, or unset for no metrics endpoint'],
  METRICS_HOST: [
    text.regex(/^[A-Za-z0-9._:%-]+$/),
    'the address to listen on: 127.0.0.1, or 0.0.0.0 for all (whoever reaches it may read)',
  ],
  NOTIFY_WEBHOOK_URL: [
    text.refine(isWebhook),
    'an https:// address without user and password in it (http:// is for this machine only)',
  ],
  NOTIFY_FORMAT: [z.enum(NOTIFY_FORMATS), NOTIFY_FORMATS.join(', ')],
  NOTIFY_ON: [text.refine(isListOfKinds), `one or more of ${NOTIFY_KINDS.join(', ')}, separated by commas`],
  NOTIFY_MAX_PER_HOUR: [int(1, 1000), 'a number of messages from 1 to 1000'],
  NOTIFY_CA_FILE: [text.refine((file) => existsSync(file)), 'the path of an existing PEM file'],
};

/** Names of them whose value is never shown, and may come from a file. */
export const isObservabilitySecret = (name: string): boolean => name === 'NOTIFY_WEBHOOK_URL';

type Values = Record<string, string | number | undefined>;

/** @returns undefined: no port is set, so there is no endpoint */
export function toMetrics(values: Values): MetricsSettings | undefined {
  if (values.METRICS_PORT === undefined) return undefined;
  return { host: String(values.METRICS_HOST ?? '127.0.0.1'), port: Number(values.METRICS_PORT) };
}

/** @returns undefined: there is no webhook, so nothing is sent */
export function toNotify(values: Values): NotifySettings | undefined {
  const url = values.NOTIFY_WEBHOOK_URL;
  if (url === undefined) return undefined;
  rememberUrl(String(url));
  const kinds = toList(String(values.NOTIFY_ON ?? ''));
  return {
    url: String(url),
    format: (values.NOTIFY_FORMAT as NotifyFormat | undefined) ?? 'json',
    kinds: NOTIFY_KINDS.filter((kind) => kinds.length === 0 || kinds.includes(kind)),
    maxPerHour: Number(values.NOTIFY_MAX_PER_HOUR ?? 10),
    caFile: values.NOTIFY_CA_FILE === undefined ? undefined : String(values.NOTIFY_CA_FILE),
  };
}

/** What lets one post is in the path and the query; an error of the network may quote either by itself. */
function rememberUrl(url: string): void {
  const { href, pathname, search } = new URL(url);
  for (const part of [url, href, pathname + search, ...(pathname.length > 8 ? [pathname] : [])])
    if (part !== '/') rememberSecret(part);
}

function isWebhook(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, hostname, username, password } = new URL(value);
  if (username || password) return false;
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname));
}

const toList = (value: string) =>
  value
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean);
