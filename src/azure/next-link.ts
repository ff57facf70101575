import { SourceError } from '../errors.ts';
import type { Endpoint } from './settings.ts';

/**
 * Path and query of a link that an answer gave, as they were written.
 * @throws SourceError `bad-answer` if the link leads to another scheme, host or port than the one asked: it is not followed
 */
export function toLinkTarget(link: string, { origin }: Endpoint, endpoint: string): string {
  const url = URL.canParse(link, origin) ? new URL(link, origin) : undefined;
  const isOurs = url?.origin === origin && url.username === '' && url.password === '';
  const [, target] = /^(?:https:\/\/[^/?#\\]+)?(\/[^#]*)$/i.exec(link) ?? [];
  if (isOurs && target !== undefined && !target.startsWith('//')) return printable(target);
  throw new SourceError(
    `${endpoint} gave a link to the next page that leads to ${url ? url.origin : 'no address'} and not to ${origin}: it was not followed`,
    { code: 'bad-answer', retryable: false },
  );
}

/** The link of an envelope; undefined where it is absent, null or empty. */
export function linkOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

/** What cannot be in a request line is encoded, the rest stays. */
function printable(target: string): string {
  return target.replaceAll(/[^\x21-\x7e]+/gu, encodeURIComponent);
}
