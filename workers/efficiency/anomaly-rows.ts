import type { EfficiencyAnomaly } from '../../src/analysis/efficiency/anomalies.ts';
import type { FleetEvent } from '../../src/analysis/efficiency/fleet.ts';
import type { BulkRow } from '../../src/pipeline/bulk.ts';
import type { Context, Trx } from '../shared/facts.ts';
import { type Malware, readMalware, readVerdicts } from './malware.ts';
import type { Mismatch } from './mismatches.ts';
import type { Owner } from './owners.ts';
import { readWorkloadsOfFiles, type Workload } from './workloads.ts';

type AnomalyRow = Omit<BulkRow<'efficiency_anomaly'>, 'source_id' | 'run_id'>;

const DAY_MS = 86_400_000;
/** So long after it was resolved it is still told. */
const TOLD_DAYS = 90;
/** A score of 0.5 is the limit from which on a file is unusual. */
const LIMIT_SCORE = 0.5;
const LIMIT_Z = 3.5;
/** Of a night of the whole fleet not each machine has to be named. */
const MOST_NAMES = 50;

export type Unusual = {
  anomalies: readonly EfficiencyAnomaly[];
  nights: readonly FleetEvent[];
  mismatches: readonly Mismatch[];
};

/** What is open, or was resolved within 90 days, with the machines it is about and what malware detection says of them. */
export async function toAnomalyRows(
  trx: Trx,
  context: Context,
  unusual: Unusual,
  owners: readonly Owner[],
): Promise<AnomalyRow[]> {
  const since = context.sourceNow.getTime() - TOLD_DAYS * DAY_MS;
  const isTold = ({ resolvedAt }: { resolvedAt: number | null }) =>
    resolvedAt === null || resolvedAt >= since;
  const anomalies = unusual.anomalies.filter(isTold);
  const nights = unusual.nights.filter(({ to }) => to >= since);
  const fileIds = [
    ...anomalies.map(({ backupFileId }) => backupFileId),
    ...nights.flatMap(({ backupFileIds }) => backupFileIds),
  ];
  const about: About = {
    now: context.sourceNow.getTime(),
    owners: new Map(owners.flatMap((owner) => owner.backups.map(({ backupId }) => [backupId, owner]))),
    workloads: await readWorkloadsOfFiles(trx, context, fileIds),
    verdicts: await readVerdicts(trx, context, fileIds),
    malware: await readMalware(trx, context),
  };
  return [
    ...anomalies.map((one) => fromAnomaly(one, about)),
    ...nights.map((night) => fromNight(night, about)),
    ...unusual.mismatches.filter(isTold).map(fromMismatch),
  ];
}

type About = {
  now: number;
  owners: ReadonlyMap<string, Owner>;
  workloads: ReadonlyMap<string, Workload[]>;
  verdicts: ReadonlyMap<string, string>;
  malware: Malware;
};

function fromAnomaly(one: EfficiencyAnomaly, about: About): AnomalyRow {
  const owner = about.owners.get(one.backupId);
  const workloads = about.workloads.get(one.backupFileId) ?? [];
  const ids = workloads.map(({ id }) => id);
  const events = about.malware.eventsOf(ids, one.at, one.resolvedAt ?? about.now);
  const status = about.verdicts.get(one.backupFileId) ?? one.malwareStatus;
  return {
    anomaly_id: one.backupFileId,
    type: one.type,
    owner_id: owner?.ownerId ?? one.jobId ?? one.backupId,
    job_name: owner?.name ?? '',
    backup_id: one.backupId,
    backup_file_id: one.backupFileId,
    workload_ids: ids,
    workload_names: workloads.map(({ name }) => name),
    kind: one.kind,
    happened_at: new Date(one.at),
    score: toScore(one),
    z_ratio: one.zRatio,
    z_volume: one.zVolume,
    factor: one.x,
    usual_factor: one.expectedX,
    data_bytes: one.dataBytes,
    usual_bytes: one.expectedDataBytes,
    malware_status: status,
    malware_event_ids: events,
    confirmed_at: one.confirmedAt === null ? null : new Date(one.confirmedAt),
    resolved_at: one.resolvedAt === null ? null : new Date(one.resolvedAt),
    reasons: reasonsOf(one, status, events.length),
  };
}

