import { type BusinessContext, type TargetOverride, TIERS, type Tier, type TierRule } from './context.ts';
import { normalize } from './glob.ts';
import { type Problem, toKey } from './problems.ts';
import { retentionProblems, toRetention } from './retention.ts';
import type { FileSettings } from './schema.ts';

const WEIGHTS: Record<Tier, number> = { 1: 1, 2: 0.75, 3: 0.5, 4: 0.25 };
const ASSUMED_WEIGHT = 0.6;
const SEVERITIES = { gap: 0.6, capacity: 0.5, integrity: 0.4, recover: 0.8 };
const KINDS = { ids: 'id', names: 'name', tags: 'tag', patterns: 'pattern' } as const;

/** What the file says, with the defaults of METHODS where it says nothing. */
export function toContext(
  settings: FileSettings,
  { path, fingerprint }: Pick<BusinessContext, 'path' | 'fingerprint'>,
): BusinessContext {
  const { targets, risk, money, restore, compliance, machines, schedule, retention } = settings;
  const tierWeights = toWeights(settings);
  const { gap, capacity, integrity, recover } = risk?.severities ?? {};
  return deepFreeze({
    path,
    fingerprint,
    tiers: listRules(settings),
    targets: {
      byTier: perTier((tier) => toTargets(targets?.[tier])),
      all: toTargets(targets),
      overrides: listOverrides(settings),
    },
    risk: {
      severities: {
        gap: gap ?? SEVERITIES.gap,
        capacity: capacity ?? SEVERITIES.capacity,
        integrity: integrity ?? SEVERITIES.integrity,
        recover: recover ?? SEVERITIES.recover,
      },
      tierWeights,
      assumedWeight: risk?.tier_weights?.assumed ?? clamp(ASSUMED_WEIGHT, Object.values(tierWeights)),
      leadTimeDays: risk?.lead_time_days ?? 30,
    },
    money: {
      pricePerTbYear: money?.price_per_tb_year ?? 100,
      currency: money?.currency ?? 'USD',
      priceBasis: money?.price_per_tb_year === undefined ? 'default' : 'set',
    },
    restore: {
      slots: restore?.slots ?? null,
      bandwidthGbPerMinute: restore?.bandwidth_gb_per_minute ?? null,
      overheadMinutes: restore?.overhead_minutes ?? 5,
      gbPerMinute: restore?.gb_per_minute ?? 1.5,
    },
    compliance: {
      restoreTestDays: compliance?.restore_test_days ?? 90,
      verificationDays: compliance?.verification_days ?? 90,
      observationDays: compliance?.observation_days ?? 7,
    },
    machines: { same: machines?.same ?? [], different: machines?.different ?? [] },
    retention: toRetention(retention),
    schedule: Object.fromEntries(
      Object.entries(schedule ?? {}).map(([key, value]) => [`SCHEDULE_${key.toUpperCase()}`, String(value)]),
    ),
  });
}

/** What no single value shows: entries that stand twice, weights that contradict each other. */
export function findContradictions(settings: FileSettings): Problem[] {
  return [
    ...repeatedRules(settings),
    ...repeatedOverrides(settings),
    ...machineProblems(settings),
    ...weightProblems(settings),
    ...retentionProblems(settings.retention).map(({ setting, message }) => ({
      path: ['retention', setting],
      message,
    })),
  ];
}

function listRules({ tiers }: FileSettings): TierRule[] {
  return TIERS.flatMap((tier) =>
    Object.entries(KINDS).flatMap(([list, kind]) =>
      (tiers?.[tier]?.[list as keyof typeof KINDS] ?? []).map((value) => ({
        tier,
        kind,
        value,
        rule: `tiers.${tier}.${list} ${JSON.stringify(value)}`,
      })),
    ),
  );
}

const listOverrides = ({ targets }: FileSettings): TargetOverride[] =>
  Object.entries(targets?.overrides ?? {}).map(([idOrName, target]) => ({ idOrName, ...toTargets(target) }));

