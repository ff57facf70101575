import { type DestinationStream, type Logger, pino } from 'pino';

export type Log = Logger;

const SECRET_KEYS = [
  'password',
  'token',
  'access_token',
  'refresh_token',
  'authorization',
  'clientSecret',
  'secret',
];

/** JSON lines on stderr, since stdout belongs to protocols and reports. Fields named like a secret are never printed. */
export function createLog(
  level: string,
  destination: DestinationStream = pino.destination({ fd: 2, sync: true }),
): Log {
  const paths = SECRET_KEYS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]);
  return pino({ level, base: null, redact: { paths, censor: '[redacted]' } }, destination);
}
