import { type Clock, createClock } from './clock.ts';
import { buildEstate } from './estate/build.ts';
import { setCapacities } from './estate/capacities.ts';
import { goodPosture, type Posture } from './estate/posture.ts';
import type { Estate, Job } from './estate/types.ts';
import { type ChainOptions, type Chains, createChains } from './history/chains.ts';
import { copiersOf } from './history/day.ts';
import { indexRules } from './history/effects.ts';
import { planNoise } from './history/noise.ts';
import { createPointIndex, type PointIndex } from './history/point-index.ts';
import { usualRecovery } from './history/recovery-plan.ts';
import { createRuns, type Runs } from './history/runs.ts';
import { createStorage, type Storage } from './history/storage.ts';
import { createTimeline, type Timeline } from './history/timeline.ts';
import { type Visible, visibleAt } from './history/visible.ts';
import { createIds, type Ids } from './ids.ts';
import type { Settings } from './options.ts';
import { hash, hashText } from './random.ts';
import type { Draft, Scenario } from './scenarios/draft.ts';
import { createStamps, type Stamps } from './stamps.ts';
import { createZone, DAY, type Zone } from './zone.ts';

/** Everything that the server answers from. */
export type World = {
  settings: Settings;
  scenario: Scenario;
  draft: Draft;
  estate: Estate;
  posture: Posture;
  ids: Ids;
  zone: Zone;
  stamps: Stamps;
  clock: Clock;
  /** How far the time that the server tells is ahead of what its history goes by: its clock was just set wrong. */
  told: { aheadMs: number };
  runs: Runs;
  chains: Chains;
  storage: Storage;
  timeline: Timeline;
  /** All restore points of an instant. */
  points: (at: number) => PointIndex;
  historyStart: number;
  /** Retention of a job as it is set at an instant. */
  retentionDays: (job: Job, at: number) => number;
  /** The sessions that can be seen now. */
  visible: () => Visible;
  /** Retention takes the oldest sessions, before their time. */
  dropHead: (count: number) => void;
};

/** Builds estate and history. The same settings give the same world. */
export function createWorld(settings: Settings, scenario: Scenario): World {
  const zone = createZone(settings.zone);
  const draft = toDraft(settings, scenario, zone);
  scenario.inject(draft);
  const { estate, posture, historyStart } = draft;
  const runs = createRuns({
    seed: settings.seed,
    zone,
    historyStart,
    rules: indexRules(draft.rules),
    noise: planNoise(estate, settings.seed, zone.dayOf(historyStart), zone.dayOf(draft.now), draft.taken),
  });
  const retentionDays = retentionOf(draft);
  const chains = createChains({
    estate,
    runs,
    zone,
    retentionDays: (job, at) => Math.max(retentionDays(job, at), job.immutableDays ?? 0, job.keptDays ?? 0),
    interventions: interventionsOf(draft),
  } satisfies ChainOptions);
  const storage = createStorage({ estate, chains, seed: settings.seed, historyStart, zone });
  setCapacities(draft, storage);
  const points = createPointIndex(estate, chains, storage);
  const timeline = createTimeline(sessionsFrom(draft), zone, { ...dayOptions(draft), runs });
  const clock = createClock(new Date(draft.now + draft.clockAheadMs), settings.speed);
  let dropped = 0;
  const visible = () => {
    const shown = visibleAt(timeline, clock.ms(), settings.retentionDays);
    return { ...shown, from: Math.min(shown.to, Math.max(shown.from, dropped)) };
  };
  const dropHead = (count: number) => {
    dropped = visible().from + count;
  };
  visible();
  const ids = idsOf(settings, zone, historyStart);
  const stamps = createStamps(zone);
  return {
    settings,
    scenario,
    draft,
    estate,
    posture,
    ids,
    zone,
    stamps,
    clock,
    told: { aheadMs: 0 },
    runs,
    chains,
    storage,
    timeline,
    points,
    historyStart,
    retentionDays,
    visible,
    dropHead,
  };
}

/** Ids of sessions depend on the day that the history begins with, since sessions are numbered from there. */
function idsOf(settings: Settings, zone: Zone, historyStart: number): Ids {
  const lasting = createIds(hash(settings.seed, hashText('estate')));
  const dated = createIds(hash(settings.seed, hashText(settings.scenario), zone.dayOf(historyStart)));
  const pick = (kind: Parameters<Ids['of']>[0]) => (kind === 'session' || kind === 'task' ? dated : lasting);
  return { of: (kind, a, b) => pick(kind).of(kind, a, b), read: (kind, id) => pick(kind).read(kind, id) };
}

function toDraft(settings: Settings, scenario: Scenario, zone: Zone): Draft {
  const now = settings.now.getTime();
  const historyStart = zone.toUtc((zone.dayOf(now) - settings.days) * DAY);
  const ids = createIds(hash(settings.seed, hashText('estate')));
  const { seed, jobs, days, hostileNames } = settings;
  const dayAt = (day: number) => zone.toUtc((zone.dayOf(now) + day) * DAY + DAY / 2);
  const estate = buildEstate(ids, {
    seed,
    jobs,
    days,
    hostileNames,
    start: historyStart,
    odd: scenario.isOdd ?? false,
  });
  return {
    settings,
    ids,
    dayAt,
    estate,
    posture: goodPosture(now, estate.machines.length),
    zone,
    now,
    historyStart,
    rules: [],
    extra: new Map(),
    neverRestored: new Set(),
    retentionCuts: [],
    fullness: new Map(),
    plans: [],
    recovery: usualRecovery(),
    outages: [],
    clockAheadMs: 0,
    role: settings.role,
    faults: [],
    injections: [],
    taken: new Set(),
  };
}

function retentionOf({ retentionCuts }: Draft) {
  return (job: Job, at: number): number => {
    const cut = retentionCuts.find(({ jobs, at: from }) => at >= from && jobs.includes(job.index));
    return cut ? Math.min(cut.days, job.retentionDays) : job.retentionDays;
  };
}

/** When someone changes by hand what is stored. */
const interventionsOf = ({ estate, retentionCuts }: Draft): number[] =>
  [
    ...retentionCuts.map(({ at }) => at),
    ...estate.jobs.flatMap(({ purgedAt, moved }) => [purgedAt ?? [], moved?.at ?? []].flat()),
  ].sort((a, b) => a - b);

const sessionsFrom = ({ historyStart, now, settings }: Draft) =>
  Math.max(historyStart, now - (settings.retentionDays + 1) * DAY);

const dayOptions = ({ estate, zone, settings, neverRestored, extra, posture, recovery }: Draft) => ({
  estate,
  zone,
  seed: settings.seed,
  neverRestored,
  recovery,
  copiers: copiersOf(estate),
  extra,
  hasConfigBackup: (at: number) => at < posture.configBackup.enabledUntil,
  hasAnalyzer: posture.analyzerHasRun,
});
