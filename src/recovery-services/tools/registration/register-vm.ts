import * as z from 'zod';
import { VAULT_ARGS, VM_ARGS, waitArg } from '../../arguments.ts';
import { defineWrite } from '../../registry.ts';
import { prepareDiscovery, registrationShape } from './discover.ts';
import { prepareRegistration } from './workload-container.ts';
import { vmWorkloadType } from './workload-type.ts';

export const registerVmTool = defineWrite({
  name: 'register_vm',
  category: 'registration',
  title: 'Make a machine known to a vault',
  description:
    'Makes a vault know a machine, so that enable_protection can protect it: the vault looks around and finds it (VM), or the machine is registered for its databases. It is not protected by that.',
  role: 'Backup Contributor',
  isDestructive: false,
  isIdempotent: true,
  input: z.object({ ...VAULT_ARGS, ...VM_ARGS, workload_type: vmWorkloadType, wait_seconds: waitArg() }),
  data: registrationShape,
  prepare: (args, context) => {
    const { workload_type: workloadType, wait_seconds: waitSeconds } = args;
    const asked = { args, vault: context.vault(args), waitSeconds, isAgain: false };
    if (workloadType === 'VM') return prepareDiscovery(asked, context);
    return prepareRegistration({ ...asked, workloadType }, context);
  },
});
