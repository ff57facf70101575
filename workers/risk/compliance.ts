import type { DigitStatus } from '../../src/analysis/compliance/digit.ts';
import type { ComplianceEvidence } from '../../src/analysis/compliance/evidence.ts';
import { complianceRollup, type WorkloadCompliance } from '../../src/analysis/compliance/rollup.ts';
import { compliance32110 } from '../../src/analysis/compliance/rule-32110.ts';
import {
  type RpoCompliance,
  type RtoCompliance,
  rpoCompliance,
  rtoCompliance,
  type TargetBasis,
} from '../../src/analysis/compliance/targets.ts';
import type { RiskFacts, WorkloadEvidence } from '../../src/analysis/risk/facts.ts';
import type { EvidenceRef } from '../../src/analysis/risk/hazard.ts';
import { assessInput } from '../../src/analysis/risk/staleness.ts';
import type { BusinessContext } from '../../src/business/context.ts';
import type { RiskRow } from '../../src/pipeline/bulk.ts';
import type { LocationRow, RecoveryRow } from '../../src/queries/risk-workloads.ts';
import { copiesOf, OFFSITE_RULE, verificationsOf } from './copies.ts';
import type { Gathered } from './gather.ts';
import type { Refs } from './refs.ts';
import { toUnreadText } from './unread.ts';

type Row<T extends 'risk_compliance' | 'risk_compliance_tier'> = Omit<RiskRow<T>, 'source_id' | 'run_id'>;

type Judged = {
  /** Rows are made as they are asked for: of many workloads they are large. */
  workloads: Iterable<Row<'risk_compliance'>>;
  tiers: Row<'risk_compliance_tier'>[];
};

/** Every workload against 3-2-1-1-0 and its targets, and the tiers. Workloads that have left are not asked. */
export function judgeCompliance(
  gathered: Gathered,
  locations: readonly LocationRow[],
  { business, left, refs }: { business: BusinessContext; left: readonly string[]; refs: Refs },
): Judged {
  const { facts } = gathered;
  const gone = new Set(left);
  const recovery = new Map(gathered.recovery.map((row) => [row.workloadId, row]));
  const held = Map.groupBy(locations, ({ workloadId }) => workloadId);
  const trials = Map.groupBy(gathered.trials, ({ workloadId }) => workloadId);
  const repositories = new Map(gathered.repositories.map((row) => [row.repositoryId, row]));
  const unreadText = toUnreadText(gathered.unread);
  const unread = unreadText === null ? [] : [unreadText];
  const judged: [WorkloadEvidence, WorkloadCompliance][] = [];
  for (const workload of facts.workloads) {
    if (gone.has(workload.id)) continue;
    const known = recovery.get(workload.id);
    const verifications = verificationsOf(trials.get(workload.id) ?? [], gathered.inputs.rto.skewMs);
    const copies = copiesOf(workload, held.get(workload.id) ?? [], known, {
      repositories,
      vaults: gathered.vaults,
      skewMs: gathered.inputs.rto.skewMs,
    });
    const evidence = {
      copies,
      unread,
      ...census(gathered, workload.id, copies.length, verifications.rows.length),
    };
    const one = judge(workload, known, gathered, business, {
      ...evidence,
      verifications: verifications.rows,
      lastBrokenAt: verifications.lastBrokenAt,
      found: foundIn(workload),
    });
    judged.push([workload, one]);
  }
  return { workloads: toRows(judged, refs, unreadText), tiers: toTiers(judged.map(([, one]) => one)) };
}

/** What is said against the newest point, and malware that was found and not answered. */
function foundIn({ integrity }: WorkloadEvidence): EvidenceRef[] {
  if (integrity === null) return [];
  const isBad = integrity.newestPointStatus !== 'CLEAN' && integrity.newestPointStatus !== 'UNKNOWN';
  const signals = integrity.signals.filter(({ kind }) => MALWARE.has(kind));
  return [...(isBad ? integrity.refs.slice(0, 1) : []), ...signals.map(({ ref }) => ref)];
}

const MALWARE: ReadonlySet<string> = new Set(['MALWARE_SUSPICIOUS', 'MALWARE_INFECTED', 'POINT_CORRUPTED']);

