import { sum } from '../../tally.ts';
import type { WorkloadScope } from './answer.ts';
import type { Machine } from './find-machines.ts';
import type { ListName, Protection } from './shape.ts';

type Parts = { machines: Machine[]; totals: Record<ListName, number> };

/** The machine in a few sentences of our own words and numbers that stand in the fields too. */
export function summarise({ page }: WorkloadScope, parts: Parts, protections: Protection[]): string {
  if (page) return `Next rows: ${protections.length} of ${parts.machines.length} protections of this name.`;
  const [first] = protections;
  if (!first) return 'Nothing is known of it.';
  return [
    several(parts.machines),
    gone(first),
    deleted(first),
    rpo(first),
    rto(first),
    safe(first),
    suspicious(parts),
    risk(first, parts),
  ]
    .filter(Boolean)
    .join(' ');
}

function several(machines: readonly Machine[]): string {
  if (machines.length === 1) return '';
  const joined = machines.filter(({ relation }) => relation !== 'SAME_NAME');
  if (machines.some(({ isHome }) => isHome)) return joinedWords(joined, machines.length - joined.length);
  const sources = new Set(machines.map(({ sourceId }) => sourceId)).size;
  const where = sources > 1 ? `${sources} sources` : 'the same source';
  return `${machines.length} machines in ${where} have this name, which does not show that they are the same machine; what follows is of the first.`;
}

/** Protections that are of one machine are judged together, under the one that it is listed with. */
function joinedWords(joined: readonly Machine[], others: number): string {
  const sources = new Set(joined.map(({ sourceId }) => sourceId)).size;
  const homes = joined.filter(({ isHome }) => isHome).length;
  const what = homes === 1 ? 'One machine' : `${homes} machines of this name`;
  const more =
    others > 0 ? ` ${others} more have its name, which does not show that they are the same machine.` : '';
  return `${what} with ${joined.length} protections in ${sources} sources, which count together; what follows is of the first.${more}`;
}

const gone = ({ gone_at }: Protection) =>
  gone_at === null ? '' : `GONE: no backup holds it any more since ${gone_at}.`;

const deleted = ({ deleted: one }: Protection) =>
  one
    ? `DELETED: its backups are restorable by undelete until ${one.until ?? 'a time that Azure does not say'}, after that nothing brings them back.`
    : '';

function byDefault(basis: string): string {
  if (basis === 'POLICY') return ', what its policy promises, as nobody set one';
  return basis === 'DEFAULT' ? ', the default, which nobody set' : '';
}

function rpo({ rpo: known, gone_at }: Protection): string {
  if (!known) return gone_at === null ? 'Its RPO and RTO were not measured.' : '';
  const { status, age_hours, target_hours, target_basis, hidden_by_job } = known;
  const age =
    age_hours === null ? 'it has no usable restore point' : `its newest usable point was ${age_hours} h old`;
  const hidden = hidden_by_job === null ? '' : ', and a job that ended well hides it';
  return `RPO ${status}${hidden}: ${age} (target ${target_hours} h${byDefault(target_basis)}).`;
}

function rto({ rto: known }: Protection): string {
  if (!known) return '';
  const { status, p_in_time: p, target_minutes, target_basis, basis } = known;
  const target = `${target_minutes} minutes${byDefault(target_basis)}`;
  if (p.mean === null) return `Restore ${status}: whether it is back within ${target} is not known.`;
  return `Restore ${status}: back within ${target} with probability ${p.mean} (${p.low} to ${p.high}, basis ${basis}).`;
}

function safe({ points }: Protection): string {
  if (!points) return '';
  const { safe: point, newest_clean: clean, why_not_safe } = points;
  if (point)
    return `Last safe point ${point.created_at}, clean and verified (${point.proof.scope ?? 'UNKNOWN'}).`;
  const else_ = clean ? `last clean point ${clean.created_at}` : 'no point is known to be clean';
  return `No safe point${why_not_safe ? ` (${why_not_safe})` : ''}; ${else_}.`;
}

function suspicious({ totals }: Parts): string {
  const { malware_events: events, anomalies } = totals;
  if (sum([events, anomalies]) === 0) return '';
  return `${events} malware events name it, and ${anomalies} unusual backups of it are open.`;
}

function risk({ risk: known, compliance }: Protection, { totals }: Parts): string {
  const rule = compliance ? ` 3-2-1-1-0 is ${compliance.verdict}.` : '';
  if (!known) return rule.trim();
  const { category, score, score_low, score_high } = known;
  return `Risk ${category}, ${score} (${score_low} to ${score_high}); ${totals.plans} open plans.${rule}`;
}
