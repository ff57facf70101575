import { API_VERSIONS } from '../../../azure/api-versions.ts';
import { type AzureContainer, listContainers } from '../../../azure/containers.ts';
import { parseMachineId, toContainerName } from '../../../azure/naming.ts';
import { vaultPath } from '../../../azure/paths.ts';
import { cleanText } from '../../../mcp/untrusted.ts';
import type { VmArgs } from '../../arguments.ts';
import type { ReadContext } from '../../context.ts';
import { ToolError } from '../../errors.ts';
import { settle } from '../../operations.ts';
import { type PlannedRequest, toWrite } from '../../plan.ts';
import { readVaultList } from '../../read-lists.ts';
import type { Prepared } from '../../registry.ts';
import type { VaultTarget } from '../../vault-reference.ts';
import { resolveVm, type VmRef } from '../../vm-reference.ts';
import { isSame } from '../../workload-arguments.ts';
import type { Registration } from './discover.ts';
import type { DatabaseType } from './workload-type.ts';

/** The container of a machine with databases. `known` null: the vault has none of the name. */
export type WorkloadContainer = { machine: VmRef; name: string; known: AzureContainer | null };

export async function findContainer(
  args: VmArgs,
  vault: VaultTarget,
  context: ReadContext,
): Promise<WorkloadContainer> {
  const machine = await resolveVm(args, vault.subscriptionId, context);
  const { isClassic = false } = parseMachineId(machine.id) ?? {};
  const { resourceGroup, name: holder } = machine;
  const name = toContainerName({ kind: 'workload', isClassic, resourceGroup, holder });
  const known = await readContainer(name, vault, context);
  // As Azure spells it, where it knows it.
  return { machine, name: known?.name ?? name, known };
}

export async function readContainer(
  name: string,
  vault: VaultTarget,
  context: ReadContext,
): Promise<AzureContainer | null> {
  const all = await readVaultList('containers', vault, context, (reading) =>
    listContainers(context.azure, vault, { backupManagementType: 'AzureWorkload', reading }),
  );
  return all.find((one) => isSame(one.name, name) && isRegistered(one)) ?? null;
}

const isRegistered = ({ registrationStatus: status }: AzureContainer) =>
  status === undefined || /^(registered|registering|softdeleted)$/i.test(status);

export const containerRequest = (
  vault: VaultTarget,
  name: string,
  rest: Pick<PlannedRequest, 'method' | 'body'>,
): PlannedRequest => ({
  ...rest,
  path: vaultPath(vault, 'backupFabrics', 'Azure', 'protectionContainers', name),
  api_version: API_VERSIONS.containers,
});

type Asked = {
  args: VmArgs;
  vault: VaultTarget;
  workloadType: DatabaseType;
  waitSeconds: number;
  isAgain: boolean;
};

/** Registers a machine with databases with a vault, or repairs that. */
export async function prepareRegistration(
  { args, vault, workloadType, waitSeconds, isAgain }: Asked,
  context: ReadContext,
): Promise<Prepared<Registration>> {
  const { machine, name, known } = await findContainer(args, vault, context);
  const facts = { vm_id: cleanText(machine.id, 400), container_name: cleanText(name, 200) };
  const registered = { ...facts, state: 'registered' as const };
  if (!isAgain && known)
    return { summary: 'The machine is registered with the vault already.', unchanged: registered };
  if (isAgain && !known) throw nothingToRepair(machine, vault);
  const request = containerRequest(vault, name, {
    method: 'PUT',
    body: { properties: propertiesOf(machine, workloadType, isAgain) },
  });
  return {
    plan: {
      action: `${isAgain ? 'repair the registration of' : 'register'} ${cleanText(machine.name, 120)} for ${workloadType} with vault ${vault.vault}`,
      target: request.path,
      requests: [request],
      effects: [
        'Azure installs an extension in the machine, which has to run for that',
        'databases can be protected afterwards, which this server does not do',
      ],
      dangers: [],
      reversible: true,
    },
    run: async (running) => {
      const tookEffect = async () =>
        // That of a repair cannot be told from what was there before.
        isAgain ? undefined : (await readContainer(name, vault, running)) !== null;
      const answer = await running.write.send({ ...toWrite(request), tookEffect });
      const { status, operation } = await settle(running, answer, { vault, waitSeconds });
      const isDone = status === 'done';
      return {
        status,
        operation,
        summary: isDone ? 'The machine is registered with the vault.' : 'Azure is registering the machine.',
        data: isDone ? registered : { ...facts, state: 'pending' as const },
      };
    },
  };
}

const propertiesOf = (machine: VmRef, workloadType: DatabaseType, isAgain: boolean) => ({
  containerType: 'VMAppContainer',
  backupManagementType: 'AzureWorkload',
  friendlyName: machine.name,
  sourceResourceId: machine.id,
  workloadType,
  operationType: isAgain ? 'Reregister' : 'Register',
});

const nothingToRepair = ({ name }: VmRef, { vault }: VaultTarget): ToolError =>
  new ToolError('validation', `${cleanText(name, 120)} is not registered with vault ${vault}`, {
    code: 'not-registered',
    hint: 'There is nothing to repair: register_vm registers it.',
  });
