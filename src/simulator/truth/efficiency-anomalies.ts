import { malwareAt } from '../api/malware.ts';
import type { AnomalyPlan } from '../scenarios/draft.ts';
import type { World } from '../world.ts';
import { type FileKind, type FileOf, filesOf } from './efficiency-files.ts';

/** Files of one machine in one job that are unlike those before them. */
export type AnomalyTruth = {
  type: AnomalyPlan['type'];
  /** What else it may be called. */
  alsoAs: AnomalyPlan['type'][];
  cause: string;
  job: { id: string; name: string };
  backupId: string;
  machine: { name: string; backupObjectId: string };
  since: string;
  /** null: it goes on. */
  until: string | null;
  /** Those of its files that are stored, oldest first. */
  files: { id: string; at: string; kind: FileKind; dataBytes: number; storedBytes: number }[];
  /** Two normal files have followed; null: not yet. */
  resolvedAt: string | null;
  /** A new level: files that come after it are like it. */
  isLasting: boolean;
  /** Worst status of its restore points, and the events about the machine since it began. */
  malware: { status: string; eventIds: string[] };
};

/** All that have begun and of which files are left. */
export function anomaliesOf(world: World, now: number): AnomalyTruth[] {
  const plans = world.draft.efficiency?.anomalies ?? [];
  return plans.filter(({ from }) => from <= now).flatMap((plan) => ofPlan(world, plan, now));
}

function ofPlan(world: World, plan: AnomalyPlan, now: number): AnomalyTruth[] {
  const job = world.estate.jobs[plan.job];
  if (!job) return [];
  const files = [...filesOf(world, job, now)].filter(({ kind }) => !plan.kind || kind === plan.kind);
  return plan.places.flatMap((index) => {
    const own = files.filter(({ place }) => place.index === index);
    const unlike = own.filter(({ link: { created } }) => created >= plan.from && created < plan.to);
    if (unlike.length === 0) return [];
    const later = own.filter(({ link: { created } }) => created >= plan.to);
    return [
      {
        type: plan.type,
        alsoAs: plan.alsoAs,
        cause: plan.cause,
        job: { id: job.id, name: job.name },
        backupId: world.ids.of('backup', job.index),
        machine: machineOf(world, index),
        since: iso(plan.from),
        until: plan.to <= now ? iso(plan.to) : null,
        files: unlike.map(toFile),
        resolvedAt: later[1] ? iso(later[1].created) : null,
        isLasting: plan.isLasting,
        malware: malwareOf(world, index, unlike, plan, now),
      },
    ];
  });
}

function machineOf({ estate, ids }: World, place: number): AnomalyTruth['machine'] {
  const name = estate.machines[estate.protected[place]?.machine ?? -1]?.name ?? '';
  return { name, backupObjectId: ids.of('object', place) };
}

const toFile = ({ id, created, kind, listed }: FileOf): AnomalyTruth['files'][number] => ({
  id,
  at: iso(created),
  kind,
  dataBytes: listed.dataSize ?? 0,
  storedBytes: listed.backupSize ?? 0,
});

function malwareOf(
  world: World,
  place: number,
  files: readonly FileOf[],
  { from }: AnomalyPlan,
  now: number,
): AnomalyTruth['malware'] {
  const statuses = new Set(files.map((file) => malwareAt(world, file.place, file.created, now)));
  const status = ['Infected', 'Suspicious'].find((one) => statuses.has(one)) ?? 'Clean';
  const eventIds = world.posture.malware.flatMap((event, i) =>
    event.protected === place && event.at >= from && event.at <= now ? [world.ids.of('malware', i)] : [],
  );
  return { status, eventIds };
}

const iso = (at: number) => new Date(at).toISOString();
