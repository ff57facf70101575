import type pg from 'pg';
import { type Column, listTables } from './tables.ts';

/** How far back an estate is made to reach. */
export type History = {
  /** Sessions that there are in the end, at most. */
  sessions: number;
  /** How many times the days of the simulated one. */
  copies: number;
  /** Days between two copies: as many as one copy holds, so that a day has as many sessions in every size. */
  strideDays: number;
  /** How many days ago all workers concluded besides. */
  resultDays: number[];
  /** The one of these days that is asked about: 200 days ago, or as far back as another lies before it. */
  askedDays: number;
};

/** Facts with a time of their own: their ids get a suffix with each copy. Those first that others refer to. */
const FACTS = [
  'session',
  'task_session',
  'session_reason',
  'session_log',
  'repository_sample',
  'repository_day',
  'backup_sample',
  'restore_point',
  'restore_trial',
  'malware_event',
  'authorization_event',
];
const IDS = new Set([
  'session_id',
  'task_session_id',
  'parent_session_id',
  'related_session_id',
  'original_session_id',
  'restore_point_id',
  'trial_id',
  'event_id',
  'plan_id',
]);
/** Of these each state of a day is kept: a job's last run, a backup's oldest point. The share of all days that brings another. */
const CHANGING: Record<string, number> = {
  job: 1,
  backup: 0.5,
  backup_object: 0.25,
  repository: 0.5,
  managed_server: 0.2,
  proxy: 0.2,
  session: 0.05,
  restore_point: 0.05,
};
/** Which copies bring restore points along: there are as many as sessions then. */
const POINTS_EVERY = 3;
/** How long runs are kept; so long the hours between two results have runs that failed. */
const RUN_LOG_DAYS = 180;

/** Copies what ten days left behind into the past, again and again, in one database. Rows of each month go to its partition. */
export async function lengthen(
  client: pg.Client,
  history: History,
  say: (line: string) => void,
): Promise<void> {
  await client.query(`set session_replication_role = replica`); // what is copied was known before: no trigger makes it a change
  await client.query(`set synchronous_commit = off`);
  const tables = await listTables(client);
  const withRun = [...tables].filter(([, columns]) => columns.some(({ name }) => name === 'run_id'));
  const results = withRun.map(([name]) => name).filter((name) => name !== 'watermark');
  const facts = FACTS.filter((name) => tables.has(name));
  for (const table of [...facts, ...results])
    await client.query(`create unlogged table bench_${table} as select * from ${table}`);
  if (facts.length > 0) await makePartitions(client, history);
  const indexes = await dropIndexes(client, [
    ...facts,
    ...Object.keys(CHANGING).map((table) => `${table}_past`),
  ]);
  for (let copy = 1; copy < history.copies; copy += 1) {
    const chosen = facts.filter((name) => name !== 'restore_point' || copy % POINTS_EVERY === 0);
    for (const table of chosen)
      await copyOnce(client, table, tables.get(table) ?? [], copy * history.strideDays);
    if (copy % 10 === 0) say(`${copy * history.strideDays} days of facts`);
  }
  for (const days of history.resultDays)
    for (const table of results) await copyOnce(client, table, tables.get(table) ?? [], days);
  say(`${history.resultDays.length} results of each worker`);
  for (const table of [...facts, ...results]) await client.query(`drop table bench_${table}`);
  const events = tables.get('remediation_event');
  if (events) await settlePlans(client, events);
  if (facts.length > 0) await leaveSessions(client, history.sessions);
  const days = history.copies * history.strideDays;
  await addFailedRuns(client, days);
  if (facts.length > 0) await addPastStates(client, tables, days);
  await beginEarlier(client, tables, days);
  say('indexes are made again');
  for (const definition of indexes) await client.query(definition);
  await client.query('reset session_replication_role');
  await client.query('vacuum analyze');
}

/** Made once in the end they take a fraction of the time. @returns the statements that make them again */
async function dropIndexes(client: pg.Client, tables: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<{ name: string; definition: string }>(
    `select indexrelid::regclass::text as name, replace(pg_get_indexdef(indexrelid), ' ON ONLY ', ' ON ') as definition
       from pg_index where indrelid = any (select oid from pg_class where relname = any ($1)) and not indisunique`,
    [tables],
  );
  for (const { name } of rows) await client.query(`drop index ${name}`);
  return rows.map(({ definition }) => definition);
}

async function makePartitions(client: pg.Client, { copies, strideDays }: History): Promise<void> {
  const tables = ['session', 'task_session', 'repository_sample'];
  for (const table of tables)
    await client.query(
      `select create_month_partition($1::regclass, month::date)
         from generate_series(date_trunc('month', now() - $2 * interval '1 day'), now(), interval '1 month') month`,
      [table, (copies + 1) * strideDays + 40],
    );
}

