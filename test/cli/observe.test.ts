import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isConfiguredIn } from '../../src/cli/observe.ts';

const NAMED = { subscriptionId: 's1', resourceGroup: 'rg', vault: 'Vault-B', tenant: undefined, where: 'x' };

test('a server or a vault that was taken out of the settings is not late, and a subscription that cannot be listed is', () => {
  const veeam = [{ sourceId: 'vbr01' }];
  const isIn = (azure: Parameters<typeof isConfiguredIn>[0]['azure']) => {
    const isConfigured = isConfiguredIn({ veeam, azure });
    return (sourceId: string) =>
      isConfigured({ sourceId, kind: sourceId.startsWith('azure:') ? 'azure' : 'veeam' });
  };
  const none = isIn(undefined);
  assert.deepEqual(['vbr01', 'vbr02', 'azure:vault-a:1f'].map(none), [true, false, false]);
  const any = isIn({ subscriptionIds: ['s1'], vaultNames: [], vaults: [] });
  assert.deepEqual(['azure:vault-a:1f', 'azure:subscription:s1'].map(any), [true, true]);
  const some = isIn({ subscriptionIds: ['s1'], vaultNames: ['VAULT-A'], vaults: [NAMED] });
  assert.deepEqual(
    [
      'azure:vault-a:1f',
      'azure:vault-b:2f',
      'azure:vault-c:3f',
      'azure:subscription:s1',
      'azure:subscription:s2',
    ].map(some),
    [true, true, false, true, false],
  );
  const alone = isIn({ subscriptionIds: [], vaultNames: [], vaults: [NAMED] });
  assert.deepEqual(['azure:vault-a:1f', 'azure:vault-b:2f'].map(alone), [false, true]);
});
