import type { BusinessContext, Tier, TierRule } from './context.ts';
import { compileGlob, type Matcher, normalize } from './glob.ts';

/** A workload, or a job, as the tables know it. */
export type Named = {
  id: string;
  name: string;
  /** Tags of its restore points. */
  tags?: readonly string[] | undefined;
  /** The jobs that protect it: ids and names in the same order. */
  jobIds?: readonly string[] | undefined;
  jobNames?: readonly string[] | undefined;
};

export type TierAnswer = {
  /** null: no rule says, so the weight is assumed. */
  tier: Tier | null;
  weight: number;
  /** What the weight may be at least and at most; the weight itself unless it is assumed. */
  low: number;
  high: number;
  /** The rule that decided, as in the file, such as `tiers.1.patterns "ERP"`. */
  rule: string | null;
  basis: 'explicit' | 'pattern' | 'assumed';
  /** Whether the rule matched the workload itself or a job that protects it; null: no rule. */
  via: 'own' | 'job' | null;
};

/**
 * Which tier a workload or job has. An id comes before a name, a name before a tag, a tag before a pattern; of several tags or
 * patterns the highest tier counts. Without a rule of its own a workload has the highest tier of its jobs.
 */
export function tierOf(context: BusinessContext, named: Named): TierAnswer {
  const rules = compiledFor(context);
  const own = rules.find(named.id, named.name, named.tags);
  const found = own ?? highest(jobsOf(named).map(({ id, name }) => rules.find(id, name)));
  const { tierWeights, assumedWeight } = context.risk;
  if (!found) {
    const [low, high] = [tierWeights[4], tierWeights[1]];
    return { tier: null, weight: assumedWeight, low, high, rule: null, basis: 'assumed', via: null };
  }
  const { tier, rule, kind } = found;
  const weight = tierWeights[tier];
  const basis = kind === 'pattern' ? 'pattern' : 'explicit';
  return { tier, weight, low: weight, high: weight, rule, basis, via: own ? 'own' : 'job' };
}

/** The jobs of a workload. Where one list is shorter, its missing entries match nothing. */
export function jobsOf({ jobIds = [], jobNames = [] }: Named): { id: string; name: string }[] {
  const count = Math.max(jobIds.length, jobNames.length);
  return Array.from({ length: count }, (_, at) => ({ id: jobIds[at] ?? '', name: jobNames[at] ?? '' }));
}

type Compiled = { find: (id: string, name: string, tags?: readonly string[]) => TierRule | undefined };

const compiled = new WeakMap<BusinessContext, Compiled>();

function compiledFor(context: BusinessContext): Compiled {
  const known = compiled.get(context);
  if (known) return known;
  const made = compile(context.tiers);
  compiled.set(context, made);
  return made;
}

function compile(rules: readonly TierRule[]): Compiled {
  const byValue = (kind: TierRule['kind']) =>
    new Map(rules.filter((rule) => rule.kind === kind).map((rule) => [normalize(rule.value), rule]));
  const [ids, names, tagged] = [byValue('id'), byValue('name'), byValue('tag')];
  // The rules come by tier, highest first: the first pattern that matches decides.
  const patterns = rules
    .filter(({ kind }) => kind === 'pattern')
    .map((rule): [TierRule, Matcher] => [rule, compileGlob(rule.value)]);
  return {
    find: (id, name, tags = []) => {
      const plainName = normalize(name);
      return (
        ids.get(normalize(id)) ??
        names.get(plainName) ??
        highest(tags.map((tag) => tagged.get(normalize(tag)))) ??
        patterns.find(([, matches]) => matches(plainName))?.[0]
      );
    },
  };
}

function highest(rules: (TierRule | undefined)[]): TierRule | undefined {
  return rules.reduce((best, rule) => (rule && (!best || rule.tier < best.tier) ? rule : best), undefined);
}
