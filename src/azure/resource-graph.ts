import * as z from 'zod';
import { SourceError } from '../errors.ts';
import type { HttpAnswer } from '../http/exchange.ts';
import { API_VERSIONS } from './api-versions.ts';
import type { AzureClient } from './client.ts';
import { type AzureJob, JOB, ranBetween } from './jobs.ts';
import { RESOURCE_GRAPH_PATH } from './paths.ts';
import { type AzurePolicy, POLICY } from './policies.ts';
import { type AzureProtectedItem, PROTECTED_ITEM } from './protected-items.ts';
import { readThrottle } from './reading.ts';
import { type Page, type ReadOptions, type RowKind, readRows } from './rows.ts';
import { toSeconds } from './time.ts';

export type SweepOptions = ReadOptions & { subscriptionIds: readonly string[] };

const VAULTS = 'microsoft.recoveryservices/vaults';
const PAGE = 1_000;
const MAX_PAGES = 5_000;
/** Resource Graph forgets jobs after this. */
const JOB_DAYS = 14;

const envelopeSchema = z.looseObject({
  data: z.array(z.unknown()),
  totalRecords: z.number().int().nonnegative().nullish(),
  /** Text in its documentation. */
  resultTruncated: z.union([z.string(), z.boolean()]).nullish(),
  $skipToken: z.string().nullish(),
});

/**
 * The protected items of all vaults of some subscriptions, as rows of the same kind as `listProtectedItems`. Resource Graph
 * is minutes behind, and leaves out what the caller may not read without saying so.
 */
export function sweepProtectedItems(
  client: AzureClient,
  options: SweepOptions,
): AsyncGenerator<Page<AzureProtectedItem>> {
  const type = `${VAULTS}/backupfabrics/protectioncontainers/protecteditems`;
  return sweep(client, queryFor(type), PROTECTED_ITEM, options);
}

/** The policies of all vaults of some subscriptions. */
export function sweepPolicies(client: AzureClient, options: SweepOptions): AsyncGenerator<Page<AzurePolicy>> {
  return sweep(client, queryFor(`${VAULTS}/backuppolicies`), POLICY, options);
}

/** The jobs of all vaults of some subscriptions that ran at some time from `from` on, at most 14 days back. */
export function sweepJobs(
  client: AzureClient,
  { from, ...options }: SweepOptions & { from: Date },
): AsyncGenerator<Page<AzureJob>> {
  const now = client.clock.now();
  const tooOld = now - from.getTime() > JOB_DAYS * 86_400_000;
  const gap = tooOld ? `Resource Graph has no jobs older than ${JOB_DAYS} days` : undefined;
  const ended = `| extend endedAt = todatetime(properties.endTime) | where isnull(endedAt) or endedAt >= datetime(${from.toISOString()})`;
  const kind = { ...JOB, wanted: (job: AzureJob) => ranBetween(job, from, new Date(now + 86_400_000)) };
  return sweep(client, queryFor(`${VAULTS}/backupjobs`, ended), kind, options, gap);
}

/** `id` has to be among the columns, or there is no second page; the order keeps pages apart. */
function queryFor(type: string, more = ''): string {
  return `recoveryservicesresources | where type =~ '${type}' ${more}| project id, name, type, location, properties | order by id asc`;
}

async function* sweep<Row>(
  client: AzureClient,
  query: string,
  kind: RowKind<Row>,
  { subscriptionIds, reading, signal }: SweepOptions,
  gap?: string,
): AsyncGenerator<Page<Row>> {
  const seen = new Set<string>();
  const tokens = new Set<string>();
  const call = { apiVersion: API_VERSIONS.resourceGraph, reading, signal };
  for (let token: string | undefined, pages = 0; pages < MAX_PAGES; pages += 1) {
    const options = { $top: PAGE, resultFormat: 'objectArray', ...(token ? { $skipToken: token } : {}) };
    const answer = await client.post(
      RESOURCE_GRAPH_PATH,
      { subscriptions: subscriptionIds, query, options },
      call,
    );
    const { data, totalRecords, resultTruncated, $skipToken: next } = toEnvelope(answer);
    const page = readRows(data, kind, seen, reading);
    if (reading) {
      reading.pages += 1;
      reading.rowsTotal = totalRecords ?? reading.rowsTotal;
    }
    if (page.items.length > 0 || page.rejected > 0) yield page;
    const missing = whatIsMissing(answer, String(resultTruncated).toLowerCase() === 'true', next, tokens);
    if (!next || missing) return end(reading, missing ?? gap);
    tokens.add(next);
    token = next;
    await keepPace(client, answer, signal);
  }
  end(reading, `stopped after ${MAX_PAGES} pages`);
}

function toEnvelope({ json }: HttpAnswer): z.infer<typeof envelopeSchema> {
  const parsed = envelopeSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new SourceError('Resource Graph did not answer with an array of rows', {
    code: 'bad-answer',
    retryable: false,
  });
}

/** Why not all rows come; undefined: they do. */
function whatIsMissing(
  { header }: HttpAnswer,
  truncated: boolean,
  next: string | null | undefined,
  tokens: Set<string>,
): string | undefined {
  if (next && tokens.has(next)) return 'the pages of Resource Graph go round in a circle';
  if (truncated && !next) return 'Resource Graph cut the rows off without a next page';
  if (header('x-ms-tenant-subscription-limit-hit')?.toLowerCase() === 'true' && !next)
    return 'Resource Graph looked at a part of the subscriptions only';
  return undefined;
}

/** Resource Graph tells when the window of its quota is used up, and when the next one begins. */
async function keepPace(
  { clock }: AzureClient,
  answer: HttpAnswer,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (readThrottle(answer)?.queriesLeft !== 0) return;
  const seconds = toSeconds(answer.header('x-ms-user-quota-resets-after'));
  if (seconds) await clock.sleep(seconds * 1000, signal);
}

function end(reading: SweepOptions['reading'], missing: string | undefined): void {
  if (!reading) return;
  reading.complete = missing === undefined;
  if (missing) reading.reason = missing;
}
