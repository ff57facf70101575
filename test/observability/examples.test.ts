import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { parse } from 'yaml';
import { countWork } from '../../src/observability/metrics/counted.ts';
import { createStateGauges } from '../../src/observability/metrics/state.ts';
import { ROOT } from '../support/imports.ts';

type Rule = {
  alert: string;
  expr: string;
  for?: string;
  labels: { severity: string };
  annotations: { summary: string };
};
type Panel = {
  id: number;
  type: string;
  title: string;
  targets: { expr: string; legendFormat: string }[];
  gridPos: { x: number; y: number; w: number; h: number };
};

const rules = (
  parse(readFileSync(join(ROOT, 'DOCS/alerts.yml'), 'utf8')) as { groups: { rules: Rule[] }[] }
).groups.flatMap((group) => group.rules);
const dashboard = JSON.parse(readFileSync(join(ROOT, 'DOCS/grafana/dr365.json'), 'utf8')) as {
  panels: Panel[];
  templating: { list: { definition?: string }[] };
};
const documentation = readFileSync(join(ROOT, 'DOCS/observability.md'), 'utf8');

/** Labels of each metric that any process exports, by its name; of a histogram by the names of its series. */
const exported = await allMetrics();

async function allMetrics(): Promise<Map<string, string[]>> {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  createStateGauges(registry);
  const end = countWork(registry, new Set(['collectors', 'advisor', 'mcp']));
  const metrics = registry.getMetricsAsArray() as unknown as {
    name: string;
    type: string;
    labelNames: string[];
  }[];
  end();
  return new Map(
    metrics.flatMap(({ name, type, labelNames }): [string, string[]][] =>
      type === 'histogram'
        ? [
            [`${name}_bucket`, [...labelNames, 'le']],
            [`${name}_sum`, labelNames],
            [`${name}_count`, labelNames],
          ]
        : [[name, labelNames]],
    ),
  );
}

/** Names of metrics in an expression; functions, words and what stands in braces, quotes and `by (…)` are none. */
function metricsIn(expr: string): string[] {
  const bare = expr
    .replaceAll(/"[^"]*"/g, '')
    .replaceAll(/\{[^}]*\}/g, '')
    .replaceAll(/\[[^\]]*\]/g, '')
    .replaceAll(/\b(by|without)\s*\([^)]*\)/g, '');
  return [...bare.matchAll(/\b[a-zA-Z_:][\w:]*\b(?!\s*\()/g)]
    .map(([name]) => name)
    .filter(
      (name) =>
        !['and', 'or', 'unless', 'offset', 'bool', 'on', 'ignoring', 'h', 'm', 'd', 'e9'].includes(name),
    )
    .filter((name) => !/^\d/.test(name));
}

/** Labels that an expression asks of a metric, in its braces. */
const matchersIn = (expr: string): [name: string, labels: string[]][] =>
  [...expr.matchAll(/([a-zA-Z_:][\w:]*)\{([^}]*)\}/g)].map(([, name = '', inside = '']) => [
    name,
    [...inside.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label = '']) => label),
  ]);

const groupsIn = (expr: string): string[] =>
  [...expr.matchAll(/\bby\s*\(([^)]*)\)/g)].flatMap(([, inside = '']) =>
    inside.split(',').map((label) => label.trim()),
  );

/** What Prometheus itself makes: `up`, and the labels of each target. */
const MADE_BY_PROMETHEUS = { metrics: ['up'], labels: ['job', 'instance'] };

const expressions = [
  ...rules.map(({ alert, expr }) => ({ where: `alert ${alert}`, expr })),
  ...dashboard.panels.flatMap(({ title, targets }) =>
    targets.map(({ expr }) => ({ where: `panel ${title}`, expr })),
  ),
];

test('every metric in the alert rules and on the dashboard is exported, with the labels that are asked of it', () => {
  for (const { where, expr } of expressions) {
    const names = metricsIn(expr);
    assert.ok(names.length > 0, `${where}: no metric in ${expr}`);
    for (const name of names)
      assert.ok(
        exported.has(name) || MADE_BY_PROMETHEUS.metrics.includes(name),
        `${where}: ${name} is not exported`,
      );
    for (const [name, labels] of matchersIn(expr))
      for (const label of labels)
        assert.ok(
          exported.get(name)?.includes(label) || MADE_BY_PROMETHEUS.labels.includes(label),
          `${where}: ${name} has no label ${label}`,
        );
    const known = new Set(names.flatMap((name) => exported.get(name) ?? []));
    for (const label of groupsIn(expr))
      assert.ok(known.has(label), `${where}: none of its metrics has ${label}`);
  }
  for (const { definition } of dashboard.templating.list)
    if (definition) {
      const [, name = '', label = ''] = /^label_values\((\w+), (\w+)\)$/.exec(definition) ?? [];
      assert.ok(exported.get(name)?.includes(label), definition);
    }
});