function* toRows(
  judged: readonly [WorkloadEvidence, WorkloadCompliance][],
  refs: Refs,
  unread: string | null,
) {
  for (const [workload, one] of judged) yield toRow(one, workload, refs, unread);
}

/**
 * A listing is complete where the run read it to its end, and as long as that run is not stale: copies that have grown too old
 * because nobody looked are not known to be gone.
 */
function census(
  { inputs: { rto }, pool, facts, machines }: Gathered,
  workloadId: string,
  copies: number,
  verifications: number,
) {
  // What another source holds that was not read may be anything.
  if (!machines.areOthersWhole(workloadId)) return { census: null };
  if (rto.runId === null || assessInput(rto, facts.now).status === 'STALE') return { census: null };
  const isVault = rto.sourceId.startsWith('azure:');
  const arePointsWhole =
    isWholePoints(pool) &&
    (isVault
      ? !rto.missing.includes('backupProtectedItems')
      : rto.isRead('backups/objects') && isReadOrAbsent(rto, 'replicas'));
  const restores = isVault ? 'backupJobs (restores)' : 'recovery sessions by creation';
  return {
    census: {
      ref: { table: 'run', id: rto.runId },
      copies: arePointsWhole ? copies : null,
      verifications: rto.isRead(restores) ? verifications : null,
    },
  };
}

const isWholePoints = (pool: Gathered['pool']) =>
  pool?.pointsReadAt !== undefined &&
  pool.pointsReadAt !== null &&
  pool.pointsReadAt.getTime() >= pool.concludedAt.getTime();

const isReadOrAbsent = (rto: Gathered['inputs']['rto'], endpoint: string) =>
  rto.isRead(endpoint) && !rto.missing.includes(endpoint);

function judge(
  { id, tier }: WorkloadEvidence,
  known: RecoveryRow | undefined,
  gathered: Gathered,
  business: BusinessContext,
  evidence: ComplianceEvidence,
): WorkloadCompliance {
  const { now } = gathered.facts;
  const { observationDays, verificationDays, restoreTestDays } = business.compliance;
  const options = { copyDays: observationDays, verificationDays };
  return {
    id,
    tier: tier.tier,
    rule: compliance32110(evidence, now, options),
    rpo: judgeRpo(known, gathered, gathered.facts),
    rto: judgeRto(known, gathered, now, restoreTestDays),
  };
}

const DEFAULT_RPO_HOURS = 24;
const DEFAULT_RTO_MINUTES = 30;
const basisOf = (basis: string | undefined): TargetBasis =>
  (basis?.toLowerCase() as TargetBasis | undefined) ?? 'default';

function judgeRpo(
  known: RecoveryRow | undefined,
  { inputs, pool }: Gathered,
  { now }: RiskFacts,
): RpoCompliance {
  const { skewMs } = inputs.rto;
  const readAt = pool?.pointsReadAt ? pool.pointsReadAt.getTime() - skewMs : null;
  return rpoCompliance(
    {
      targetHours: known?.rpoHours ?? DEFAULT_RPO_HOURS,
      targetBasis: basisOf(known?.rpoBasis),
      newestAt: known?.newestPointAt ? known.newestPointAt.getTime() - skewMs : null,
      readAt: known ? readAt : null,
      readStatus: known ? readStatusOf(known) : 'UNKNOWN',
      shareBeyond: known?.shareBeyond ?? null,
      refs: known ? [{ table: 'workload_recovery', id: known.workloadId }] : [],
    },
    now,
  );
}

const readStatusOf = ({ rpoStatus }: RecoveryRow): RpoCompliance['status'] =>
  rpoStatus in RPO_PROOF ? (rpoStatus as RpoCompliance['status']) : 'UNKNOWN';

