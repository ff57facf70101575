import type { TruthFinding } from '../truth/findings.ts';
import { DAY } from '../zone.ts';
import { isSoftDeleted, isStopped, isUnhealthy } from './api/item-view.ts';
import { jobsFrom } from './api/jobs.ts';
import { itemId, itemName, machineId, vaultId } from './ids.ts';
import type { Pair } from './pairs.ts';
import { longestGap } from './policies.ts';
import { problem } from './problems.ts';
import { type AzureDraft, azureScenario } from './scenarios.ts';
import type { Item, ItemKind, Vault } from './types.ts';
import type { AzureWorld } from './world.ts';

type AzureVaultTruth = {
  id: string;
  name: string;
  items: Record<ItemKind, number>;
  /** Jobs that began in the last 24 hours, by status. */
  jobs: Record<string, number>;
  isReadable: boolean;
};

/** What is true of the Azure half when it starts. */
export type AzureTruth = {
  scenario: string;
  subscriptions: string[];
  vaults: AzureVaultTruth[];
  /** All of them have to be found, and nothing else. */
  findings: TruthFinding[];
  /** Computers of the backup server beside machines of Azure, and whether they are one. */
  pairs: Pair[];
  /** Of `azure-mixed-machines`: many more, of machines that are in no estate. */
  examplePairs?: Pair[];
};

/** Worked out from what was done to vaults and items. */
export function buildAzureTruth({ world, pairs, examplePairs }: AzureDraft): AzureTruth {
  const now = world.now();
  const { settings, subscriptions, vaults } = world;
  const isKnown = ({ vault }: Item) => !vault.isForbidden;
  return {
    scenario: azureScenario(settings.scenario).name,
    subscriptions,
    vaults: vaults.map((vault) => vaultTruth(world, vault, now)),
    findings: [
      ...world
        .changed()
        .filter(isKnown)
        .flatMap((item) => itemFindings(world, item, now)),
      ...vaults.flatMap(vaultFindings),
      ...world.unprotected.map((machine) => ({
        kind: 'AZURE_VM_UNPROTECTED',
        entity: { kind: 'virtual-machine', id: machineId(machine), name: machine.name },
      })),
    ],
    pairs,
    ...(examplePairs.length > 0 && { examplePairs }),
  };
}

function vaultTruth(world: AzureWorld, vault: Vault, now: number): AzureVaultTruth {
  const items = { vm: 0, sql: 0, files: 0 };
  for (let index = 0; index < world.settings.azureItems; index += 1)
    items[world.item(vault, index).kind] += 1;
  const jobs: Record<string, number> = {};
  for (const [, { status }] of jobsFrom(world, vault, { from: now - DAY, to: now }, now, undefined))
    jobs[status] = (jobs[status] ?? 0) + 1;
  return { id: vaultId(vault), name: vault.name, items, jobs, isReadable: !vault.isForbidden };
}

function itemFindings(world: AzureWorld, item: Item, now: number): TruthFinding[] {
  const { state, policy, vault } = item;
  const entity = { kind: 'protected-item', id: itemId(item), name: itemName(item) };
  const at = (ms: number) => new Date(ms).toISOString();
  if (isSoftDeleted(item, now)) {
    const gone = (state.deletedAt ?? now) + vault.softDeleteDays * DAY;
    return [
      {
        kind: 'AZURE_SOFT_DELETED',
        entity,
        since: at(state.deletedAt ?? now),
        note: `gone for good at ${at(gone)}`,
      },
    ];
  }
  if (isStopped(item, now))
    return [{ kind: 'AZURE_PROTECTION_STOPPED', entity, since: at(state.stoppedAt ?? now) }];
  if (state.isPending) return [{ kind: 'AZURE_NEVER_BACKED_UP', entity, since: at(state.protectedSince) }];
  const findings: TruthFinding[] = [];
  if (state.failing && isUnhealthy(item, now)) {
    const { code, title, recommendations } = problem(state.failing.error);
    const cause = { kind: 'error', id: String(code), text: title };
    const note = recommendations.join(' ');
    findings.push({ kind: 'AZURE_ITEM_FAILING', entity, since: at(state.failing.from), cause, note });
  }
  const newest = world.runs.points(item, now).next().value;
  if (!newest || now - newest.at > 1.5 * longestGap(policy))
    findings.push({ kind: 'AZURE_RPO_BREACH', entity, ...(newest && { since: at(newest.at) }) });
  return findings;
}

function vaultFindings(vault: Vault): TruthFinding[] {
  const entity = { kind: 'vault', id: vaultId(vault), name: vault.name };
  if (vault.isForbidden) return [{ kind: 'AZURE_VAULT_FORBIDDEN', entity }];
  const kinds = [
    vault.softDelete === 'Disabled' && 'AZURE_SOFT_DELETE_OFF',
    vault.immutability === 'Disabled' && 'AZURE_IMMUTABILITY_OFF',
    !vault.hasGuard && 'AZURE_NO_SECOND_PERSON',
  ];
  return kinds.flatMap((kind) => (kind === false ? [] : [{ kind, entity }]));
}