const toTargets = (
  target: { rpo_hours?: number | undefined; rto_minutes?: number | undefined } | undefined,
) => ({
  rpoHours: target?.rpo_hours ?? null,
  rtoMinutes: target?.rto_minutes ?? null,
});

function repeatedRules(settings: FileSettings): Problem[] {
  const seen = new Map<string, TierRule>();
  return listRules(settings).flatMap((rule) => {
    const key = `${rule.kind} ${normalize(rule.value)}`;
    const first = seen.get(key);
    seen.set(key, first ?? rule);
    if (!first) return [];
    const path = rule.rule.slice(0, rule.rule.indexOf(' ')).split('.');
    return [
      {
        path,
        item: rule.value,
        message: `${rule.rule} stands there twice, first as ${first.rule}: remove one`,
      },
    ];
  });
}

function repeatedOverrides(settings: FileSettings): Problem[] {
  const seen = new Map<string, string>();
  return listOverrides(settings).flatMap(({ idOrName }) => {
    const first = seen.get(normalize(idOrName));
    seen.set(normalize(idOrName), first ?? idOrName);
    if (first === undefined) return [];
    const path = ['targets', 'overrides', idOrName];
    return [
      { path, message: `${toKey(path)} stands there twice, first as ${JSON.stringify(first)}: remove one` },
    ];
  });
}

/** A machine beside itself, or two that are said to be one and to be two. */
function machineProblems({ machines }: FileSettings): Problem[] {
  const said = new Map<string, 'same' | 'different'>();
  const problems: Problem[] = [];
  for (const list of ['same', 'different'] as const) {
    for (const texts of machines?.[list] ?? []) {
      const path = ['machines', list];
      const plain = texts.map(normalize);
      const twice = texts.find((_, at) => plain.indexOf(plain[at] ?? '') < at);
      if (twice !== undefined)
        problems.push({
          path,
          item: twice,
          message: `machines.${list} names ${JSON.stringify(twice)} twice in one list: put the source of each before it, such as "vbr01/${twice}"`,
        });
      for (const [at, own] of plain.entries()) {
        for (const other of plain.slice(at + 1)) {
          const pair = JSON.stringify([own, other].sort());
          if ((said.get(pair) ?? list) !== list)
            problems.push({
              path,
              item: texts[at] as string,
              message: `machines.different names ${JSON.stringify(texts[at])} and ${JSON.stringify(texts[plain.indexOf(other)])}, which machines.same says are one: remove one of both`,
            });
          said.set(pair, list);
        }
      }
    }
  }
  return problems;
}

const toWeights = ({ risk }: FileSettings): Record<Tier, number> =>
  perTier((tier) => risk?.tier_weights?.[tier] ?? WEIGHTS[tier]);

const perTier = <T>(of: (tier: Tier) => T): Record<Tier, T> => ({ 1: of(1), 2: of(2), 3: of(3), 4: of(4) });

function weightProblems(settings: FileSettings): Problem[] {
  const weights = toWeights(settings);
  const assumed = settings.risk?.tier_weights?.assumed;
  const path = ['risk', 'tier_weights'];
  const list = TIERS.map((tier) => weights[tier]);
  if (list.some((weight, at) => weight > (list[at - 1] ?? 1)))
    return [
      {
        path,
        message: `${toKey(path)} is wrong: tier 1 has to weigh most and tier 4 least, they are ${list.join(', ')}`,
      },
    ];
  if (assumed !== undefined && assumed !== clamp(assumed, list))
    return [
      {
        path: [...path, 'assumed'],
        message: `${toKey([...path, 'assumed'])} = ${assumed} is wrong: it has to lie between the weights of tier 4 and tier 1, ${list.at(-1)} and ${list[0]}`,
      },
    ];
  return [];
}

const clamp = (value: number, range: number[]) =>
  Math.min(Math.max(value, Math.min(...range)), Math.max(...range));

function deepFreeze<T extends object>(value: T): T {
  for (const part of Object.values(value)) if (part && typeof part === 'object') deepFreeze(part);
  return Object.freeze(value);
}