/** One copy of a table, so many days earlier. What still ran is left out: it would run for years. */
async function copyOnce(client: pg.Client, table: string, columns: Column[], days: number): Promise<void> {
  const isFact = FACTS.includes(table);
  const values = columns.map(({ name, type }) => {
    // Retention took it away two weeks after it was made.
    if (table === 'restore_point' && name === 'vanished_at')
      return days < 14 ? name : `created_at - interval '${days - 14} days'`;
    if (type.startsWith('timestamp')) return `${name} - interval '${days} days'`;
    if (type === 'date') return `${name} - ${days}`;
    if (type === 'uuid') return `md5(${name}::text || '~${days}')::uuid`;
    const isId = IDS.has(name) && (isFact || name === 'plan_id');
    return isId ? `${name} || '~${days}'` : name;
  });
  const where = columns.some(({ name }) => name === 'ended_at') ? 'where ended_at is not null' : '';
  await client.query(
    `insert into ${table} (${columns.map(({ name }) => name).join(', ')}) select ${values.join(', ')} from bench_${table} ${where}
     on conflict do nothing`,
  );
}

/** What was advised in the past has been done. */
async function settlePlans(client: pg.Client, columns: Column[]): Promise<void> {
  const names = columns.map(({ name }) => name);
  const values = names.map((name) => {
    if (name === 'status') return `'VERIFIED'`;
    return name === 'at' ? `at + interval '1 day'` : name;
  });
  await client.query(
    `insert into remediation_event (${names.join(', ')}) select ${values.join(', ')} from remediation_event
      where plan_id like '%~%' and status in ('OPEN', 'REOPENED') on conflict do nothing`,
  );
}

/** The newest ones, with what belongs to them. */
async function leaveSessions(client: pg.Client, sessions: number): Promise<void> {
  const { rows } = await client.query<{ created_at: Date }>(
    'select created_at from session order by created_at desc offset $1 limit 1',
    [sessions],
  );
  const [oldest] = rows;
  if (!oldest) return;
  await client.query('delete from task_session where created_at <= $1', [oldest.created_at]);
  for (const table of ['session_reason', 'session_log'])
    await client.query(
      `delete from ${table} t using session s where s.source_id = t.source_id and s.session_id = t.session_id and s.created_at <= $1`,
      [oldest.created_at],
    );
  await client.query('delete from session where created_at <= $1', [oldest.created_at]);
}

/** A run each hour of each worker that failed, none of whose endpoints were read: what the search for the last good run meets. */
async function addFailedRuns(client: pg.Client, days: number): Promise<void> {
  await client.query(
    `insert into run (source_id, run_id, worker, status, started_at, finished_at, error_code, error_message, program_version)
     select r.source_id, md5(r.worker || r.source_id || h)::uuid, r.worker, 'failed', r.at - h * interval '1 hour' - interval '31 minutes',
            r.at - h * interval '1 hour' - interval '30 minutes', 'unreachable', 'no answer', 'bench'
       from (select source_id, worker, max(finished_at) as at from run group by 1, 2) r, generate_series(1, $1::int) h`,
    [24 * Math.min(days, RUN_LOG_DAYS)],
  );
}

/** Earlier states, day by day back to the begin. */
async function addPastStates(client: pg.Client, tables: Map<string, Column[]>, days: number): Promise<void> {
  for (const [table, share] of Object.entries(CHANGING)) {
    const names = (tables.get(table) ?? []).map(({ name }) => name);
    const isEvent = table === 'session' || table === 'restore_point';
    // What happens once was in another state for an hour; what stays changes at some of the days.
    const values = names.map((name) => {
      if (name !== 'known_from') return `t.${name}`;
      return isEvent ? `t.known_from - interval '1 hour'` : `t.known_from - (d + 1) * step.length`;
    });
    const from = isEvent
      ? `${table} t where abs(hashtext(t.${table}_id)) % 1000 < ${share * 1000}`
      : `${table} t cross join (select interval '1 day' / ${share} as length) step
         cross join generate_series(0, ${Math.max(1, Math.floor(days * share))} - 1) d`;
    await client.query(
      `insert into ${table}_past (${names.join(', ')}, known_until)
       select ${values.join(', ')}, ${isEvent ? 't.known_from' : 't.known_from - d * step.length'} from ${from}`,
    );
  }
}

/** Everything else is as old as the history: what is known of it now was known then, unless there are earlier states. */
async function beginEarlier(client: pg.Client, tables: Map<string, Column[]>, days: number): Promise<void> {
  for (const [table, columns] of tables) {
    if (FACTS.includes(table) || table.endsWith('_past')) continue;
    const stamps = columns
      .map(({ name }) => name)
      .filter((name) => name === 'first_seen_at' || (name === 'known_from' && !(table in CHANGING)));
    if (stamps.length === 0) continue;
    const sets = stamps.map((name) => `${name} = ${name} - interval '${days} days'`);
    await client.query(`update ${table} set ${sets.join(', ')}`);
  }
}
