import type { Attribute } from '../../../analysis/health/incidents.ts';
import { attributeFinder } from '../../../analysis/mentions.ts';
import type { Infrastructure } from '../../../queries/failure.ts';
import type { Incident } from '../../../queries/findings.ts';
import { objectOf, textOf } from '../../json.ts';
import { cleanOrNull, cleanText } from '../../untrusted.ts';
import type { Around, Other } from './around.ts';
import type { Suspect } from './shape.ts';

type Found = { kind: string; id: string; name: string | null; basis: string };

/**
 * What may be to blame, each with what the other jobs say for and against it: the cause that the incident is suspected to
 * have, what the message names, and where the job writes. Which proxy a run used is not recorded, nor is who shares a
 * message that is no place.
 */
export function toSuspects(
  {
    repositoryId,
    repositoryName,
    message,
  }: { repositoryId: string | null; repositoryName: string | null; message: string | null },
  {
    incident,
    around,
    parts,
  }: { incident: Incident | undefined; around: Around; parts: readonly Infrastructure[] },
): Suspect[] {
  const { kind, id, name } = objectOf(incident?.suspectedCause);
  const host = hostOf(repositoryId, parts);
  const named = attributeFinder(parts.map(toAttribute))(message);
  const found: Found[] = [
    ...(textOf(kind) && textOf(id)
      ? [{ kind: String(kind), id: String(id), name: textOf(name), basis: 'INCIDENT' }]
      : []),
    ...named.map((one) => ({ kind: one.kind, id: one.id, name: one.name ?? null, basis: 'NAMED_IN_REASON' })),
    ...(repositoryId === null
      ? []
      : [{ kind: 'repository', id: repositoryId, name: repositoryName, basis: 'WRITES_THERE' }]),
    ...(host ? [{ kind: 'host', id: host.id, name: host.name, basis: 'HOST_OF_REPOSITORY' }] : []),
  ];
  const groups = Map.groupBy(found, (one) => `${one.kind} ${one.id}`);
  return [...groups.values()].map((group) => toSuspect(group, around, parts));
}

const toAttribute = ({ kind, id, name }: Infrastructure): Attribute => ({ kind, id, name });

function hostOf(repositoryId: string | null, parts: readonly Infrastructure[]): Infrastructure | undefined {
  const own = parts.find(({ kind, id }) => kind === 'repository' && id === repositoryId);
  return parts.find(({ kind, id }) => kind === 'host' && id === own?.hostId);
}

function toSuspect(group: Found[], { failed, well }: Around, parts: readonly Infrastructure[]): Suspect {
  const [{ kind, id, name }] = group as [Found];
  const known = parts.find((part) => part.kind === kind && part.id === id);
  const counts = USES[kind] ? countUses(USES[kind], id, { failed, well }) : null;
  return {
    kind: cleanText(kind, 40),
    id: cleanText(id, 100),
    name: cleanOrNull(name ?? known?.name, 120),
    basis: group.map(({ basis }) => basis),
    state: cleanOrNull(known?.state, 40),
    others_failed: counts?.failed ?? null,
    others_well: counts?.well ?? null,
    same_reason_elsewhere: counts?.elsewhere ?? null,
    speaks: counts ? speaks(counts) : 'NOT_RECORDED',
  };
}

type Use = (row: Other) => string | null;

/** By what a run of another job is known to have used something; of a host what lies in the same repository tells nothing new. */
const USES: Partial<Record<string, Use>> = {
  repository: ({ repositoryId }) => repositoryId,
  host: ({ hostId, same_repository }) => (same_repository === true ? null : hostId),
};

function countUses(use: Use, id: string, { failed, well }: Pick<Around, 'failed' | 'well'>) {
  const onIt = (rows: readonly Other[]) => rows.filter((row) => use(row) === id).length;
  const isElsewhere = (row: Other) => row.same_reason === true && use(row) !== null && use(row) !== id;
  return { failed: onIt(failed), well: onIt(well), elsewhere: failed.filter(isElsewhere).length };
}

/** From so many on, failures of others are more than a coincidence. */
const FEWEST = 2;

/**
 * What the other jobs say about a suspect. That they failed on it is for it; that it served them well, or that the same
 * failure came where it is not used, is against it.
 */
function speaks({ failed, well, elsewhere }: ReturnType<typeof countUses>): Suspect['speaks'] {
  if (failed + well + elsewhere === 0) return 'NOTHING';
  if (failed === 0) return 'AGAINST';
  if (well > 0) return 'MIXED';
  if (elsewhere > 0) return elsewhere > failed ? 'AGAINST' : 'MIXED';
  return failed >= FEWEST ? 'FOR' : 'LITTLE';
}
