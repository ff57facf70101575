import * as z from 'zod';
import type { AzureWrite } from '../azure/writer.ts';

const record = z.record(z.string(), z.unknown());

/** What a write would do, exactly: the requests are the ones that are sent. */
export const planSchema = z.object({
  /** One sentence, in the imperative. */
  action: z.string(),
  /** ARM id of what changes. */
  target: z.string(),
  requests: z.array(
    z.object({
      method: z.enum(['PUT', 'PATCH', 'POST', 'DELETE']),
      path: z.string(),
      api_version: z.string(),
      body: z.unknown().optional(),
    }),
  ),
  before: record.optional(),
  after: record.optional(),
  /** What follows from it, in words. */
  effects: z.array(z.string()),
  /** What is weaker, lost or not to be undone afterwards. Empty: nothing of that kind. */
  dangers: z.array(z.string()),
  reversible: z.boolean(),
});
export type Plan = z.infer<typeof planSchema>;

export type PlannedRequest = Plan['requests'][number];

/** A planned request as it is sent. */
export const toWrite = ({ method, path, api_version: apiVersion, body }: PlannedRequest): AzureWrite => ({
  method,
  path,
  apiVersion,
  ...(body === undefined ? {} : { body }),
});

/** The plan in words, as a person is asked about it. */
export function describePlan({ action, target, requests, effects, dangers, reversible }: Plan): string {
  return [
    action,
    `Target: ${target}`,
    ...requests.map(
      ({ method, path, body }) =>
        `Request: ${method} ${path}${body === undefined ? '' : ` ${JSON.stringify(body)}`}`,
    ),
    ...effects.map((effect) => `Effect: ${effect}`),
    ...dangers.map((danger) => `DANGER: ${danger}`),
    reversible ? 'It can be undone.' : 'It CANNOT be undone.',
  ].join('\n');
}