test('expressions are balanced, and each alert says how bad it is and what it is about', () => {
  for (const { where, expr } of expressions)
    for (const [open, close] of ['()', '{}', '[]'].map((pair) => pair.split('')))
      assert.equal(
        expr.split(open ?? '').length,
        expr.split(close ?? '').length,
        `${where}: ${open} in ${expr}`,
      );
  assert.equal(new Set(rules.map(({ alert }) => alert)).size, rules.length);
  for (const { alert, labels, annotations, for: wait = '0s' } of rules) {
    assert.match(alert, /^Dr365[A-Z]\w+$/);
    assert.ok(['info', 'warning', 'critical'].includes(labels.severity), alert);
    assert.ok(annotations.summary.length > 10, alert);
    assert.match(wait, /^\d+[smhd]$/);
  }
});

test('each label that an alert shows is one that its expression leaves', () => {
  for (const { alert, expr, annotations } of rules) {
    const shown = Object.values(annotations).flatMap((text) =>
      [...text.matchAll(/\$labels\.(\w+)/g)].map(([, label = '']) => label),
    );
    const left = groupsIn(expr);
    for (const label of shown)
      assert.ok(
        left.length > 0 ? left.includes(label) : MADE_BY_PROMETHEUS.labels.includes(label),
        `${alert}: ${label}`,
      );
  }
});

test('each alert is shown to fire on series as they are, and to do so by promtool where there is one', (t) => {
  const file = join(import.meta.dirname, 'alerts.promtool.yml');
  const { tests } = parse(readFileSync(file, 'utf8')) as {
    tests: { alert_rule_test: { alertname: string; exp_alerts: unknown[] }[] }[];
  };
  const firing = tests.flatMap(({ alert_rule_test: cases }) =>
    cases.filter(({ exp_alerts: expected }) => expected.length > 0).map(({ alertname }) => alertname),
  );
  assert.deepEqual(
    rules.map(({ alert }) => alert).filter((alert) => !firing.includes(alert)),
    [],
    'never seen to fire',
  );
  const { error, status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', file], {
    encoding: 'utf8',
  });
  if (error) t.diagnostic(`promtool: ${error.message}`);
  else assert.equal(status, 0, `${stdout}${stderr}`);
});

test('panels lie side by side, not on each other', () => {
  const taken = new Set<string>();
  for (const { title, gridPos } of dashboard.panels)
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1)
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
        assert.ok(x < 24 && !taken.has(`${x},${y}`), title);
        taken.add(`${x},${y}`);
      }
  assert.equal(new Set(dashboard.panels.map(({ id }) => id)).size, dashboard.panels.length);
});

test('every metric of ours is documented, and no other is', () => {
  const ours = new Set([...exported.keys()].map((name) => name.replace(/_(bucket|sum|count)$/, '')));
  const named = new Set([...documentation.matchAll(/\bdr365_[a-z0-9_]+\b/g)].map(([name]) => name));
  for (const name of ours)
    if (name.startsWith('dr365_')) assert.ok(named.has(name), `DOCS/observability.md does not say ${name}`);
  const extra = new Set(['dr365_build_info', 'dr365_collector', 'dr365_outside']);
  for (const name of named)
    assert.ok(
      ours.has(name) || extra.has(name),
      `DOCS/observability.md names ${name}, which is not exported`,
    );
});

test('names follow the conventions: units at the end, counters in total', () => {
  const registry = new Registry();
  createStateGauges(registry);
  countWork(registry, new Set(['collectors', 'advisor', 'mcp']))();
  for (const { name, type, help } of registry.getMetricsAsArray() as unknown as Record<
    'name' | 'type' | 'help',
    string
  >[]) {
    assert.match(name, /^dr365_[a-z0-9_]+$/);
    assert.equal(type === 'counter', name.endsWith('_total'), name);
    if (type === 'histogram') assert.match(name, /_seconds$/);
    assert.ok(help.length > 10, name);
  }
});
