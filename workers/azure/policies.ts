import { type AzurePolicy, listPolicies, toRetention, toSchedule } from '../../src/azure/policies.ts';
import { rawOf } from '../../src/azure/rows.ts';
import { defineCollection } from '../../src/pipeline/collect.ts';
import type { RunContext } from '../../src/pipeline/worker.ts';
import { type FactRow, markVanished, storeFacts } from '../shared/facts.ts';
import { knownIds } from './known-ids.ts';
import type { AzureSource } from './source.ts';
import { vaultKeyOf } from './vault-key.ts';
import { wholeList } from './whole-list.ts';

const seen = new WeakMap<RunContext<AzureSource>, Set<string>>();

/** When backups are made and how long they are kept. How many items have a policy is counted with the items. */
export const azurePolicies = defineCollection<AzureSource, AzurePolicy, FactRow<'azure_policy'>>('health', {
  endpoint: 'backupPolicies',
  optional: true,
  extract: async function* (context, _since, reading) {
    const { client, ref, sweep } = context.source;
    const ids = new Set<string>();
    seen.set(context, ids);
    const pages = wholeList<AzurePolicy>(context, reading, {
      known: await knownIds(context, 'azure_policy', 'policy_id'),
      idOf: toPolicyId,
      sweep: sweep && (() => sweep.policies(vaultKeyOf(context.source))),
      list: (own) => listPolicies(client, ref, {}, { reading: own }),
    });
    for await (const rows of pages) {
      for (const row of rows) ids.add(toPolicyId(row));
      yield { rows };
    }
  },
  transform: (policies) => policies.map(toPolicyRow),
  load: (trx, rows, context) => storeFacts(trx, 'azure_policy', 'policy_id', rows, context),
  finish: async (trx, context) => {
    await markVanished(trx, 'azure_policy', 'policy_id', context, seen.get(context) ?? []);
  },
});

const toPolicyId = ({ parts, name }: AzurePolicy): string => (parts.policy ?? name).toLowerCase();

/** A policy as it is stored: databases have a part for each kind of backup, others one without a name. */
function toPolicyRow(policy: AzurePolicy): FactRow<'azure_policy'> {
  const {
    subProtectionPolicy,
    schedulePolicy,
    retentionPolicy,
    instantRpRetentionRangeInDays: days,
  } = policy;
  const parts = subProtectionPolicy?.length
    ? subProtectionPolicy.map(({ policyType, ...part }) => ({ part: policyType ?? null, ...part }))
    : [{ part: null, schedulePolicy, retentionPolicy }];
  const schedules = parts.map((one) => ({
    part: one.part,
    schedule: toSchedule(policy, one.schedulePolicy),
  }));
  const versions = schedules.flatMap(({ schedule }) => schedule?.version ?? []);
  return {
    policy_id: toPolicyId(policy),
    name: policy.name,
    management_type: policy.backupManagementType ?? null,
    workload_type: policy.workLoadType ?? null,
    version: versions.includes('V2') ? 'V2' : (versions[0] ?? null),
    schedule: schedules.flatMap(({ part, schedule }) => {
      if (!schedule) return [];
      const { kind, times, days: weekdays, intervalMinutes, window } = schedule;
      return [{ part, kind, times, days: weekdays, intervalMinutes, window }];
    }),
    retention: parts.flatMap(({ part, retentionPolicy: kept }) => {
      const retention = toRetention(policy, kept);
      return retention ? [{ part, ...retention }] : [];
    }),
    instant_days: days !== undefined && days >= 0 ? days : null,
    tiering: policy.tieringPolicy ?? null,
    time_zone: policy.timeZone ?? policy.settings?.timeZone ?? null,
    raw: rawOf(policy),
  };
}
