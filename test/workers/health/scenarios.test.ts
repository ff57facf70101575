import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SCENARIOS } from '../../../src/simulator/scenarios/index.ts';
import type { Truth } from '../../../src/simulator/truth/truth.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { runAgainst, simulate } from '../../support/simulated.ts';

const REVISIONS = ['1.3-rev0', '1.3-rev1', '1.3-rev2'];

// What the server's simulator injected is what the worker has to report, and nothing else; each on one of the revisions.
for (const [index, { name }] of SCENARIOS.entries()) {
  const revision = REVISIONS[index % REVISIONS.length] as string;
  test(`scenario ${name} on ${revision}: every injected finding is reported, and nothing else`, async () => {
    await using simulator = await simulate({ scenario: name, revision, jobs: 40 });
    await using database = await createTestDatabase();
    const { status, error } = await runAgainst(simulator, database);
    assert.notEqual(status, 'failed', error?.message);

    const reported = await reportedFindings(database);
    const { expected, tolerated } = expectedFindings(simulator.truth);
    assert.deepEqual(
      expected.filter((one) => !reported.includes(one)),
      [],
      'missed',
    );
    assert.deepEqual(
      reported.filter((one) => !expected.includes(one) && !tolerated.includes(one)),
      [],
      'not in the truth',
    );
  });
}

test('healthy has no finding on any revision, and the score is good', async () => {
  for (const revision of REVISIONS) {
    await using simulator = await simulate({ revision });
    await using database = await createTestDatabase();
    await runAgainst(simulator, database);
    assert.deepEqual(await reportedFindings(database), [], revision);
    const { grade, success_rate } = await database.metrics.db
      .selectFrom('health_score')
      .select(['grade', 'success_rate'])
      .executeTakeFirstOrThrow();
    assert.ok(['A', 'B'].includes(grade), grade);
    assert.ok((success_rate ?? 0) > 0.95);
  }
});

type Found = { kind: string; entity: string; cause: string | undefined };

/** A line per finding. Entities by name where ids are ours; incidents by their cause, since each side words its nights differently. */
const toLine = ({ kind, entity, cause }: Found) =>
  kind === 'INCIDENT' ? `INCIDENT ${cause ?? '?'}` : `${kind} ${entity}`;

async function reportedFindings({ metrics }: TestDatabase): Promise<string[]> {
  const rows = await metrics.db
    .selectFrom('health_finding')
    .select(['kind', 'entity_kind', 'entity_id', 'entity_name', 'cause'])
    .execute();
  const lines = rows.map((row) => {
    const cause = row.cause as { kind: string; id?: string } | null;
    return toLine({
      kind: row.kind,
      entity: entityOf(row.entity_kind, row.entity_id, row.entity_name),
      cause: causeOf(cause),
    });
  });
  return [...new Set(lines)].sort();
}

function expectedFindings({ findings }: Truth): { expected: string[]; tolerated: string[] } {
  const toLines = (list: Truth['findings']['health']) => [
    ...new Set(
      list.map(({ kind, entity, cause }) =>
        toLine({ kind, entity: entityOf(entity.kind, entity.id, entity.name), cause: causeOf(cause) }),
      ),
    ),
  ];
  return { expected: toLines(findings.health).sort(), tolerated: toLines(findings.healthTolerated) };
}

/** Jobs, proxies and machines by id; what the server has one of, by its kind. */
function entityOf(kind: string, id: string, name: string): string {
  if (['job', 'proxy', 'best-practice', 'authorization-event'].includes(kind)) return id;
  if (kind === 'endpoint')
    return name.toLowerCase().replace('/api/v1/backupinfrastructure/', '').replace('/api/v1/', '');
  return kind === 'machine' ? name.toLowerCase() : kind;
}

/**
 * A cause that is a thing has its id in both; a message is only told by being one. The truth of an outage of the backup
 * server is a message with the server's id: naming the server is the same answer.
 */
function causeOf(cause: { kind: string; id?: string } | null | undefined): string | undefined {
  if (!cause) return undefined;
  if (cause.kind === 'host') return 'message';
  return cause.kind === 'message' ? 'message' : `${cause.kind} ${cause.id}`;
}
