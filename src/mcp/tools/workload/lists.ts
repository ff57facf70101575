import { isoSeconds, round } from '../../markdown.ts';
import { cleanOrNull, cleanText } from '../../untrusted.ts';
import { toLocationRow } from '../recovery/list-rows.ts';
import type { MachineFacts } from './read-machine.ts';
import type { ListName, ListRow, MachineLists } from './shape.ts';

/** The rows about all protections that are shown, at most `limit` of each list, and how many there are. */
export function toLists(
  all: readonly MachineFacts[],
  limit: number,
): { lists: MachineLists; totals: Record<ListName, number> } {
  const whole: MachineLists = {
    jobs: all.flatMap(toJobs),
    places: toAllPlaces(all),
    backups: all.flatMap(toBackups),
    malware_events: all.flatMap(toMalware),
    anomalies: all.flatMap(toAnomalies),
    plans: all.flatMap(toPlans),
  };
  const totals = Object.fromEntries(
    Object.entries(whole).map(([name, rows]) => [name, rows.length]),
  ) as Record<ListName, number>;
  const lists = Object.fromEntries(
    Object.entries(whole).map(([name, rows]) => [name, rows.slice(0, limit)]),
  ) as unknown as MachineLists;
  return { lists, totals };
}

const of = ({ machine: { sourceId, id } }: MachineFacts) => ({
  source_id: sourceId,
  workload_id: cleanText(id, 120),
});

function toJobs(facts: MachineFacts): ListRow<'jobs'>[] {
  return facts.jobs.map((job) => {
    const isFailing = (job.failureStreak ?? 0) > 0;
    return {
      ...of(facts),
      job_id: cleanText(job.jobId, 100),
      job_name: cleanText(job.name),
      status: job.goneAt ? 'GONE' : (job.status ?? (job.isDisabled ? 'DISABLED' : 'NOT_MEASURED')),
      failure_streak: job.failureStreak,
      failing_since: isoSeconds(job.failingSince),
      // A failure that was made good since is not how the job stands now.
      reason: isFailing ? cleanOrNull(job.lastFailureReason, 140) : null,
      cause: isFailing ? cleanOrNull(job.lastFailureCause, 60) : null,
      last_good_end: isoSeconds(job.lastGoodEnd),
    };
  });
}

/** Each place once: where a machine has several protections, every one of them knows the places of all. */
function toAllPlaces(all: readonly MachineFacts[]): ListRow<'places'>[] {
  const isShown = (sourceId: string) => all.some(({ machine }) => machine.sourceId === sourceId);
  const seen = new Set<string>();
  return all.flatMap((facts) =>
    facts.places.flatMap((place) => {
      const { otherSourceId } = place;
      if (otherSourceId !== null && isShown(otherSourceId)) return [];
      const row = toPlace(facts, place);
      const key = `${row.source_id}\n${row.location_id}`;
      if (otherSourceId !== null && seen.has(key)) return [];
      seen.add(key);
      return [row];
    }),
  );
}

function toPlace(facts: MachineFacts, place: MachineFacts['places'][number]): ListRow<'places'> {
  const {
    rpo_age_hours,
    source_id: _source,
    workload_id: _id,
    workload_name: _name,
    in_source_id,
    ...row
  } = toLocationRow(place, true);
  return {
    ...of(facts),
    ...row,
    ...(in_source_id === undefined ? {} : { source_id: in_source_id }),
    age_hours: rpo_age_hours,
  };
}

function toBackups(facts: MachineFacts): ListRow<'backups'>[] {
  return facts.backups.map((backup) => ({
    ...of(facts),
    backup_id: cleanText(backup.backupId, 100),
    backup_name: cleanText(backup.name),
    job_id: cleanOrNull(backup.jobId, 100),
    repository_id: cleanOrNull(backup.repositoryId, 100),
    repository_name: cleanOrNull(backup.repositoryName),
    restore_points: backup.restorePoints,
    last_run_failed: backup.isLastRunFailed,
  }));
}

function toMalware(facts: MachineFacts): ListRow<'malware_events'>[] {
  return facts.malware.map((event) => ({
    ...of(facts),
    event_id: cleanText(event.eventId, 100),
    type: cleanText(event.type, 60),
    severity: cleanOrNull(event.severity, 40),
    state: cleanOrNull(event.state, 40),
    engine: cleanOrNull(event.engine, 60),
    detected_at: isoSeconds(event.detectedAt),
    matched_by: event.matchedBy,
  }));
}

function toAnomalies(facts: MachineFacts): ListRow<'anomalies'>[] {
  return facts.anomalies.map((anomaly) => ({
    ...of(facts),
    anomaly_id: cleanText(anomaly.anomalyId, 120),
    type: anomaly.type,
    job_name: cleanText(anomaly.jobName),
    happened_at: isoSeconds(anomaly.happenedAt),
    score: round(anomaly.score, 3),
    malware_status: cleanOrNull(anomaly.malwareStatus, 40),
    confirmed_at: isoSeconds(anomaly.confirmedAt),
  }));
}

function toPlans(facts: MachineFacts): ListRow<'plans'>[] {
  const own = `workload:${facts.machine.id}`;
  return facts.plans.map((plan) => ({
    source_id: plan.sourceId,
    plan_id: cleanText(plan.planId, 250),
    item_id: cleanText(plan.itemId, 150),
    title: cleanText(plan.title, 160),
    urgency: plan.urgency,
    risk_type: plan.riskType,
    status: plan.status,
    rank: plan.rank,
    about: plan.itemId === own ? 'MACHINE' : 'CAUSE',
  }));
}
