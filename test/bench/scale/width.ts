import type pg from 'pg';
import { type Column, listTables } from './tables.ts';

/** Of the whole source, or of its infrastructure: there is one of each, however many jobs it has. */
const NOT_COPIED =
  /^(source|run.*|watermark|backup_server.*|license.*|config_backup.*|managed_server.*|proxy.*|best_practice.*|.*_summary|health_score|mass_restore|reader_.*|retention_.*|maintenance_.*|database_size)$/;
const OF_SOURCE = new Set(['source_id', 'other_source_id', 'home_source_id', 'host_id']);

/** Copies a small estate beside itself until it has so many jobs: each copy with machines, repositories, backups and results of its own. */
export async function widen(client: pg.Client, jobs: number, say: (line: string) => void): Promise<void> {
  const { rows } = await client.query<{ count: string }>('select count(*) as count from job');
  const copies = Math.ceil(jobs / Number(rows[0]?.count));
  await client.query('set session_replication_role = replica');
  for (const [table, columns] of await listTables(client)) {
    if (NOT_COPIED.test(table)) continue;
    await client.query(`create temporary table narrow as select * from ${table}`);
    await client.query(
      `insert into ${table} (${columns.map(({ name }) => name).join(', ')})
       select ${columns.map(valueOf).join(', ')} from narrow, generate_series(1, $1) copy on conflict do nothing`,
      [copies - 1],
    );
    await client.query('drop table narrow');
  }
  await client.query('reset session_replication_role');
  await client.query('vacuum analyze');
  say(`${copies} times as wide`);
}

/** Ids are those of the copy, names as well; whatever else a row says stays. */
function valueOf({ name, type }: Column): string {
  if (OF_SOURCE.has(name)) return name;
  if (type === 'text' && /(_id|_key)$/.test(name)) return `${name} || '-' || copy`;
  if (type === 'text' && /^(.*_)?name$/.test(name) && name !== 'platform_name')
    return `${name} || ' ' || copy`;
  if (type === 'text[]' && name.endsWith('_ids'))
    return `array(select one || '-' || copy from unnest(${name}) with ordinality as u (one, place) order by place)`;
  return name;
}
