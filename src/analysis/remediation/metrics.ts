import type { VaultExposure } from '../risk/exposure.ts';
import type { RiskItem } from '../risk/facts.ts';
import { DAY_MS, type HazardName } from '../risk/hazard.ts';
import type { Signal } from '../risk/signals.ts';
import { HAZARD_INPUTS, type InputWorker } from '../risk/staleness.ts';
import type {
  AzureItemState,
  JobState,
  RemediationFacts,
  RepositoryState,
  Row,
  Subject,
  WorkloadState,
} from './evidence.ts';
import { byId } from './lookup.ts';
import type { MetricSpec } from './rule.ts';

export interface Measured extends MetricSpec {
  /** null: not measurable now, which is never met. */
  current: number | null;
  asOf: number | null;
  met: boolean;
}

interface Reading {
  current: number | null;
  asOf: number | null;
}

const HOUR_MS = 3_600_000;
/** Stands for "none within what is known". */
const LONG_AGO_HOURS = 8760;
const FAR_AHEAD_DAYS = 365;

/** A metric as it is now. Of several jobs, repositories or workloads the worst counts; without any it is not measurable. */
export function measure(spec: MetricSpec, subject: Subject, facts: RemediationFacts): Measured {
  const colon = spec.metric.indexOf(':');
  const name = colon < 0 ? spec.metric : spec.metric.slice(0, colon);
  const about = colon < 0 ? '' : spec.metric.slice(colon + 1);
  const read = METRICS[name];
  const { current, asOf } = read ? read.read(subject, facts, about) : { current: null, asOf: null };
  const met = current !== null && (spec.op === '<=' ? current <= spec.target : current >= spec.target);
  return { ...spec, current, asOf, met };
}

/** Workers whose facts a metric rests on: while one of them is stale it says nothing new. */
export function inputsOfMetric(metric: string): readonly InputWorker[] {
  const [name = '', about = ''] = metric.split(':');
  if (name === 'hazard_q') return HAZARD_INPUTS[about as HazardName] ?? [];
  if (name === 'open_findings') return INPUTS_OF_FINDING[about] ?? ['health'];
  return METRICS[name]?.inputs ?? [];
}

interface Metric {
  inputs: readonly InputWorker[];
  read: (subject: Subject, facts: RemediationFacts, about: string) => Reading;
}

/** What a finding is made from: where it could not be read there is no finding, and that says nothing. */
const ENDPOINT_OF_FINDING: Readonly<Record<string, string>> = {
  LICENSE_EXPIRED: 'license',
  LICENSE_EXPIRING: 'license',
  LICENSE_EXCEEDED: 'license',
  CONFIG_BACKUP_DISABLED: 'configBackup',
  CONFIG_BACKUP_STALE: 'configBackup',
  CONFIG_BACKUP_UNENCRYPTED: 'configBackup',
  VAULT_SOFT_DELETE_OFF: 'backupconfig',
  VAULT_SOFT_DELETE_SHORT: 'backupconfig',
  VAULT_NO_SECOND_PERSON: 'backupResourceGuardProxies',
  VAULT_LOCALLY_REDUNDANT: 'backupstorageconfig',
};

/** Findings that health makes of what another worker reads: while that one is silent there is no such finding. */
const INPUTS_OF_FINDING: Readonly<Record<string, readonly InputWorker[]>> = {
  VAULT_LIMIT_NEAR: ['health', 'capacity'],
};

