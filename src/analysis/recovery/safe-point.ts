import { isCleanPoint, isUsablePoint, newestOf, type RestorePoint } from './points.ts';
import type { AssessedTrial } from './trial.ts';

type ProofKind = 'RESTORE' | 'INSTANT' | 'SUREBACKUP' | 'CONTENT_SCAN';

/**
 * POINT: that point itself was used. CHAIN: a later point was, which is rebuilt from this one and those before it.
 * ASSUMED_NEWEST: a SureBackup of which the source does not say the point; it takes the newest of its time.
 */
type ProofScope = 'POINT' | 'CHAIN' | 'ASSUMED_NEWEST';

interface SafeProof {
  kind: ProofKind;
  scope: ProofScope;
  trialId: string;
  /** When it was verified, epoch milliseconds. */
  at: number;
  /** The point that was used. */
  pointId: string;
  /** Who says that it is clean. */
  cleanBy: 'SOURCE' | 'CONTENT_SCAN';
}

export interface SafePoint {
  point: RestorePoint;
  proof: SafeProof;
}

interface Proof {
  assessed: AssessedTrial;
  kind: ProofKind;
  scope: ProofScope;
  usedPointId: string;
}

const STRENGTH: Readonly<Record<ProofKind, number>> = {
  RESTORE: 3,
  INSTANT: 2,
  SUREBACKUP: 1,
  CONTENT_SCAN: 0,
};
const STRENGTH_OF_SCOPE: Readonly<Record<ProofScope, number>> = { POINT: 2, CHAIN: 1, ASSUMED_NEWEST: 0 };

/**
 * Newest point that is both clean and verified, with its proof; null if there is none. Clean: the source says so, or a content
 * scan of that point found nothing; never one marked infected or suspicious. Verified: it was restored, mounted, started in a
 * SureBackup or scanned with success, or a later clean point of its chain was, which rebuilds it. A trial of an earlier point
 * proves nothing of the increments after it. A failure on the point that was used takes older proofs away.
 */
export function lastSafePoint(
  points: readonly RestorePoint[],
  trials: readonly AssessedTrial[],
  now: number,
): SafePoint | null {
  const known = points.filter(({ createdAt }) => createdAt <= now);
  const proofs = proofsByPoint(known, trials);
  const safe = known.filter((point) => {
    if (point.vanishedAt !== null && point.vanishedAt <= now) return false;
    return (
      isUsablePoint(point) && cleanBy(point, proofs) !== null && best(proofs.get(point.pointId)) !== null
    );
  });
  const point = newestOf(safe);
  if (point === null) return null;
  const { assessed, kind, scope, usedPointId } = best(proofs.get(point.pointId)) as Proof;
  const proof: SafeProof = {
    kind,
    scope,
    trialId: assessed.trial.trialId,
    at: assessed.finishedAt,
    pointId: usedPointId,
    cleanBy: cleanBy(point, proofs) as SafeProof['cleanBy'],
  };
  return { point, proof };
}

/** Why there is no safe point, in one sentence. */
export function withoutSafePoint(points: readonly RestorePoint[], trials: readonly AssessedTrial[]): string {
  if (points.length === 0) return 'no restore point is known';
  if (!trials.some((assessed) => kindOf(assessed) !== null && assessed.passed === true))
    return 'no restore, SureBackup or content scan of it has succeeded';
  if (!points.some(isCleanPoint)) return 'the source calls none of its points clean';
  return 'no point that was verified is still there, clean and unrevoked';
}

/** A scan that found something outweighs what the source says, until a later scan finds nothing. */
function cleanBy(point: RestorePoint, proofs: ReadonlyMap<string, Proof[]>): SafeProof['cleanBy'] | null {
  const scans = (proofs.get(point.pointId) ?? []).filter(
    ({ kind, scope }) => kind === 'CONTENT_SCAN' && scope === 'POINT',
  );
  const last = scans.toSorted((a, b) => b.assessed.finishedAt - a.assessed.finishedAt)[0];
  if (last?.assessed.passed === false) return null;
  if (isCleanPoint(point)) return 'SOURCE';
  return last === undefined ? null : 'CONTENT_SCAN';
}

/** Strongest proof that stands: none that a later failure contradicts. */
function best(proofs: readonly Proof[] = []): Proof | null {
  let found: Proof | null = null;
  for (const proof of proofs) {
    if (proof.assessed.passed !== true || proofs.some((other) => contradicts(other, proof))) continue;
    if (found === null || isStronger(proof, found)) found = proof;
  }
  return found;
}

