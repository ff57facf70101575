import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { API_VERSIONS } from '../../src/azure/api-versions.ts';
import { sectionSchema } from '../../src/config/recovery-services-section.ts';
import { ERROR_KINDS } from '../../src/recovery-services/errors.ts';
import { TOOLS } from '../../src/recovery-services/tools.ts';

const text = readFileSync(join(import.meta.dirname, '../../DOCS/recovery-services.md'), 'utf8');
const CLASSES = { read: 'reads', write: 'changes', destructive: 'destructive', local: 'local' } as const;
const rows = new Map(
  [...text.matchAll(/^\| `(\w+)` \| (reads|changes|destructive|local) \|/gm)].map(([, name, kind]) => [
    name,
    kind,
  ]),
);

test('the page names 27 tools, and every tool with its class', () => {
  assert.equal(rows.size, 27);
  for (const tool of TOOLS)
    assert.equal(rows.get(tool.name.replace('recovery_services_', '')), CLASSES[tool.class], tool.name);
});

test('the page says which versions are asked, which errors there are and which settings', () => {
  for (const version of new Set(Object.values(API_VERSIONS)))
    if (version !== API_VERSIONS.resourceGraph) assert.ok(text.includes(version), version);
  for (const kind of ERROR_KINDS) assert.ok(text.includes(`\`${kind}\``), kind);
  for (const setting of ['allow_writes', 'allow_destructive', 'keep_tokens', 'state_dir'])
    assert.ok(setting in sectionSchema.shape && text.includes(`\`${setting}`), setting);
  for (const [, tool] of text.matchAll(/→ `(\w+)`/g)) assert.ok(rows.has(tool), `${tool} is no tool`);
});
