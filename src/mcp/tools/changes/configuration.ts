import type { MetricsReader } from '../../../db/connect.ts';
import {
  CONFIG_TABLES,
  type ConfigTable,
  listJobNamesOf,
  listTransitions,
  type Span,
  type Transition,
} from '../../../queries/changes-configuration.ts';
import { numberOf, textOf } from '../../json.ts';
import { isoSeconds } from '../../markdown.ts';
import { cleanText } from '../../untrusted.ts';
import { type Comparison, comparedOf, type Worker } from './compare.ts';
import { describeSchedule } from './schedule-text.ts';
import type { Rows } from './shape.ts';

type SettingRow = Rows['configuration'];

/** Who reads a table, so that what was there before its first run is not taken for new. */
const WRITERS: Record<ConfigTable, Worker> = {
  job: 'health',
  job_retention: 'capacity',
  repository: 'capacity',
  scale_out_repository: 'capacity',
  scale_out_extent: 'capacity',
  proxy: 'health',
  backup_server: 'health',
  license: 'health',
  config_backup: 'health',
};

/** Things that come and go; of the others a first reading is no change. */
const COUNTED: readonly ConfigTable[] = [
  'job',
  'repository',
  'scale_out_repository',
  'scale_out_extent',
  'proxy',
];

/** What the change of a field is called; false, true. */
const SWITCHES: Record<string, [whenFalse: string, whenTrue: string]> = {
  is_disabled: ['ENABLED', 'DISABLED'],
  is_online: ['OFFLINE', 'ONLINE'],
  is_enabled: ['DISABLED', 'ENABLED'],
};
const NAMES: Record<string, string> = {
  name: 'RENAMED',
  schedule: 'SCHEDULE',
  is_scheduled: 'SCHEDULE',
  after_job_id: 'SCHEDULE',
  repository_id: 'REPOSITORY',
  objects_count: 'OBJECTS',
  retry_count: 'RETRIES',
  build_version: 'VERSION',
};
/** Told by another field of the same row. */
const BESIDE = ['repository_name', 'vanished_at'];
/** Fields in which nothing is a value; in all others nothing means that it could not be read. */
const MAY_BE_NONE = [
  'after_job_id',
  'gfs_weeks',
  'gfs_months',
  'gfs_years',
  'consumption_limit_bytes',
  'task_limit',
  'immutable_days',
  'expires_at',
];

/**
 * Changes of settings that were seen after the earlier of the two runs and up to the later one: what a run has read by a
 * moment at which it is still under way is not known then, and must not be lost for the next comparison.
 */
export async function readConfiguration(
  db: MetricsReader,
  comparisons: readonly Comparison[],
): Promise<SettingRow[]> {
  const found: Transition[] = [];
  for (const table of CONFIG_TABLES)
    found.push(...(await listTransitions(db, table, spansOf(comparisons, WRITERS[table]))));
  const retention = found.filter(({ table }) => table === 'job_retention').map(({ entityId }) => entityId);
  const names = await listJobNamesOf(db, healthOf(comparisons), retention);
  return found.flatMap((transition) => toRows(named(transition, names)));
}

const spansOf = (comparisons: readonly Comparison[], worker: Worker): Span[] =>
  [...comparedOf(comparisons, worker)].map(([sourceId, { before, now }]) => ({
    sourceId,
    since: before.knownAt,
    until: now.knownAt,
  }));

/** When the names of jobs were read last, by source. */
const healthOf = (comparisons: readonly Comparison[]) =>
  comparisons.flatMap(({ sourceId, worker, now }) =>
    worker === WRITERS.job && now ? [{ sourceId, knownAt: now.knownAt }] : [],
  );

function named(transition: Transition, names: Map<string, string>): Transition {
  if (transition.table !== 'job_retention') return transition;
  const name = names.get(JSON.stringify([transition.sourceId, transition.entityId]));
  return { ...transition, entityName: name ?? transition.entityId };
}