/** What plans are verified by. A job, repository or workload that is gone is left out. */
const METRICS: Readonly<Record<string, Metric>> = {
  /** Failed runs since the last usable one. */
  failure_streak: { inputs: ['health'], read: ofJobs('most', (job) => job.failureStreak) },
  hours_since_failure: {
    inputs: ['health'],
    // Up to the last look, since nobody knows whether it failed since.
    read: ofJobs('least', ({ lastFailureAt, asOf }, now) =>
      lastFailureAt === null ? LONG_AGO_HOURS : ((asOf ?? now) - lastFailureAt) / HOUR_MS,
    ),
  },
  /** Age of the last usable run, as a multiple of the RPO. */
  run_age_over_rpo: {
    inputs: ['health'],
    read: ofJobs('most', (job, now) =>
      job.lastGoodAgeHours === null || job.rpoHours <= 0
        ? null
        : (job.lastGoodAgeHours + hoursSince(job, now)) / job.rpoHours,
    ),
  },
  retry_share: { inputs: ['health'], read: ofJobs('most', ({ recoveredShare }) => recoveredShare) },
  /** Age of the newest usable restore point, as a multiple of the RPO. */
  point_age_over_rpo: {
    inputs: ['rto'],
    read: ofWorkloads('most', (workload, now) =>
      workload.rpoAgeHours === null || workload.rpoTargetHours <= 0
        ? null
        : (workload.rpoAgeHours + hoursSince(workload, now)) / workload.rpoTargetHours,
    ),
  },
  /** Workloads that no enabled job protects. */
  unprotected: {
    inputs: ['health'],
    read: ({ jobIds, workloadIds }, { assessment }) => {
      const keys = new Set([
        ...jobIds.map((id) => `job:${id}`),
        ...workloadIds.map((id) => `workload:${id}`),
      ]);
      const items = assessment.items.filter(({ key }) => keys.has(key));
      // None of them is judged any more: that is not the same as being protected.
      if (items.length === 0) return { current: null, asOf: assessment.now };
      const open = items.filter(({ flags }) => flags.includes('UNPROTECTED'));
      return { current: open.length, asOf: assessment.now };
    },
  },
  use_share: { inputs: ['capacity'], read: ofRepositories('most', ({ useShare }) => useShare) },
  /** Days to 90 % on the pessimistic path of the forecast. */
  early_90: {
    inputs: ['capacity'],
    read: ofRepositories('least', ({ early90, isDated }) => early90 ?? (isDated ? FAR_AHEAD_DAYS : null)),
  },
  early_80: {
    inputs: ['capacity'],
    read: ofRepositories('least', ({ early80, isDated }) => early80 ?? (isDated ? FAR_AHEAD_DAYS : null)),
  },
  repository_online: {
    inputs: ['capacity'],
    read: ofRepositories('least', ({ isOnline }) => (isOnline === null ? null : Number(isOnline))),
  },
  immutable_days: {
    inputs: ['capacity'],
    read: ofRepositories('least', ({ immutableDays }) => immutableDays),
  },
  /** Open signals, of one kind if one is named. */
  open_signals: { inputs: ['efficiency', 'health'], read: openSignals },
  /** 1 where the newest restore point was looked at and is clean. */
  newest_point_clean: { inputs: ['efficiency', 'rto'], read: newestPointClean },
  restore_p: { inputs: ['rto'], read: ofWorkloads('least', ({ pMean }) => pMean) },
  days_since_test: {
    inputs: ['rto'],
    read: ofWorkloads('most', ({ lastTestAt }, now) =>
      lastTestAt === null ? null : (now - lastTestAt) / DAY_MS,
    ),
  },
  /** 1 where the last test did not fail. */
  last_test_passed: {
    inputs: ['rto'],
    read: ofWorkloads('least', ({ lastTestAt, lastFailureAt }) =>
      lastTestAt === null ? null : Number(lastFailureAt === null || lastFailureAt < lastTestAt),
    ),
  },
  days_since_safe_point: {
    inputs: ['rto'],
    read: ofWorkloads('most', ({ lastSafeAt }, now) =>
      lastSafeAt === null ? null : (now - lastSafeAt) / DAY_MS,
    ),
  },
  /** 1 where Azure protects the item, and it was not deleted. */
  item_protected: {
    inputs: ['health'],
    read: ofItems(({ protectionState, isSoftDeleted }) =>
      isSoftDeleted ? 0 : protectionState === null ? null : Number(protectionState === 'Protected'),
    ),
  },
  /** 1 where the item keeps to its policy. */
  item_policy_consistent: {
    inputs: ['health'],
    read: ofItems(({ policyInconsistent }) =>
      policyInconsistent === null ? null : Number(!policyInconsistent),
    ),
  },
  /** 1 where a guard of the vault is up. */
  vault_guard: {
    inputs: ['health'],
    read: ({ repositoryIds }, { risk }, guard) =>
      worstOf(
        'least',
        risk.repositories.flatMap(({ id, exposure }) =>
          exposure && (repositoryIds.length === 0 || repositoryIds.includes(id)) ? [exposure] : [],
        ),
        (exposure) => guardIsUp(exposure, guard),
      ),
  },
  /** Findings of a kind that are open. */
  open_findings: {
    inputs: ['health'],
    read: (_, { estate }, kind) => {
      const { findings, notRead, asOf } = estate;
      if (notRead.includes(ENDPOINT_OF_FINDING[kind] ?? '')) return { current: null, asOf };
      return { current: findings.filter((finding) => finding.kind === kind).length, asOf };
    },
  },
  /** Age of a worker's facts, as a multiple of what counts as stale; not held back by staleness, which it measures. */
  input_age: {
    inputs: [],
    read: (_, { assessment }, worker) => {
      const input = assessment.inputs.find((each) => each.worker === worker);
      const ageHours = input?.ageHours ?? null;
      const current = input && ageHours !== null ? ageHours / input.staleAfterHours : null;
      return { current, asOf: assessment.now };
    },
  },
  input_completeness: {
    inputs: [],
    read: (_, { assessment }, worker) => {
      const input = assessment.inputs.find((each) => each.worker === worker);
      const share = input?.lastSuccessAt == null ? null : (input.completeness ?? 1);
      const current = share !== null && input && input.missing.length > 0 ? Math.min(share, 0.9) : share;
      return { current, asOf: assessment.now };
    },
  },
  /** Probability of a hazard of an item, by the scorer. */
  hazard_q: {
    inputs: [],
    read: (_, { assessment }, about) => {
      const [hazard = ''] = about.split(':');
      const item = assessment.items.find(({ key }) => key === about.slice(hazard.length + 1));
      const found = item?.contributions.find((each) => each.hazard === hazard);
      return { current: found?.q ?? null, asOf: assessment.now };
    },
  },
  /** Severity-weighted share of the hazards that are measured. */
  coverage: {
    inputs: ['health', 'capacity', 'efficiency', 'rto'],
    read: (subject, { assessment }) => {
      const items = itemsOf(subject, assessment.items);
      const current = items.length === 0 ? null : Math.min(...items.map(({ coverage }) => coverage));
      return { current, asOf: assessment.now };
    },
  },
};

