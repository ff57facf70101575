import type { RiskItem } from '../risk/facts.ts';
import type { Case, RemediationFacts } from './evidence.ts';
import { matchRules } from './rules.ts';

/** From so many cases of one kind on they are one. */
const GROUP_FROM = 3;

/** Rules whose options help all workloads of a job at once. */
const SHARED_RULES = ['recover.untested', 'recover.too-slow'];

/** Likewise of the items of a vault, each of which is a job of its own. */
const VAULT_RULES = ['azure.untested'];

/** Whether a plan is open for a group: then it stays one, however few are left of it. */
export type IsOpenGroup = (of: Pick<Case, 'scope' | 'id' | 'type'>) => boolean;

/**
 * Cases that are one trouble become one case: incidents that go on night after night, workloads of one job that lack the
 * same, items of which the same is not known.
 */
export function groupCases(
  cases: readonly Case[],
  facts: RemediationFacts,
  isOpenGroup: IsOpenGroup,
): Case[] {
  const items = new Map(facts.assessment.items.map((item) => [item.key, item]));
  const incidents = cases.filter(({ scope }) => scope === 'incident');
  const others = cases.filter(({ scope }) => scope !== 'incident');
  const ofWorkloads = groupWorkloads([...others, ...groupIncidents(incidents)], facts, items, isOpenGroup);
  return groupUnknown(
    facts.platform === 'azure' ? groupOfVault(ofWorkloads, isOpenGroup) : ofWorkloads,
    isOpenGroup,
  );
}

/** Many items that lack the same become one case, told by the one that matters most. */
function groupOfVault(cases: readonly Case[], isOpenGroup: IsOpenGroup): Case[] {
  const kinds = Map.groupBy(cases, (one) => {
    const rule = one.scope === 'workload' && one.type === 'recover' ? matchRules(one)[0]?.rule.id : undefined;
    return rule !== undefined && VAULT_RULES.includes(rule) ? rule : null;
  });
  return [...kinds].flatMap(([rule, members]): Case[] => {
    const [worst] = members.toSorted((a, b) => b.item.priority - a.item.priority || (a.id < b.id ? -1 : 1));
    if (rule === null || !worst) return members;
    const needed = isOpenGroup({ scope: 'workload', id: rule, type: 'recover' }) ? 1 : GROUP_FROM;
    if (members.length < needed) return members;
    const workloadIds = members.flatMap(({ subject }) => subject.workloadIds);
    return [
      {
        ...worst,
        id: rule,
        members: members.flatMap(({ workload }) => workload ?? []),
        groupOf: rule,
        groupSize: members.length,
        subject: { ...worst.subject, workloadIds },
      },
    ];
  });
}

/** Incidents that share a job which has not recovered: the same trouble, named by the part that they share. */
function groupIncidents(cases: readonly Case[]): Case[] {
  const groups: Case[][] = [];
  for (const one of cases.toSorted((a, b) => b.item.priority - a.item.priority || (a.id < b.id ? -1 : 1))) {
    const jobs = new Set(one.subject.jobIds);
    const touching = groups.filter((group) =>
      group.some(({ type, subject }) => type === one.type && subject.jobIds.some((id) => jobs.has(id))),
    );
    const joined = [...touching.flat(), one];
    for (const group of touching) groups.splice(groups.indexOf(group), 1);
    groups.push(joined);
  }
  return groups.map(joinIncidents);
}

function joinIncidents(group: readonly Case[]): Case {
  const [first] = group as [Case];
  const named = group.find(({ incident }) => incident?.suspectId) ?? first;
  const jobIds = [...new Set(group.flatMap(({ subject }) => subject.jobIds))];
  const jobs = [...new Map(group.flatMap(({ jobs: own }) => own).map((job) => [job.id, job])).values()];
  const repositoryIds = [...new Set(group.flatMap(({ subject }) => subject.repositoryIds))];
  const { incident } = named;
  // Sorted, so that the id is the same while the same incidents are open.
  const id = incident?.suspectId
    ? `${incident.suspectKind}:${incident.suspectId}`
    : (group.map((one) => one.id).sort()[0] as string);
  return { ...first, id, incident, jobs, subject: { ...first.subject, jobIds, repositoryIds } };
}

/** Workloads of one job that lack the same become a case of the job. */
function groupWorkloads(
  cases: readonly Case[],
  facts: RemediationFacts,
  items: ReadonlyMap<string, RiskItem>,
  isOpenGroup: IsOpenGroup,
): Case[] {
  const jobsOf = new Map(facts.risk.workloads.map(({ id, jobIds }) => [id, jobIds]));
  const kinds = Map.groupBy(cases, (one) => {
    if (one.scope !== 'workload' || one.type !== 'recover') return null;
    const rule = matchRules(one)[0]?.rule.id ?? '';
    const jobId = jobsOf.get(one.id)?.[0];
    return SHARED_RULES.includes(rule) && jobId ? `${rule} ${jobId}` : null;
  });
  const largest = new Map<string, { rule: string; members: Case[] }>();
  for (const [kind, members] of kinds) {
    if (kind === null) continue;
    const [rule = '', jobId = ''] = kind.split(' ');
    const needed = isOpenGroup({ scope: 'job', id: jobId, type: 'recover' }) ? 1 : GROUP_FROM;
    if (members.length >= needed && members.length > (largest.get(jobId)?.members.length ?? 0))
      largest.set(jobId, { rule, members });
  }
  const grouped = new Set<Case>();
  const ofJobs = [...largest].flatMap(([jobId, { rule, members }]) => {
    const one = ofJob(items.get(`job:${jobId}`), rule, members);
    if (one) for (const member of members) grouped.add(member);
    return one ? [one] : [];
  });
  return [...cases.filter((one) => !grouped.has(one)), ...ofJobs];
}

function ofJob(item: RiskItem | undefined, rule: string, members: readonly Case[]): Case | null {
  const hazard = item?.contributions.find((each) => each.hazard === 'recover');
  const [first] = members;
  if (!item || !hazard || !first) return null;
  return {
    ...first,
    scope: 'job',
    id: item.id,
    item,
    hazard,
    workload: null,
    members: members.flatMap(({ workload }) => workload ?? []),
    groupOf: rule,
    subject: { jobIds: [], workloadIds: members.map(({ id }) => id), repositoryIds: [] },
  };
}

/** Items of one kind of which the same is not known ask for the same evidence. */
function groupUnknown(cases: readonly Case[], isOpenGroup: IsOpenGroup): Case[] {
  const groups = Map.groupBy(cases, (one) =>
    one.type === 'evidence' && one.input === null ? unknownOf(one) : null,
  );
  return [...groups].flatMap(([kind, members]): Case[] => {
    const [worst] = members.toSorted((a, b) => b.item.priority - a.item.priority);
    if (kind === null || !worst) return members;
    const needed = isOpenGroup({ scope: worst.scope, id: kind, type: 'evidence' }) ? 1 : GROUP_FROM;
    if (members.length < needed) return members;
    const all = (of: 'jobIds' | 'workloadIds' | 'repositoryIds') => [
      ...new Set(members.flatMap(({ subject }) => subject[of])),
    ];
    const subject = {
      jobIds: all('jobIds'),
      workloadIds: all('workloadIds'),
      repositoryIds: all('repositoryIds'),
    };
    return [{ ...worst, id: kind, subject, groupOf: kind, groupSize: members.length }];
  });
}

function unknownOf({ scope, item }: Case): string {
  const unknown = item.contributions.filter(({ basis }) => basis === 'none' || basis === 'assumed');
  return [scope, ...unknown.map(({ hazard }) => hazard)].join('+');
}
