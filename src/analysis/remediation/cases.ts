import type { RiskItem, WorkloadEvidence } from '../risk/facts.ts';
import { PRIORS } from '../risk/hazard.ts';
import { riskItem } from '../risk/item.ts';
import type { TierEvidence } from '../risk/priority.ts';
import type { Contribution } from '../risk/score.ts';
import type { Case, JobState, RemediationFacts, RiskType, Subject } from './evidence.ts';
import { groupCases, type IsOpenGroup } from './groups.ts';
import { byId } from './lookup.ts';
import { matchRules } from './rules.ts';
import { hasUnusablePoints, isMalware } from './signals.ts';

/** Points of the score below which a hazard gets no plan of its own; nor does one that is twice as good as not known. */
const LEAST_POINTS = 5;

/** Weight of what concerns everything: nothing weighs more. */
const WHOLE: TierEvidence = { tier: null, weight: 1, low: 1, high: 1, rule: null, basis: 'assumed' };

/**
 * What deserves a plan (METHODS 3.6): hazards of listed items that are MEDIUM or more or not assessed, as far as their cause
 * is the item's own; inputs that are missing, stale or partial; findings about the server. What is one trouble is one
 * case.
 */
export function remediationCases(facts: RemediationFacts, isOpenGroup: IsOpenGroup = () => false): Case[] {
  const incidents = new Map(facts.risk.incidents.map(({ id, openJobIds }) => [id, openJobIds]));
  const considered = facts.assessment.items.filter((item) => isConsidered(item) || isMalwareOf(item, facts));
  const ofItems = considered.flatMap((item) => casesOfItem(item, facts, incidents));
  // What an item stands for is told there.
  const isOfVaultItem = ofItems.some(({ scope, type }) => scope === 'repository' && type === 'integrity');
  const findings = findingCases(facts).filter(({ type }) => !(isOfVaultItem && type === 'integrity'));
  return [...groupCases(ofItems, facts, isOpenGroup), ...inputCases(facts), ...findings];
}

/** Jobs of each incident that have not recovered. */
type OpenJobs = ReadonlyMap<string, readonly string[]>;

function isConsidered({ isListed, category, flags }: RiskItem): boolean {
  return isListed && (category !== 'LOW' || flags.includes('NOT_ASSESSED'));
}

function casesOfItem(item: RiskItem, facts: RemediationFacts, incidents: OpenJobs): Case[] {
  const own = item.contributions.filter(
    ({ hazard }) => !item.sharedCauses.some((shared) => shared.hazard === hazard),
  );
  const infected = isMalwareOf(item, facts);
  const bad = own.filter(
    ({ hazard, q, points }) =>
      (infected && hazard === 'integrity') ||
      (isConsidered(item) && points >= LEAST_POINTS && q >= PRIORS[hazard].q / 2),
  );
  const worth = bad.length > 0 ? bad : largestOf(own);
  const cases = worth
    .map((hazard) => toCase(item, hazard.hazard, hazard, facts, incidents))
    .filter((of) => !isOfNothing(of) && !isNeverTold(of));
  const explained = cases.filter(isExplained);
  const unexplained =
    cases.find((of) => !explained.includes(of) && !isOverNow(of) && !isOfUnusablePoints(of))?.hazard ?? null;
  const isUnknown = item.flags.includes('NOT_ASSESSED') && isConsidered(item) && !isAllThereIs(item, facts);
  if (!isUnknown && !unexplained) return explained;
  return [...explained, toCase(item, 'evidence', unexplained, facts, incidents)];
}

/** Where nothing stands out, that which counts most. */
function largestOf(own: readonly Contribution[]): Contribution[] {
  const [largest] = own.filter(({ points }) => points > 0).toSorted((a, b) => b.points - a.points);
  return largest ? [largest] : [];
}

/** A rule knows what it may be; where none does, what is missing has to be collected first. */
const isExplained = (of: Case) => matchRules(of).length > 0;

/** A job that is off and that no workload depends on: to switch it on removes no risk. */
function isOfNothing({ type, job, item, facts: { risk } }: Case): boolean {
  return (
    type === 'gap' &&
    job?.isDisabled === true &&
    risk.workloads.length > 0 &&
    item.affectedWorkloads.length === 0
  );
}

/** Azure Backup looks into no backup: there is nothing to collect, and without a sign nothing to do. */
function isNeverTold({ type, scope, hazard, facts }: Case): boolean {
  return (
    facts.platform === 'azure' &&
    type === 'integrity' &&
    scope !== 'repository' &&
    hazard !== null &&
    hazard.basis !== 'measured'
  );
}

/** Of an item of a vault restores and the state of the data alone are not known: the one has a plan, the other is never told. */
function isAllThereIs({ contributions }: RiskItem, { platform }: RemediationFacts): boolean {
  const unknown = contributions.filter(({ basis }) => basis !== 'measured');
  return (
    platform === 'azure' && unknown.every(({ hazard }) => hazard === 'integrity' || hazard === 'recover')
  );
}

/** Malware is looked at however little the machine matters: what is infected spreads. */
const isMalwareOf = ({ scope, id }: RiskItem, facts: RemediationFacts): boolean =>
  scope === 'workload' && isMalware({ scope, id, facts });

/** A gap because the newest points cannot be used is the matter of the plan for what is wrong with them. */
const isOfUnusablePoints = (of: Case): boolean => of.type === 'gap' && hasUnusablePoints(of);

