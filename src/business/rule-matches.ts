import type { BusinessContext, TargetOverride, TierRule } from './context.ts';
import { compileGlob, normalize } from './glob.ts';
import type { Named } from './tier.ts';

/** A rule with everything that it matches by itself, whether or not another rule comes before it. */
export type RuleMatches<Rule, Item> = { rule: Rule; matches: Item[] };

/** What each tier rule matches among `items`, in the order of the file. */
export function matchTierRules<Item extends Named>(
  context: BusinessContext,
  items: readonly Item[],
): RuleMatches<TierRule, Item>[] {
  const find = createFinder(items);
  return context.tiers.map((rule) => ({ rule, matches: find[rule.kind](rule.value) }));
}

/** What each override of targets matches among `items`, by id or by name. */
export function matchOverrides<Item extends Named>(
  context: BusinessContext,
  items: readonly Item[],
): RuleMatches<TargetOverride, Item>[] {
  const find = createFinder(items);
  return context.targets.overrides.map((rule) => ({
    rule,
    matches: [...new Set([...find.id(rule.idOrName), ...find.name(rule.idOrName)])],
  }));
}

function createFinder<Item extends Named>(
  items: readonly Item[],
): Record<TierRule['kind'], (value: string) => Item[]> {
  const ids = index(items, ({ id }) => [id]);
  const names = index(items, ({ name }) => [name]);
  const tags = index(items, (item) => item.tags ?? []);
  const plain = items.map((item): [Item, string] => [item, normalize(item.name)]);
  return {
    id: (value) => ids.get(normalize(value)) ?? [],
    name: (value) => names.get(normalize(value)) ?? [],
    tag: (value) => tags.get(normalize(value)) ?? [],
    pattern: (value) => {
      const matches = compileGlob(value);
      return plain.filter(([, name]) => matches(name)).map(([item]) => item);
    },
  };
}

function index<Item>(items: readonly Item[], keysOf: (item: Item) => readonly string[]): Map<string, Item[]> {
  const found = new Map<string, Item[]>();
  for (const item of items) {
    for (const key of new Set(keysOf(item).map(normalize))) {
      const list = found.get(key);
      if (list) list.push(item);
      else found.set(key, [item]);
    }
  }
  return found;
}