/** null: the vault does not say. */
function guardIsUp(exposure: VaultExposure, guard: string): number | null {
  const { softDelete, immutability, hasSecondPerson, redundancy } = exposure;
  switch (guard) {
    case 'soft_delete':
      return softDelete === null ? null : Number(softDelete !== 'Disabled');
    case 'immutability':
      return immutability === null ? null : Number(immutability !== 'Disabled');
    case 'locked':
      return immutability === null ? null : Number(immutability === 'Locked');
    case 'second_person':
      return hasSecondPerson === null ? null : Number(hasSecondPerson);
    case 'redundancy':
      return redundancy === null ? null : Number(redundancy !== 'LocallyRedundant');
    default:
      return null;
  }
}

function ofItems(value: (item: AzureItemState) => number | null) {
  return ({ jobIds }: Subject, { items }: RemediationFacts): Reading =>
    worstOf(
      'least',
      jobIds.flatMap((id) => items?.get(id) ?? []),
      value,
    );
}

function ofJobs(worst: 'most' | 'least', value: (job: JobState, now: number) => number | null) {
  return ({ jobIds }: Subject, { jobs, assessment }: RemediationFacts): Reading =>
    worstOf(
      worst,
      jobIds.flatMap((id) => jobs.get(id) ?? []),
      (job) => value(job, assessment.now),
    );
}

function ofRepositories(worst: 'most' | 'least', value: (repository: RepositoryState) => number | null) {
  return ({ repositoryIds }: Subject, { repositories }: RemediationFacts): Reading =>
    worstOf(
      worst,
      repositoryIds.flatMap((id) => repositories.get(id) ?? []),
      value,
    );
}

function ofWorkloads(
  worst: 'most' | 'least',
  value: (workload: WorkloadState, now: number) => number | null,
) {
  return ({ workloadIds }: Subject, { workloads, assessment }: RemediationFacts): Reading =>
    worstOf(
      worst,
      workloadIds.flatMap((id) => workloads.get(id) ?? []),
      (workload) => value(workload, assessment.now),
    );
}

/** Since the last look nothing new is known of it, so it has grown older. */
function hoursSince({ asOf }: Row, now: number): number {
  return asOf === null ? 0 : Math.max(0, (now - asOf) / HOUR_MS);
}

/** One that cannot be measured makes the whole not measurable: it may be the worst. */
function worstOf<R extends { asOf: number | null }>(
  worst: 'most' | 'least',
  rows: readonly R[],
  value: (row: R) => number | null,
): Reading {
  const values = rows.map(value);
  const times = rows.flatMap(({ asOf }) => asOf ?? []);
  const asOf = times.length > 0 ? Math.min(...times) : null;
  if (values.length === 0 || values.some((each) => each === null)) return { current: null, asOf };
  const known = values as number[];
  return { current: worst === 'most' ? Math.max(...known) : Math.min(...known), asOf };
}

function openSignals(
  { workloadIds, repositoryIds }: Subject,
  { risk, assessment }: RemediationFacts,
  kind: string,
): Reading {
  const { workloads, repositories } = byId(risk);
  const signals: Signal[] = [
    ...workloadIds.flatMap((id) => workloads.get(id)?.integrity?.signals ?? []),
    ...repositoryIds.flatMap((id) => repositories.get(id)?.signals ?? []),
    ...(workloadIds.length === 0 && repositoryIds.length === 0 ? risk.signals : []),
  ];
  const open = signals.filter((signal) => kind === '' || signal.kind === kind);
  const times = assessment.inputs
    .filter(({ worker }) => worker === 'efficiency' || worker === 'health')
    .flatMap(({ lastSuccessAt }) => lastSuccessAt ?? []);
  return { current: open.length, asOf: times.length > 0 ? Math.min(...times) : null };
}

function newestPointClean({ workloadIds }: Subject, { risk }: RemediationFacts): Reading {
  const { workloads } = byId(risk);
  const known = workloadIds.flatMap((id) => workloads.get(id) ?? []);
  return worstOf(
    'least',
    known.map(({ integrity }) => ({ asOf: integrity?.asOf ?? null, integrity })),
    ({ integrity }) =>
      integrity === null || integrity.newestPointStatus === 'UNKNOWN'
        ? null
        : Number(integrity.newestPointStatus === 'CLEAN'),
  );
}

function itemsOf({ jobIds, workloadIds, repositoryIds }: Subject, items: readonly RiskItem[]): RiskItem[] {
  const keys = new Set([
    ...jobIds.map((id) => `job:${id}`),
    ...workloadIds.map((id) => `workload:${id}`),
    ...repositoryIds.map((id) => `repository:${id}`),
  ]);
  return items.filter(({ key }) => keys.has(key));
}