/** Everything runs again, and only the past of the last 30 days speaks against it: there is nothing to do but to wait. */
function isOverNow({ type, jobs }: Case): boolean {
  return (
    type === 'gap' &&
    jobs.length > 0 &&
    jobs.every(({ freshness, failureStreak }) => freshness === 'OK' && failureStreak === 0)
  );
}

/** The case of a hazard of an item, or (`evidence`) of what is not known of it. */
function toCase(
  item: RiskItem,
  type: RiskType,
  hazard: Contribution | null,
  facts: RemediationFacts,
  incidents: OpenJobs,
): Case {
  const { scope, id } = item;
  const workload = scope === 'workload' ? byId(facts.risk).workloads.get(id) : undefined;
  const jobIds =
    scope === 'job' ? [id] : scope === 'incident' ? (incidents.get(id) ?? []) : (workload?.jobIds ?? []);
  const jobs = jobIds.flatMap((jobId) => facts.jobs.get(jobId) ?? []);
  const repositoryIds = scope === 'repository' ? [id] : repositoriesOf(jobIds, workload, facts);
  const repositoryId = scope === 'repository' || repositoryIds.length === 1 ? repositoryIds[0] : undefined;
  return {
    ...empty(facts, item),
    type,
    hazard,
    subject: subjectOf(item, type, jobIds, repositoryIds),
    job: scope === 'job' ? (jobs[0] ?? null) : null,
    jobs,
    repository: (repositoryId === undefined ? undefined : facts.repositories.get(repositoryId)) ?? null,
    workload: (scope === 'workload' ? facts.workloads.get(id) : undefined) ?? null,
    incident: (scope === 'incident' ? facts.incidents.get(id) : undefined) ?? null,
    anomalies:
      scope === 'workload' ? facts.anomalies.filter(({ workloadIds }) => workloadIds.includes(id)) : [],
  };
}

function empty(
  facts: RemediationFacts,
  item: RiskItem,
): Omit<Case, 'type' | 'subject'> & { jobs: readonly JobState[] } {
  return {
    scope: item.scope,
    id: item.id,
    item,
    hazard: null,
    job: null,
    jobs: [],
    repository: null,
    workload: null,
    incident: null,
    finding: null,
    input: null,
    anomalies: [],
    facts,
  };
}

/** What success is measured on: of a hazard what it comes from, not all that is near. */
function subjectOf(
  item: RiskItem,
  type: RiskType,
  jobIds: readonly string[],
  repositoryIds: readonly string[],
): Subject {
  const none: Subject = { jobIds: [], workloadIds: [], repositoryIds: [] };
  if (item.scope === 'repository') return { ...none, repositoryIds: [item.id] };
  if (item.scope === 'workload') {
    const workloadIds = [item.id];
    return type === 'gap' ? { jobIds, workloadIds, repositoryIds } : { ...none, workloadIds };
  }
  return item.scope === 'estate'
    ? none
    : { ...none, jobIds, repositoryIds: type === 'gap' ? repositoryIds : [] };
}

function repositoriesOf(
  jobIds: readonly string[],
  workload: WorkloadEvidence | undefined,
  { risk }: RemediationFacts,
): string[] {
  if (workload && workload.repositoryIds.length > 0) return [...workload.repositoryIds];
  const { jobs } = byId(risk);
  return [...new Set(jobIds.flatMap((id) => jobs.get(id)?.repositoryIds ?? []))];
}

function inputCases(facts: RemediationFacts): Case[] {
  const item = estateItem(facts);
  return facts.assessment.inputs
    .filter(({ status }) => status !== 'FRESH')
    .map((input) => ({
      ...empty(facts, item),
      id: input.worker,
      type: 'evidence' as const,
      subject: { jobIds: [], workloadIds: [], repositoryIds: [] },
      input,
    }));
}

/** Kinds of findings that no item of the risk list stands for. */
const FINDING_TYPES: Readonly<Record<string, 'gap' | 'recover' | 'integrity'>> = {
  VAULT_SOFT_DELETE_OFF: 'integrity',
  VAULT_IMMUTABILITY_OFF: 'integrity',
  VAULT_NO_SECOND_PERSON: 'integrity',
  VAULT_LOCALLY_REDUNDANT: 'integrity',
  VAULT_LIMIT_NEAR: 'gap',
  LICENSE_EXPIRED: 'gap',
  LICENSE_EXPIRING: 'gap',
  LICENSE_EXCEEDED: 'gap',
  CERTIFICATE_EXPIRING: 'gap',
  CONFIG_BACKUP_DISABLED: 'recover',
  CONFIG_BACKUP_STALE: 'recover',
  CONFIG_BACKUP_UNENCRYPTED: 'recover',
};

function findingCases(facts: RemediationFacts): Case[] {
  const item = estateItem(facts);
  return facts.estate.findings.flatMap((finding) => {
    const type = FINDING_TYPES[finding.kind];
    if (!type) return [];
    const subject = { jobIds: [], workloadIds: [], repositoryIds: [] };
    return [{ ...empty(facts, item), id: finding.kind, type, subject, finding }];
  });
}

/** The estate as an item, for what concerns all of it and has no hazard of its own. */
function estateItem({ risk, severities }: RemediationFacts): RiskItem {
  const { sourceId } = risk;
  return riskItem({ scope: 'estate', id: sourceId, name: sourceId, tier: WHOLE, judged: [], severities });
}
