import type { HttpAnswer } from '../http/exchange.ts';
import type { Reading } from '../reading.ts';

/** What Azure said last about how much more it will take. null: it did not say. */
export type Throttle = {
  /** Reads left for the subscription or the tenant, by the resource manager. */
  readsLeft: number | null;
  /** Calls of this kind left, by Azure Backup itself. */
  providerLeft: number | null;
  /** Queries left in the window of Resource Graph. */
  queriesLeft: number | null;
};

/** How completely an endpoint was read, with what only Azure says. */
export type AzureReading = Reading & {
  throttle?: Throttle | undefined;
  requestId?: string | undefined;
  /** When Azure sent its last answer, by its own clock; whole seconds. */
  answeredAt?: Date | undefined;
  /** Rows outside what was asked for, left out here: Azure ignores a filter that it cannot read. */
  rowsOutside?: number | undefined;
};

/** Keeps the limits and the request id of an answer. */
export function recordAnswer(reading: AzureReading | undefined, answer: HttpAnswer): void {
  if (!reading) return;
  reading.requestId = answer.header('x-ms-request-id') ?? reading.requestId;
  const answeredAt = Date.parse(answer.header('date') ?? '');
  if (!Number.isNaN(answeredAt)) reading.answeredAt = new Date(answeredAt);
  const throttle = readThrottle(answer);
  if (throttle) reading.throttle = throttle;
}

/** undefined: the answer says nothing about limits. */
export function readThrottle({ header }: HttpAnswer): Throttle | undefined {
  const left = (...kinds: string[]) => {
    for (const kind of kinds) {
      const value = header(kind)?.trim();
      if (value && /^\d+$/.test(value)) return Number(value);
    }
    return null;
  };
  const throttle = {
    readsLeft: left(
      'x-ms-ratelimit-remaining-subscription-reads',
      'x-ms-ratelimit-remaining-subscription-global-reads',
      'x-ms-ratelimit-remaining-tenant-reads',
    ),
    providerLeft: left('x-ms-ratelimit-remaining-subscription-resource-requests'),
    queriesLeft: left('x-ms-user-quota-remaining'),
  };
  return Object.values(throttle).some((value) => value !== null) ? throttle : undefined;
}
