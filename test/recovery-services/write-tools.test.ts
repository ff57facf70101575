import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Plan } from '../../src/recovery-services/plan.ts';
import { type Session, startOnSimulator } from './session.ts';
import { startWritable, type Writable } from './writable.ts';
import { type Args, CASES, type Case } from './write-cases.ts';

for (const one of CASES)
  test(`${one.tool} (${one.methods.join()}): refused where it is not allowed, wrong or forbidden; planned, and done as planned`, async () => {
    await using estate = await startWritable();
    const { session, azure, vault, changes } = estate;
    await assertOffNotOffered(estate, one.tool);
    const before = (await one.before?.(estate)) ?? {};
    const given = { vault_name: vault.name, ...one.args(estate, before) };
    changes();
    for (const [bad, message] of one.bad) {
      const error = await session.refused(one.tool, { ...given, ...bad });
      assert.match(error.message, message);
      assert.ok(['validation', 'not_found', 'conflict'].includes(error.kind), error.kind);
    }
    const { status, plan } = await session.ask(one.tool, { ...given, dry_run: true });
    assert.equal(status, 'dry_run');
    if (one.isDestructive) {
      const held = await session.ask(one.tool, given);
      assert.deepEqual([held.status, held.plan], ['confirmation_required', plan]);
    }
    assert.deepEqual(changes(), [], 'nothing has left so far');
    const confirmed = one.isDestructive ? { ...given, confirm: true } : given;
    await assertForbidden(estate, one, confirmed);
    changes();
    const audited = session.audit().length;
    azure.world.account = 'contributor';
    const answer = await session.ask(one.tool, confirmed);
    assert.ok(['done', 'accepted'].includes(answer.status));
    assert.deepEqual(changes(), sentBy(plan));
    assert.deepEqual(
      (plan as Plan).requests.map(({ method }) => method),
      one.methods,
    );
    assert.deepEqual(
      session
        .audit()
        .slice(audited)
        .map(({ phase }) => phase),
      one.methods.flatMap(() => ['sent', 'accepted']),
    );
    await one.after(answer, estate);
  });

const sentBy = ({ requests }: Plan) =>
  requests.map(({ method, path }) => ({ method, path: decodeURIComponent(path).toLowerCase() }));

async function assertOffNotOffered({ simulator }: Writable, tool: string): Promise<void> {
  await using usual: Session = await startOnSimulator(simulator);
  const { tools } = await usual.client.listTools();
  assert.ok(!tools.some(({ name }) => name === `recovery_services_${tool}`));
}

/** The role of a reader lets all be read, and nothing be changed. */
async function assertForbidden(
  { azure, session }: Writable,
  { tool, role }: Case,
  args: Args,
): Promise<void> {
  azure.world.account = 'reader';
  const error = await session.refused(tool, args);
  assert.deepEqual([error.kind, error.http_status], ['forbidden', 403]);
  assert.ok(error.request_id);
  assert.match(error.hint, new RegExp(role));
  assert.equal(session.audit().at(-1)?.phase, 'refused');
}

test('with the usual settings each of the write tools is refused in words, and nothing leaves', async () => {
  await using estate = await startWritable('azure-writable', { settings: {} });
  for (const { tool, args } of CASES) {
    const error = await estate.session.refused(tool, {
      vault_name: estate.vault.name,
      ...withoutNothing(args(estate, { job_id: '00000000-0000-4000-8000-000000000000' })),
    });
    assert.deepEqual([error.kind, error.code], ['writes_disabled', 'writes-disabled'], tool);
    assert.match(error.hint, /allow_writes = true/);
  }
  const files = await estate.session.refused('restore_files', { vm_name: 'x', recovery_point_id: '1' });
  assert.equal(files.kind, 'writes_disabled');
  assert.deepEqual(estate.changes(), []);
});

const withoutNothing = (args: Args): Args =>
  Object.fromEntries(Object.entries(args).filter(([, value]) => value !== undefined));
