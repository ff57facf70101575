import { isChoosing } from '../../../queries/recovery.ts';
import { type AnswerBase, sawNone } from '../../answer.ts';
import type { RecoveryScope } from './recovery-scope.ts';
import type { RecoveryAnswer, WorkloadCard } from './shape.ts';

type Body = Omit<RecoveryAnswer, keyof AnswerBase>;

/** The answer in a few sentences of our own words and numbers that stand in the fields too. */
export function summarise({ page, filter, completeness }: RecoveryScope, body: Body): string {
  const { workloads = [], workloads_matching: matching = 0, estate } = body;
  if (page) return `Next rows: ${workloads.length} of ${matching} workloads.`;
  const isChosen = isChoosing(filter);
  if (matching === 0)
    return isChosen ? 'No workload matches.' : sawNone(completeness, LISTS, 'workload with a restore point');
  const start = isChosen ? `${matching} workloads match` : `${matching} workloads`;
  return estate ? `${start}${protections(estate)}: ${restores(estate)}. ${points(estate)}` : `${start}.`;
}

/** Lists that make a workload known. */
const LISTS = ['backups', 'restorePoints', 'backupObjects'];

type Estate = NonNullable<Body['estate']>;

/** Machines that several sources protect are each counted once. */
const protections = ({ protections: all, in_several_sources: several }: Estate) =>
  several ? ` (machines) with ${all} protections, as several sources protect ${several} of them` : '';

function restores({
  sla_compliance: sla,
  never_restored,
  never_tested,
  default_rto_targets,
}: Estate): string {
  const back = STATUSES.flatMap((status) => (sla[status] ? [`${sla[status]} ${status}`] : [])).join(', ');
  const defaults =
    default_rto_targets > 0 ? ` (${default_rto_targets} of them by the default RTO, which nobody set)` : '';
  return `back within the RTO: ${back}${defaults}; of ${never_restored} no restore has succeeded, ${never_tested} were never tested in any way`;
}

function points({
  rpo,
  hidden_breaches,
  without_safe_point,
  safe_by_chain,
  default_rpo_targets,
}: Estate): string {
  const list = ['BREACHED', 'NEVER', 'UNKNOWN', 'AT_RISK', 'MET'].flatMap((status) =>
    rpo[status] ? [`${rpo[status]} ${status}`] : [],
  );
  const hidden = hidden_breaches > 0 ? `, ${hidden_breaches} breached behind a job that ended well` : '';
  const defaults =
    default_rpo_targets > 0 ? ` (${default_rpo_targets} by the default RPO, which nobody set)` : '';
  const chain =
    safe_by_chain > 0 ? `, of ${safe_by_chain} more it is clean and verified by chain only, not itself` : '';
  return `RPO: ${list.join(', ')}${hidden}${defaults}. ${without_safe_point} have no point that is both clean and verified${chain}.`;
}

const STATUSES = ['UNTESTED', 'NON_COMPLIANT', 'UNPROVEN', 'AT_RISK', 'COMPLIANT'];

const VERIFIED: Record<string, string> = {
  CHAIN: 'verified by chain: a later clean point was tested, not this one',
  ASSUMED_NEWEST: 'verified, as far as the newest point of that time was the one that was tested',
};

/** One workload: whether it is back in time, how old its newest point is, and the newest safe one. */
export function summariseCard(card: WorkloadCard): string {
  return [inTime(card), rpo(card), safe(card)].join(' ');
}

function inTime({
  sla_status,
  p_in_time,
  basis,
  rto_target_minutes,
  rto_target_basis,
}: WorkloadCard): string {
  const target = `${rto_target_minutes} minutes${rto_target_basis === 'DEFAULT' ? ' (the default: nobody set a target)' : ''}`;
  if (p_in_time.mean === null) return `${sla_status}: whether it is back within ${target} is not known.`;
  return `${sla_status}: back within ${target} with probability ${p_in_time.mean} (${p_in_time.low} to ${p_in_time.high}, ${BASIS[basis] ?? basis}).`;
}

const BASIS: Record<string, string> = {
  OWN: 'from its own restores',
  POOLED: 'from restores of other machines, none of its own',
  EXTRAPOLATED: 'worked out from restores of other sizes',
  ASSUMED: 'assumed: no restore of any machine says',
  NONE: 'nothing says',
};

function rpo({
  rpo_status,
  rpo_age_hours,
  rpo_target_hours,
  rpo_target_basis,
  hidden_by_job,
  reasons,
  points: { newest },
}: WorkloadCard): string {
  const target = `${rpo_target_hours} h${TARGETS[rpo_target_basis] ?? ''}`;
  const deleted = reasons.find((reason) => reason.startsWith('deleted, restorable'));
  const age =
    newest === null || rpo_age_hours === null
      ? `it has no usable restore point${deleted ? ` (${deleted})` : ''}`
      : `its newest usable point was ${rpo_age_hours} h old when the run concluded`;
  const hidden = hidden_by_job ? ', and a job that ended well hides it' : '';
  return `RPO ${target} ${rpo_status}${hidden}: ${age}.`;
}

const TARGETS: Record<string, string> = { DEFAULT: ' (the default)', POLICY: ' (by its policy)' };

function safe({ points: { safe: point, newest_clean: clean, why_not_safe } }: WorkloadCard): string {
  if (point)
    return `Newest safe point: ${point.created_at}, clean and ${VERIFIED[point.proof.scope ?? ''] ?? 'verified'}.`;
  const otherwise = clean
    ? ` Newest clean point, not verified: ${clean.created_at}.`
    : ' No point is known to be clean.';
  return `No safe point${why_not_safe ? `: ${why_not_safe}` : ''}.${otherwise}`;
}