function toRows(transition: Transition): SettingRow[] {
  const { table, before, after } = transition;
  const row = (change: string, field: string | null, from: unknown, to: unknown): SettingRow => ({
    source_id: transition.sourceId,
    entity_kind: table === 'job_retention' ? 'job' : table,
    entity_id: cleanText(transition.entityId, 200),
    name: cleanText(transition.entityName),
    change,
    field,
    before: toScalar(field, from),
    after: toScalar(field, to),
    seen_at: isoSeconds(transition.at),
  });
  const isGone = (after.vanished_at ?? null) !== null;
  const wasGone = before !== null && (before.vanished_at ?? null) !== null;
  if (before === null) return COUNTED.includes(table) && !isGone ? [row('CREATED', null, null, null)] : [];
  if (isGone !== wasGone && COUNTED.includes(table))
    return [row(isGone ? 'DELETED' : 'RETURNED', null, null, null)];
  if (isGone) return [];
  if (table === 'job_retention') return retentionRow(before, after, row);
  return changedFields(before, after).flatMap((field) => {
    const [from, to] = [before[field] ?? null, after[field] ?? null];
    if (from === null && !MAY_BE_NONE.includes(field)) return []; // read for the first time
    if (to === null && !MAY_BE_NONE.includes(field)) return [row('NOT_MEASURED', field, from, to)];
    if (field === 'repository_id')
      return [row('REPOSITORY', field, before.repository_name ?? from, after.repository_name ?? to)];
    const [whenFalse, whenTrue] = SWITCHES[field] ?? [];
    return [row((to ? whenTrue : whenFalse) ?? NAMES[field] ?? field.toUpperCase(), field, from, to)];
  });
}

const changedFields = (before: Record<string, unknown>, after: Record<string, unknown>) =>
  Object.keys(after).filter(
    (field) =>
      !BESIDE.includes(field) &&
      JSON.stringify(before[field] ?? null) !== JSON.stringify(after[field] ?? null),
  );

function retentionRow(
  before: Record<string, unknown>,
  after: Record<string, unknown>,
  row: (change: string, field: string, from: unknown, to: unknown) => SettingRow,
): SettingRow[] {
  const [from, to] = [retentionText(before), retentionText(after)];
  if (from === to) return [];
  return [
    row(after.kind === null && before.kind !== null ? 'NOT_MEASURED' : 'RETENTION', 'retention', from, to),
  ];
}

function retentionText({ kind, quantity, ...gfs }: Record<string, unknown>): string {
  const parts = (['weeks', 'months', 'years'] as const).flatMap((unit) => {
    const count = gfs[`gfs_${unit}`];
    return typeof count === 'number' ? [`${count} ${unit}`] : [];
  });
  const own = textOf(kind) === null ? 'not read' : `${numberOf(quantity) ?? 'unknown'} ${textOf(kind)}`;
  return parts.length > 0 ? `${own}, GFS ${parts.join(', ')}` : own;
}

function toScalar(field: string | null, value: unknown): SettingRow['before'] {
  if (field === 'schedule') return describeSchedule(value);
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (value === null || value === undefined) return null;
  return cleanText(typeof value === 'string' ? value : JSON.stringify(value), 160);
}

/** What takes protection away first. */
const URGENCY = [
  'DELETED',
  'DISABLED',
  'OFFLINE',
  'NOT_MEASURED',
  'RETENTION',
  'IMMUTABLE_DAYS',
  'REPOSITORY',
  'SCHEDULE',
];
const LAST = ['RENAMED', 'OBJECTS'];

export function keyOfSetting(row: SettingRow) {
  const place = URGENCY.indexOf(row.change);
  const rank = place >= 0 ? place : URGENCY.length + (LAST.includes(row.change) ? 1 : 0);
  return [
    rank,
    -Date.parse(row.seen_at),
    row.source_id,
    `${row.entity_kind} ${row.entity_id} ${row.field ?? ''} ${row.seen_at}`,
  ];
}
