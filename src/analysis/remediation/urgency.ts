import { lostForGoodAt } from './azure.ts';
import type { Case } from './evidence.ts';
import { byId } from './lookup.ts';
import { percent, say } from './rule.ts';
import { isMalware } from './signals.ts';

type Urgency = 'CRITICAL' | 'HIGH' | 'MEDIUM' | 'LOW';

export interface UrgencyAnswer {
  urgency: Urgency;
  reason: string;
}

const CATEGORY_HIGH = 50;
const CATEGORY_MEDIUM = 30;
const SOON_DAYS = 30;
/** A week holds a weekend and a holiday: with less than that there may be one working day left, or none. */
const LAST_DAYS = 7;
const DAY_MS = 86_400_000;

/**
 * Time to harm against the time that help takes (METHODS 3.6): CRITICAL if harm is there (full, beyond the RPO, infected, or
 * suspected with no usable point inside the RPO) or
 * 90 % of the space is reached inside the lead time; HIGH from priority 50, or 80 % within 30 days; MEDIUM from 30; else LOW.
 */
export function urgencyOf(of: Case): UrgencyAnswer {
  const loss = lossAhead(of);
  if (loss) return loss;
  if (of.finding) return byFinding(of.finding.severity);
  return harmNow(of) ?? byPriority(of);
}

/** Deleted backups that are gone for good after a day that is known. */
function lossAhead(of: Case): UrgencyAnswer | null {
  if (of.type !== 'gap') return null;
  const at = lostForGoodAt(of);
  if (at === null) return null;
  const left = Math.max(0, (at - of.facts.assessment.now) / DAY_MS);
  const reason = `its deleted backups are gone for good in ${say(left, 'days')}`;
  return { urgency: left <= LAST_DAYS ? 'CRITICAL' : 'HIGH', reason };
}

function harmNow(of: Case): UrgencyAnswer | null {
  const critical = (reason: string): UrgencyAnswer => ({ urgency: 'CRITICAL', reason });
  if (of.type === 'capacity') {
    const { repository, facts } = of;
    if ((repository?.useShare ?? 0) >= 0.95)
      return critical(`${percent(repository?.useShare)} of the space are used`);
    if (repository?.early90 != null && repository.early90 < facts.leadTimeDays)
      return critical(
        `90 % may be reached in ${say(repository.early90, 'days')}, the lead time is ${facts.leadTimeDays} days`,
      );
    if (repository?.early80 != null && repository.early80 < SOON_DAYS)
      return { urgency: 'HIGH', reason: `80 % may be reached in ${say(repository.early80, 'days')}` };
  }
  if (of.type === 'gap' && isBeyondRpo(of)) return critical('the newest restore point is beyond the RPO');
  if (of.type === 'integrity' && isPoisoned(of)) return critical('restore points are infected or damaged');
  if (of.type === 'integrity' && of.scope === 'workload' && isMalware(of))
    return isBeyondRpo(of)
      ? critical('malware is suspected, and the newest restore point that can be used is beyond the RPO')
      : { urgency: 'HIGH', reason: 'malware is suspected' };
  return null;
}

function isBeyondRpo({ scope, id, jobs, workload, facts }: Case): boolean {
  if (workload) return workload.rpoStatus === 'BREACHED' || workload.rpoStatus === 'NEVER';
  if (scope === 'workload') {
    const status = byId(facts.risk).workloads.get(id)?.gap?.status;
    return status === 'BREACHED' || status === 'NEVER';
  }
  return jobs.some(
    ({ freshness, isDisabled }) => isDisabled !== true && (freshness === 'BREACHED' || freshness === 'NEVER'),
  );
}

function isPoisoned({ scope, id, facts: { risk } }: Case): boolean {
  if (scope !== 'workload') return false;
  const integrity = byId(risk).workloads.get(id)?.integrity;
  const status = integrity?.newestPointStatus;
  if (status === 'INFECTED' || status === 'CORRUPTED') return true;
  return (
    integrity?.signals.some(({ kind }) => kind === 'MALWARE_INFECTED' || kind === 'POINT_CORRUPTED') ?? false
  );
}

function byPriority({ item, input, facts }: Case): UrgencyAnswer {
  if (input) {
    const urgency = input.status === 'PARTIAL' ? 'MEDIUM' : 'HIGH';
    return { urgency, reason: `what the ${input.worker} worker measures is ${input.status.toLowerCase()}` };
  }
  const { priority } = item;
  const reason = `priority ${say(priority)} at a lead time of ${facts.leadTimeDays} days`;
  if (priority >= CATEGORY_HIGH) return { urgency: 'HIGH', reason };
  return { urgency: priority >= CATEGORY_MEDIUM ? 'MEDIUM' : 'LOW', reason };
}

function byFinding(severity: 'critical' | 'high' | 'medium' | 'low'): UrgencyAnswer {
  const urgency = severity.toUpperCase() as Urgency;
  return { urgency, reason: `the health worker calls it ${severity}` };
}