/** A failure on the point itself, or on the one whose use proved it. A scan that found something speaks of scans alone. */
function contradicts(failure: Proof, proof: Proof): boolean {
  if (failure.assessed.passed !== false || failure.assessed.finishedAt < proof.assessed.finishedAt)
    return false;
  if (failure.kind === 'CONTENT_SCAN' && proof.kind !== 'CONTENT_SCAN') return false;
  return failure.scope !== 'CHAIN' || failure.usedPointId === proof.usedPointId;
}

function isStronger(a: Proof, b: Proof): boolean {
  const byScope = STRENGTH_OF_SCOPE[a.scope] - STRENGTH_OF_SCOPE[b.scope];
  if (byScope !== 0) return byScope > 0;
  const byKind = STRENGTH[a.kind] - STRENGTH[b.kind];
  return byKind !== 0 ? byKind > 0 : a.assessed.finishedAt > b.assessed.finishedAt;
}

function proofsByPoint(
  points: readonly RestorePoint[],
  trials: readonly AssessedTrial[],
): Map<string, Proof[]> {
  const byId = new Map(points.map((point) => [point.pointId, point]));
  const proofs = new Map<string, Proof[]>();
  const add = (pointId: string, proof: Proof) => {
    const list = proofs.get(pointId);
    if (list) list.push(proof);
    else proofs.set(pointId, [proof]);
  };
  const direct: { point: RestorePoint; assessed: AssessedTrial; kind: ProofKind }[] = [];
  for (const assessed of trials) {
    const kind = kindOf(assessed);
    if (kind === null || assessed.passed === null) continue;
    const used = usedPoint(assessed, points, byId);
    if (used === null) continue;
    const { point, scope } = used;
    add(point.pointId, { assessed, kind, scope, usedPointId: point.pointId });
    if (scope === 'POINT') direct.push({ point, assessed, kind });
  }
  // What else made a point that is not clean come back or not, nobody can say: for those before it that is no proof.
  const isClean = new Map(direct.map(({ point }) => [point.pointId, cleanBy(point, proofs) !== null]));
  for (const { point, assessed, kind } of direct) {
    if (assessed.passed === true && !isClean.get(point.pointId)) continue;
    for (const earlier of rebuiltFrom(point, points))
      add(earlier.pointId, { assessed, kind, scope: 'CHAIN', usedPointId: point.pointId });
  }
  return proofs;
}

function kindOf({ method, excluded }: AssessedTrial): ProofKind | null {
  if (excluded !== null || method === 'NONE') return null;
  if (method === 'VERIFICATION') return 'SUREBACKUP';
  return method === 'SCAN' ? 'CONTENT_SCAN' : method;
}

function usedPoint(
  { trial, method }: AssessedTrial,
  points: readonly RestorePoint[],
  byId: ReadonlyMap<string, RestorePoint>,
): { point: RestorePoint; scope: ProofScope } | null {
  if (trial.restorePointId !== null) {
    const point = byId.get(trial.restorePointId);
    return point === undefined ? null : { point, scope: 'POINT' };
  }
  const createdAt = trial.pointCreatedAt;
  // A SureBackup takes the newest point; who restores or scans may have chosen any.
  if (createdAt === null && method !== 'VERIFICATION') return null;
  const isCandidate = (point: RestorePoint) =>
    createdAt === null ? point.createdAt < trial.startedAt : point.createdAt === createdAt;
  const isHere = (point: RestorePoint) =>
    trial.repositoryId === null || point.locationId === null || point.locationId === trial.repositoryId;
  const wasThere = (point: RestorePoint) => point.vanishedAt === null || point.vanishedAt > trial.startedAt;
  const candidates = points.filter((point) => isCandidate(point) && isHere(point) && wasThere(point));
  const point = newestOf(candidates);
  if (point === null) return null;
  return { point, scope: createdAt !== null && candidates.length === 1 ? 'POINT' : 'ASSUMED_NEWEST' };
}

/** Points of the same backup from the last full one up to an increment. Of other kinds the chain cannot be told. */
function rebuiltFrom(point: RestorePoint, points: readonly RestorePoint[]): RestorePoint[] {
  if (point.backupId === null || typeOf(point) !== 'increment') return [];
  const before = points
    .filter(({ backupId, createdAt }) => backupId === point.backupId && createdAt < point.createdAt)
    .toSorted((a, b) => b.createdAt - a.createdAt);
  const full = before.findIndex((earlier) => typeOf(earlier) === 'full');
  const chain = full === -1 ? [] : before.slice(0, full + 1);
  return chain.every((earlier) => typeOf(earlier) === 'full' || typeOf(earlier) === 'increment') ? chain : [];
}

function typeOf({ type }: RestorePoint): string | null {
  return type?.toLowerCase() ?? null;
}
