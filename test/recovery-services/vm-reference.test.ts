import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from '../../src/log.ts';
import { ToolError } from '../../src/recovery-services/errors.ts';
import { createProgram, openCall } from '../../src/recovery-services/program.ts';
import { findItem, resolveVm } from '../../src/recovery-services/vm-reference.ts';
import {
  type FakeArm,
  type Routes,
  SUBSCRIPTION,
  startFakeArm,
  TOKEN,
  VAULT,
  VAULT_PATH,
} from '../azure/fake-arm.ts';
import { errorOf } from '../support/http-server.ts';
import { type Handler, sendJson } from '../support/tls-server.ts';

const machine = (group: string, name: string) =>
  `/subscriptions/${SUBSCRIPTION}/resourceGroups/${group}/providers/Microsoft.Compute/virtualMachines/${name}`;

function item(group: string, name: string) {
  const place = `iaasvmcontainerv2;${group};${name}`;
  return {
    id: `${VAULT_PATH}/backupFabrics/Azure/protectionContainers/IaasVMContainer;${place}/protectedItems/VM;${place}`,
    name: `VM;${place}`,
    properties: { friendlyName: name, sourceResourceId: machine(group, name), protectionState: 'Protected' },
  };
}

const ITEMS = `${VAULT_PATH}/backupProtectedItems`;
const FORBIDDEN: Handler = (_request, response) =>
  sendJson(response, 403, { error: { code: 'AuthorizationFailed', message: 'no' } });

/** The context of a call against these answers. */
async function contextOf(routes: Routes) {
  const arm: FakeArm = await startFakeArm(routes);
  const azure = {
    resourceManagerUrl: arm.origin,
    tls: { mode: 'ca' as const, ca: arm.certificate.cert },
    credential: { mode: 'static' as const, token: TOKEN },
  };
  const settings = {
    lookedAt: [],
    azure,
    subscriptionIds: [SUBSCRIPTION],
    resourceGroup: null,
    vaults: [],
    allowWrites: false,
    allowDestructive: false,
    stateDir: '/nowhere',
    keepsTokens: false,
  };
  const program = createProgram(settings, createLog('silent'), { clock: arm.clock });
  const call = { tool: 't', signal: new AbortController().signal, client: undefined, progress: () => {} };
  return {
    arm,
    context: openCall(program, call).context,
    [Symbol.asyncDispose]: async () => {
      await program.close();
      await arm[Symbol.asyncDispose]();
    },
  };
}

/** Filters as Azure does, by names that are written exactly so. */
const listing =
  (...rows: ReturnType<typeof item>[]): Handler =>
  ({ query }, response) => {
    const [, wanted] = /friendlyName eq '([^']+)'/.exec(query.get('$filter') ?? '') ?? [];
    const value = rows.filter(({ properties }) => wanted === undefined || properties.friendlyName === wanted);
    sendJson(response, 200, { value });
  };

test('an item is found by name, by name and group, and by id, whatever the letter case', async () => {
  await using at = await contextOf({
    [ITEMS]: listing(item('rg-a', 'Web1'), item('rg-b', 'Web1'), item('rg-a', 'db')),
  });
  const find = async (args: object) => (await findItem(args, VAULT, at.context)).ref;
  assert.equal((await find({ vm_name: 'DB' })).item, 'VM;iaasvmcontainerv2;rg-a;db');
  assert.equal(
    (await find({ vm_name: 'web1', vm_resource_group: 'RG-B' })).item,
    'VM;iaasvmcontainerv2;rg-b;Web1',
  );
  const byId = await find({ vm_resource_id: machine('RG-A', 'WEB1'), vm_name: 'ignored' });
  assert.equal(byId.container, 'IaasVMContainer;iaasvmcontainerv2;rg-a;Web1');
});

test('a name that means several, none or nothing at all is refused with what would help', async () => {
  await using at = await contextOf({ [ITEMS]: listing(item('rg-a', 'web1'), item('rg-b', 'web1')) });
  const refusal = async (args: object) => {
    const error = await errorOf(findItem(args, VAULT, at.context));
    assert.ok(error instanceof ToolError);
    return error;
  };
  const several = await refusal({ vm_name: 'web1' });
  assert.equal(several.facts.code, 'ambiguous-machine');
  assert.match(several.message, /rg-a.*rg-b/);
  const none = await refusal({ vm_name: 'web2' });
  assert.deepEqual([none.kind, /Most alike are: web1/.test(none.facts.hint)], ['not_found', true]);
  assert.equal((await refusal({})).kind, 'validation');
  await using gone = await contextOf({});
  const lost = await errorOf(findItem({ vm_name: 'x' }, VAULT, gone.context));
  assert.ok(lost instanceof ToolError);
  assert.equal(lost.facts.code, 'vault-not-found');
});

test('where the list is forbidden, a machine that is named in full is asked for by its own name', async () => {
  const own = item('rg-a', 'web1');
  await using at = await contextOf({ [ITEMS]: FORBIDDEN, [own.id]: own });
  const { ref } = await findItem({ vm_name: 'web1', vm_resource_group: 'rg-a' }, VAULT, at.context);
  assert.equal(ref.item, 'VM;iaasvmcontainerv2;rg-a;web1');
  assert.match((await errorOf(findItem({ vm_name: 'web1' }, VAULT, at.context))).message, /403/);
});

test('a machine is named at once with its group, else looked for in the subscription', async () => {
  const all = `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.Compute/virtualMachines`;
  await using at = await contextOf({ [all]: { value: [{ id: machine('rg-z', 'App'), name: 'App' }] } });
  const full = await resolveVm({ vm_name: 'x', vm_resource_group: 'g' }, SUBSCRIPTION, at.context);
  assert.deepEqual([full.id, at.arm.requests.length], [machine('g', 'x'), 0]);
  assert.equal((await resolveVm({ vm_name: 'app' }, SUBSCRIPTION, at.context)).resourceGroup, 'rg-z');
  await using closed = await contextOf({ [all]: FORBIDDEN });
  assert.match(
    (await errorOf(resolveVm({ vm_name: 'app' }, SUBSCRIPTION, closed.context))).message,
    /group is needed/,
  );
});