/** Of the score that made it what it is. */
function toScore({ type, zRatio, zVolume }: EfficiencyAnomaly): number {
  const byType = {
    REDUCTION_DROP: zRatio,
    VOLUME_SURGE: zVolume,
    VOLUME_COLLAPSE: zVolume,
    ENTROPY_SUSPECT: null,
  };
  const z = byType[type] ?? Math.max(Math.abs(zRatio), Math.abs(zVolume));
  return Math.max(LIMIT_SCORE, Math.abs(z) / (Math.abs(z) + LIMIT_Z));
}

function reasonsOf(one: EfficiencyAnomaly, status: string | null, events: number): string[] {
  const isVolume = one.type !== 'REDUCTION_DROP';
  const isRatio = one.type === 'REDUCTION_DROP' || one.type === 'ENTROPY_SUSPECT';
  return [
    ...(isRatio ? [`factor ${one.x.toFixed(2)} instead of the usual ${one.expectedX.toFixed(2)}`] : []),
    ...(isVolume ? [`data ${(one.dataBytes / one.expectedDataBytes).toPrecision(2)} times the usual`] : []),
    ...(one.files > 1 ? [`${one.files} files in a row`] : []),
    ...(status !== null && status !== 'Clean' ? [`malware status of its restore point: ${status}`] : []),
    ...(events > 0 ? [`${events} malware events of the same machine around that time`] : []),
    ...(one.resolvedBy === 'NEW_BASELINE' ? ['it lasted until it was taken as the new usual'] : []),
  ];
}

/** Many machines at once, at their usual reduction: told once, and resolved from the start. */
function fromNight(night: FleetEvent, { workloads }: About): AnomalyRow {
  const all = new Map(
    night.backupFileIds.flatMap((id) => (workloads.get(id) ?? []).map((one) => [one.id, one.name] as const)),
  );
  const named = [...all].toSorted(([a], [b]) => (a < b ? -1 : 1)).slice(0, MOST_NAMES);
  return {
    ...NO_FILE,
    anomaly_id: `FLEET_SURGE ${night.day}`,
    type: night.kind,
    owner_id: '',
    job_name: '',
    workload_ids: named.map(([id]) => id),
    workload_names: named.map(([, name]) => name),
    kind: 'INCREMENT',
    happened_at: new Date(night.from),
    confirmed_at: new Date(night.from),
    score: night.machines / night.ofMachines,
    resolved_at: new Date(night.to),
    reasons: [
      `${night.machines} of ${night.ofMachines} machines changed more than usual in one night, at their usual reduction`,
      `data ${night.factor.toPrecision(2)} times the usual, in the middle`,
    ],
  };
}

function fromMismatch({ owner, first, files, ofFiles, resolvedAt }: Mismatch): AnomalyRow {
  return {
    ...NO_FILE,
    anomaly_id: `UNIT_MISMATCH ${owner.ownerId}`,
    type: 'UNIT_MISMATCH',
    owner_id: owner.ownerId,
    job_name: owner.name,
    backup_id: first.backupId,
    backup_file_id: first.backupFileId,
    workload_ids: [],
    workload_names: [],
    kind: null,
    happened_at: new Date(first.createdAt),
    confirmed_at: new Date(first.createdAt),
    score: files / ofFiles,
    data_bytes: first.dataBytes,
    resolved_at: resolvedAt === null ? null : new Date(resolvedAt),
    reasons: [`in ${files} of ${ofFiles} files the percentages that remain contradict the sizes`],
  };
}

const NO_FILE = {
  backup_id: null,
  backup_file_id: null,
  z_ratio: null,
  z_volume: null,
  factor: null,
  usual_factor: null,
  data_bytes: null,
  usual_bytes: null,
  malware_status: null,
  malware_event_ids: [],
};
