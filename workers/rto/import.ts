import { sql } from 'kysely';
import type { Metrics } from '../../src/db/connect.ts';
import { ConfigError } from '../../src/errors.ts';
import { storeFacts, type Trx } from '../shared/facts.ts';
import { checkLines, type ImportedLine } from './import-lines.ts';

export type Imported = {
  lines: number;
  stored: number;
  alreadyThere: number;
  /** Machines that no workload could be found for: their results count for the estate only. */
  unmapped: string[];
  from: string | null;
  until: string | null;
};

const SHOWN_PROBLEMS = 50;
const SHOWN_NAMES = 20;

/**
 * Stores results of SureBackup machine by machine, which the API does not have; a second time changes nothing. They count from
 * the next run of the rto worker on.
 * @throws ConfigError that names file and line of everything that is wrong; nothing is written then
 */
export async function importSureBackup(
  db: Metrics,
  text: string,
  { file, now }: { file: string; now: Date },
): Promise<Imported> {
  const { lines, problems } = checkLines(text, await listSources(db), now);
  if (problems.length > 0) throw new ConfigError(toMessage(file, problems));
  const distinct = [...new Map(lines.map((one) => [one.trial.trial_id, one])).values()];
  const unmapped = new Set<string>();
  const stored = await db.transaction().execute(async (trx) => {
    let sum = 0;
    for (const [sourceId, own] of Map.groupBy(distinct, (one) => one.sourceId)) {
      const rows = await place(trx, sourceId, own);
      for (const row of rows) if (!row.workload_id) unmapped.add(row.object_name ?? '');
      sum += await storeFacts(trx, 'restore_trial', 'trial_id', rows, { sourceId, seenAt: now });
    }
    return sum;
  });
  const times = distinct.map(({ trial }) => new Date(trial.started_at).toISOString()).toSorted();
  return {
    lines: lines.length,
    stored,
    alreadyThere: distinct.length - stored,
    unmapped: [...unmapped].toSorted().slice(0, SHOWN_NAMES),
    from: times[0] ?? null,
    until: times.at(-1) ?? null,
  };
}

function toMessage(file: string, problems: string[]): string {
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  const more = problems.length > SHOWN_PROBLEMS ? [`and ${problems.length - SHOWN_PROBLEMS} more`] : [];
  const shown = [...problems.slice(0, SHOWN_PROBLEMS), ...more];
  return `${file}: nothing was imported, ${count}:\n${shown.map((line) => `  ${line}`).join('\n')}`;
}

async function listSources(db: Metrics): Promise<string[]> {
  const rows = await db
    .selectFrom('source')
    .select('source_id')
    .where('kind', '=', 'veeam')
    .orderBy('source_id')
    .execute();
  return rows.map(({ source_id }) => source_id);
}

/** By the id of the machine that a line gives; else by its name, where one workload alone has exactly this name. */
async function place(trx: Trx, sourceId: string, lines: ImportedLine[]): Promise<ImportedLine['trial'][]> {
  const ids = lines.flatMap(({ vmId }) => (vmId ? [vmId.toLowerCase()] : []));
  const { rows: objects } = await sql<{ id: string; workload_id: string }>`
    select k.id, min(o.workload_id) as workload_id
      from unnest(${ids}::text[]) as k(id)
      join (select lower(platform_object_id) as id, workload_id from backup_object where source_id = ${sourceId}
             union
            select lower(object_id), workload_id from backup_object where source_id = ${sourceId}) o on o.id = k.id
     group by k.id having count(distinct o.workload_id) = 1`.execute(trx);
  const names = lines.map(({ vmName }) => vmName.toLowerCase());
  const { rows: named } = await sql<{ name: string; workload_id: string }>`
    select lower(name) as name, min(workload_id) as workload_id
      from workload where source_id = ${sourceId} and lower(name) = any(${names})
     group by lower(name) having count(*) = 1`.execute(trx);
  const byId = new Map(objects.map(({ id, workload_id }) => [id, workload_id]));
  const byName = new Map(named.map(({ name, workload_id }) => [name, workload_id]));
  return lines.map(({ trial, vmId, vmName }) => {
    const object = byId.get(vmId?.toLowerCase() ?? '');
    const workload_id = object ?? byName.get(vmName.toLowerCase()) ?? null;
    return { ...trial, workload_id, mapped_by: object ? 'OBJECT' : workload_id ? 'NAME' : 'NONE' };
  });
}