function judgeRto(
  known: RecoveryRow | undefined,
  { inputs }: Gathered,
  now: number,
  testDays: number,
): RtoCompliance {
  const isTested = known !== undefined && known.slaStatus !== 'UNTESTED';
  return rtoCompliance(
    {
      targetMinutes: known?.rtoMinutes ?? DEFAULT_RTO_MINUTES,
      targetBasis: basisOf(known?.rtoBasis),
      p: known?.p ?? null,
      p10: known?.p10 ?? null,
      p90: known?.p90 ?? null,
      trials: isTested ? Math.max(1, known.trials) : 0,
      lastTestAt: known?.lastTestAt ? known.lastTestAt.getTime() - inputs.rto.skewMs : null,
      refs: known ? [{ table: 'workload_recovery', id: known.workloadId }] : [],
    },
    now,
    testDays,
  );
}

const RPO_PROOF: Readonly<Record<RpoCompliance['status'], DigitStatus>> = {
  MET: 'proven',
  AT_RISK: 'unproven',
  BREACHED: 'broken',
  NEVER: 'broken',
  UNKNOWN: 'unproven',
};
const RTO_PROOF: Readonly<Record<RtoCompliance['status'], DigitStatus>> = {
  COMPLIANT: 'proven',
  AT_RISK: 'unproven',
  NON_COMPLIANT: 'broken',
  UNPROVEN: 'unproven',
  UNTESTED: 'unproven',
  UNKNOWN: 'unproven',
};

/** Digits that count copies. */
const COUNTED = ['copies', 'media', 'offsite', 'immutable'] as const;

const upper = (status: string) => status.toUpperCase();
const at = (ms: number | null) => (ms === null ? null : new Date(ms));
const iso = (ms: number | null) => at(ms)?.toISOString() ?? null;

function toRow(
  { rule, rpo, rto, tier }: WorkloadCompliance,
  { id, name }: WorkloadEvidence,
  refs: Refs,
  unread: string | null,
) {
  const digit = (one: (typeof rule)['copies'], notes: readonly string[] = []) => ({
    status: upper(one.status),
    rows: refs.of(one.rows),
    expires_at: iso(one.expires),
    reasons: [...one.reasons, ...notes],
  });
  const offsiteNotes = rule.offsite.status === 'unproven' ? [OFFSITE_RULE] : [];
  const ends = [rule.copies, rule.media, rule.offsite, rule.immutable, rule.errors, rpo, rto].flatMap(
    ({ expires }) => expires ?? [],
  );
  return {
    workload_id: id,
    name,
    tier,
    copies: upper(rule.copies.status),
    media: upper(rule.media.status),
    offsite: upper(rule.offsite.status),
    immutable: upper(rule.immutable.status),
    zero_errors: upper(rule.errors.status),
    rpo: upper(RPO_PROOF[rpo.status]),
    rto: upper(RTO_PROOF[rto.status]),
    digits: {
      ...(unread !== null && COUNTED.some((name) => rule[name].status === 'unproven')
        ? { not_known: [unread] }
        : {}),
      copies: digit(rule.copies),
      media: digit(rule.media),
      offsite: digit(rule.offsite, offsiteNotes),
      immutable: digit(rule.immutable),
      zero_errors: digit(rule.errors),
      rpo: {
        status: rpo.status,
        rows: refs.of(rpo.rows),
        expires_at: iso(rpo.expires),
        reasons: rpo.reasons,
        age_hours: rpo.ageHours,
        target_hours: rpo.targetHours,
        target_basis: upper(rpo.targetBasis),
      },
      rto: {
        status: rto.status,
        rows: refs.of(rto.rows),
        expires_at: iso(rto.expires),
        reasons: [],
        p: rto.p,
        target_minutes: rto.targetMinutes,
        target_basis: upper(rto.targetBasis),
      },
    },
    first_expires_at: ends.length > 0 ? new Date(Math.min(...ends)) : null,
  } satisfies Row<'risk_compliance'>;
}

function toTiers(judged: readonly WorkloadCompliance[]): Row<'risk_compliance_tier'>[] {
  return complianceRollup(judged).flatMap(({ tier, workloads, digits, rule, rpo, rto }) =>
    tier === 'all'
      ? []
      : [
          {
            tier: tier ?? 0,
            workloads,
            counts: {
              copies: digits.copies,
              media: digits.media,
              offsite: digits.offsite,
              immutable: digits.immutable,
              zero_errors: digits.errors,
              rule,
              rpo,
              rto,
            },
            all_proven: rule.proven,
            any_broken: rule.broken,
          },
        ],
  );
}
