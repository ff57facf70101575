import type { AzureTruth } from '../azure/truth.ts';
import { REVISIONS } from '../contract/revisions.ts';
import type { Injection } from '../scenarios/draft.ts';
import type { World } from '../world.ts';
import { type CapacityTruth, findCapacity } from './capacity.ts';
import { type EstateCounts, estateCounts } from './counts.ts';
import { type EfficiencyTruth, findEfficiency } from './efficiency.ts';
import type { TruthFinding } from './findings.ts';
import { findIncidents } from './incidents.ts';
import { findInJobs } from './job-findings.ts';
import { findRecovery, type RecoveryTruth } from './recovery.ts';
import { findInServer } from './server-findings.ts';

/** What is true of the estate at the time it starts, and what a perfect analyst would find. */
export type Truth = {
  scenario: string;
  summary: string;
  seed: number;
  /** Our time; the server's own differs where its clock is wrong. */
  now: string;
  serverNow: string;
  revision: string;
  zone: string;
  role: string;
  estate: EstateCounts;
  findings: {
    /** All of them have to be found, and nothing else. */
    health: TruthFinding[];
    /** May be found or not: it depends on how the statistics are done. */
    healthTolerated: TruthFinding[];
    /** Repositories of the scenarios about capacity; the others have none. */
    capacity?: CapacityTruth[];
    /** Of the scenarios about storage efficiency only. */
    efficiency?: EfficiencyTruth;
    /** Of the scenarios about recovery, and of the demo. */
    recovery?: RecoveryTruth;
    /** Of simulators with an Azure half. */
    azure?: AzureTruth;
  };
  injections: Injection[];
};

/** The truth at an instant, by default the server's time at start; worked out from what was injected. */
export function buildTruth(world: World, at?: number): Truth {
  const { settings, scenario, draft } = world;
  const start = settings.now.getTime() + draft.clockAheadMs;
  const now = at ?? start;
  const health: TruthFinding[] = [];
  const healthTolerated: TruthFinding[] = [];
  const finder = {
    add: (one: TruthFinding) => health.push(one),
    tolerate: (one: TruthFinding) => healthTolerated.push(one),
  };
  findInJobs(world, now, finder);
  findIncidents(world, now, finder);
  findInServer(world, now, finder);
  const capacity = findCapacity(world, now);
  const efficiency = findEfficiency(world, now);
  return {
    scenario: scenario.name,
    summary: scenario.summary,
    seed: settings.seed,
    now: new Date(now - draft.clockAheadMs).toISOString(),
    serverNow: new Date(now).toISOString(),
    revision: REVISIONS[settings.revision],
    zone: settings.zone,
    role: draft.role,
    estate: estateCounts(world, now),
    findings: {
      health,
      healthTolerated,
      ...(capacity.length > 0 && { capacity }),
      ...(efficiency && { efficiency }),
      ...(draft.recovery.isTold && { recovery: findRecovery(world, now) }),
    },
    injections: draft.injections,
  };
}
