import { sql } from 'kysely';
import {
  type KnownMachine,
  keyOf,
  type MachineKey,
  type MachineMatch,
  type MachineRef,
} from '../../src/analysis/machines/machine.ts';
import { matchMachines } from '../../src/analysis/machines/match.ts';
import type { BulkRow } from '../../src/pipeline/bulk.ts';
import type { Context, Trx } from '../shared/facts.ts';
import { isWholeMachine, osFamilyOf } from './whole-machine.ts';

export type OtherSource = { sourceId: string; kind: 'veeam' | 'azure'; name: string };

/** Another protection of a machine, and how it was recognised. */
export type Counterpart = MachineRef & { name: string; basis: string; probability: number };

export type Matches = {
  sources: ReadonlyMap<string, OtherSource>;
  /** Workloads of other sources that are the same machine, by workload of this one. */
  same: ReadonlyMap<string, readonly Counterpart[]>;
  rows: Omit<BulkRow<'workload_match'>, 'source_id' | 'run_id'>[];
  /** Workloads of this source by what others are to them; empty without another source. */
  counts: { same?: number; unsure?: number; different?: number };
  problems: string[];
};

/**
 * Which workloads of this source are machines that other sources know as well, by what all tables hold now. All sources are
 * judged at once, so that each of them comes to the same answer.
 */
export async function findMatches(trx: Trx, { sourceId, source: { business } }: Context): Promise<Matches> {
  const { tenant, sources } = await listJoinable(trx, sourceId);
  if (sources.length < 2) return { sources: new Map(), same: new Map(), rows: [], counts: {}, problems: [] };
  const machines = await readMachines(
    trx,
    sources.map((one) => one.sourceId),
  );
  const { matches, problems, unknown } = matchMachines(machines, business.machines, sources);
  const names = new Map(machines.map((machine) => [keyOf(machine), machine.name]));
  const own = matches.flatMap((match) => seenFrom(match, sourceId) ?? []);
  const same = new Map<string, Counterpart[]>();
  for (const { workload_id, other_source_id, other_workload_id, verdict, basis, probability } of own) {
    if (verdict !== 'SAME') continue;
    const ref = { sourceId: other_source_id, workloadId: other_workload_id };
    const known = same.get(workload_id) ?? [];
    same.set(workload_id, [...known, { ...ref, name: names.get(keyOf(ref)) ?? '', basis, probability }]);
  }
  const count = (verdict: string) =>
    new Set(own.filter((row) => row.verdict === verdict).map(({ workload_id }) => workload_id)).size;
  return {
    sources: new Map(sources.map((one) => [one.sourceId, one])),
    same,
    rows: own,
    counts: { same: count('SAME'), unsure: count('UNSURE'), different: count('DIFFERENT') },
    // What no source of this tenant has may be the name of a machine of another tenant.
    problems: tenant === null ? [...problems, ...unknown] : problems,
  };
}

function seenFrom({ a, b, evidence, ...match }: MachineMatch, sourceId: string) {
  const isA = a.sourceId === sourceId;
  if (!isA && b.sourceId !== sourceId) return null;
  const [own, other] = isA ? [a, b] : [b, a];
  return {
    workload_id: own.workloadId,
    other_source_id: other.sourceId,
    other_workload_id: other.workloadId,
    ...match,
    evidence: evidence.map(({ kind, weight, ...texts }) => ({
      kind,
      own: isA ? texts.a : texts.b,
      other: isA ? texts.b : texts.a,
      weight,
    })),
  };
}

/** This source and those of the same tenant that are not retired: what is known of a machine is told to nobody else's readers. */
async function listJoinable(
  trx: Trx,
  sourceId: string,
): Promise<{ tenant: string | null; sources: OtherSource[] }> {
  const rows = await trx
    .selectFrom('source as own')
    .innerJoin('source as s', (join) => join.on(sql<boolean>`s.tenant is not distinct from own.tenant`))
    .select(['s.source_id as sourceId', 's.kind', 's.name', 's.tenant'])
    .where('own.source_id', '=', sourceId)
    .where('s.retired_at', 'is', null)
    .orderBy('s.source_id')
    .execute();
  const sources = rows.map(
    ({ sourceId: id, kind, name }): OtherSource => ({
      sourceId: id,
      kind: kind === 'azure' ? 'azure' : 'veeam',
      name,
    }),
  );
  return { tenant: rows[0]?.tenant ?? null, sources };
}

type WorkloadRow = {
  source_id: string;
  workload_id: string;
  name: string;
  platform: string | null;
  type: string | null;
  size_bytes: number | null;
  keys: MachineKey[] | null;
};

async function readMachines(trx: Trx, sourceIds: readonly string[]): Promise<KnownMachine[]> {
  const { rows } = await sql<WorkloadRow>`
    select w.source_id, w.workload_id, w.name, w.platform, w.type, w.size_bytes, k.keys
      from workload w
      left join (select source_id, workload_id, jsonb_agg(jsonb_build_object('kind', kind, 'value', value)) as keys
                   from workload_key where vanished_at is null and source_id = any(${[...sourceIds]}::text[]) group by source_id, workload_id) k
             on k.source_id = w.source_id and k.workload_id = w.workload_id
     where w.vanished_at is null and w.source_id = any(${[...sourceIds]}::text[])`.execute(trx);
  return rows.map((row) => ({
    sourceId: row.source_id,
    workloadId: row.workload_id,
    name: row.name,
    isWhole: isWholeMachine(row),
    osFamily: osFamilyOf(row),
    sizeBytes: row.size_bytes,
    keys: row.keys ?? [],
  }));
}
