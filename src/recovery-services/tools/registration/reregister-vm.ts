import * as z from 'zod';
import { VAULT_ARGS, VM_ARGS, waitArg } from '../../arguments.ts';
import { defineWrite } from '../../registry.ts';
import { prepareDiscovery, registrationShape } from './discover.ts';
import { prepareRegistration } from './workload-container.ts';
import { vmWorkloadType } from './workload-type.ts';

export const reregisterVmTool = defineWrite({
  name: 'reregister_vm',
  category: 'registration',
  title: 'Repair a registration',
  description:
    'Repairs what a vault knows of a machine after it was changed, moved or restored: the vault looks around again (VM), or the machine is registered again for its databases.',
  role: 'Backup Contributor',
  isDestructive: false,
  isIdempotent: true,
  input: z.object({ ...VAULT_ARGS, ...VM_ARGS, workload_type: vmWorkloadType, wait_seconds: waitArg() }),
  data: registrationShape,
  prepare: (args, context) => {
    const { workload_type: workloadType, wait_seconds: waitSeconds } = args;
    const asked = { args, vault: context.vault(args), waitSeconds, isAgain: true };
    if (workloadType === 'VM') return prepareDiscovery(asked, context);
    return prepareRegistration({ ...asked, workloadType }, context);
  },
});
