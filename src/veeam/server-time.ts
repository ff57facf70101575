import * as z from 'zod';
import { SourceError } from '../errors.ts';
import type { VeeamClient } from './client.ts';
import { readObject } from './read-object.ts';
import { createTimeParser, type TimeParser } from './time.ts';
import { text } from './wire.ts';
import { resolveZone, type ZoneBasis } from './zones.ts';

export type ServerTime = {
  serverTime: Date;
  /** IANA name, or an offset such as `+01:00`: the zone of the server's naive times, schedules and weekdays. */
  zone: string;
  zoneBasis: ZoneBasis;
  /** The server's clock minus ours, estimated at the middle of the request. */
  skewMs: number;
};

const serverTimeSchema = z.object({ serverTime: z.string(), timeZone: text, ianaTimeZoneId: text });
const KEPT_MS = 3_600_000;

/**
 * What the server's clock says, without signing in.
 * @throws SourceError `bad-answer` if the answer holds no readable time
 */
export async function getServerTime(client: VeeamClient): Promise<ServerTime> {
  const { value, answer } = await readObject(client, '/api/v1/serverTime', serverTimeSchema);
  const knowledge = resolveZone({ configured: client.settings.timeZone, ...value });
  const at = createTimeParser(knowledge.zone)(value.serverTime)?.at;
  if (!at) {
    throw new SourceError(
      `${client.address} says that its time is ${JSON.stringify(value.serverTime.slice(0, 60))}`,
      {
        code: 'bad-answer',
        retryable: false,
      },
    );
  }
  const middle = (answer.sentAt + answer.answeredAt) / 2;
  return { serverTime: at, ...knowledge, skewMs: Math.round(at.getTime() - middle) };
}

const parsers = new WeakMap<VeeamClient['identity'], { until: number; parser: Promise<TimeParser> }>();

/** The parser for the server's times. Its zone is asked for once an hour, as an offset alone ends with the season. */
export function getTimeParser(client: VeeamClient): Promise<TimeParser> {
  const now = client.clock.monotonic();
  const known = parsers.get(client.identity);
  if (known && now < known.until) return known.parser;
  const parser = getServerTime(client).then(({ zone }) => createTimeParser(zone));
  parsers.set(client.identity, { until: now + KEPT_MS, parser });
  parser.catch(() => parsers.delete(client.identity));
  return parser;
}
