import assert from 'node:assert/strict';
import { test } from 'node:test';
import { replay, TOOL_COUNT } from './replay.ts';

test('answers recorded in ten simulated days equal those asked afterwards with as_of, byte for byte', async () => {
  const { answers, refused, tools, different } = await replay({
    days: 10,
    jobs: 2,
    vaults: 1,
    azureItems: 4,
  });
  assert.deepEqual(different.slice(0, 3), []);
  assert.equal(tools, TOOL_COUNT);
  assert.ok(answers >= 250, `${answers} answers`);
  assert.ok(refused <= answers / 10, `${refused} refused`);
});
