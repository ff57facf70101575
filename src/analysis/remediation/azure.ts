import type { FailureCause } from '../health/failure-cause.ts';
import { causeWeight, citesOfJob, failingJobs, fixJobs, jobsOf, runsAgain } from './causes.ts';
import type { AzureItemState, Case, Platform } from './evidence.ts';
import { type Cite, cites, type Option, type Rule, say } from './rule.ts';

/** Rules that speak of vaults. */
export const AZURE: readonly Platform[] = ['azure'];

/** Protected items that the case is about. */
export function itemsOf(of: Case): readonly AzureItemState[] {
  const ids = new Set([...jobsOf(of).map(({ id }) => id), ...of.subject.jobIds]);
  return [...ids].flatMap((id) => of.facts.items?.get(id) ?? []);
}

/** When the first of the deleted items of a case is gone for good, epoch milliseconds; null: none is deleted, or Azure does not say. */
export function lostForGoodAt(of: Case): number | null {
  const ends = itemsOf(of).flatMap(({ isSoftDeleted, deletedForGoodAt }) =>
    isSoftDeleted ? (deletedForGoodAt ?? []) : [],
  );
  return ends.length === 0 ? null : Math.min(...ends);
}

/** What Azure says of the items of a case; its words are values. */
export const citesOfItems = (of: Case): Cite[] =>
  itemsOf(of).flatMap((item) =>
    cites(
      item,
      'protectionState',
      'healthStatus',
      'lastPointAt',
      'errorCode',
      'errorTitle',
      'policyInconsistent',
      'isSoftDeleted',
    ),
  );

/** In the options of the portal and of the command line; `<…>` is to be filled in from the evidence. */
export const BACKUP_NOW =
  'az backup protection backup-now --vault-name <vault> -g <group> --container-name <container> --item-name <item> --retain-until <dd-mm-yyyy>';
export const SHOW_ITEM =
  'az backup item show --vault-name <vault> -g <group> --container-name <container> --name <item> --backup-management-type AzureIaasVM';
export const LIST_JOBS =
  'az backup job list --vault-name <vault> -g <group> --operation Backup --status Failed';

type FailureSpec = Pick<Rule, 'id' | 'title' | 'steps'> & {
  meaning: string;
  causes: readonly FailureCause[];
  /** Codes or titles of Azure that mean just this; without one that fits, the class of the cause counts less. */
  problems?: RegExp;
  options: readonly (Omit<Option, 'effect'> & Partial<Pick<Option, 'effect'>>)[];
};

/** By the class of its cause alone; and where code or title of the error mean something else. */
const CLASS_ALONE = 0.55;
const MEANT_ELSEWHERE = 0.2;
/** The title fits, and the class of the cause too: a word in a title may be about something else. */
const TITLE_FITS = 0.85;

/** What codes and titles mean, of all rules. */
const MEANINGS: Required<Pick<FailureSpec, 'problems' | 'causes'>>[] = [];
const hasCode = (of: Case, meant: RegExp) => itemsOf(of).some(({ errorCode }) => meant.test(errorCode ?? ''));
const hasTitle = (of: Case, meant: RegExp) =>
  itemsOf(of).some(({ errorTitle }) => meant.test(errorTitle ?? ''));
const hasCause = (of: Case, causes: readonly FailureCause[]) =>
  causes.some((cause) => causeWeight(of, cause) !== null);

/** How much the class of the cause says, given what else is known of the error. */
function shareOfClass(of: Case, problems: RegExp | undefined): number {
  if (MEANINGS.some((one) => hasCode(of, one.problems))) return MEANT_ELSEWHERE;
  if (problems && hasTitle(of, problems)) return TITLE_FITS;
  const isMeant = MEANINGS.some((one) => hasTitle(of, one.problems) && hasCause(of, one.causes));
  return isMeant ? MEANT_ELSEWHERE : CLASS_ALONE;
}

/**
 * A rule that follows from the error code of failed backups: exact by the code, weaker by the title, weaker by the class of
 * the cause, and least where the error means what another rule is about.
 */
export function azureFailureRule({ meaning, causes, problems, options, ...spec }: FailureSpec): Rule {
  if (problems) MEANINGS.push({ problems, causes });
  const isExact = (of: Case) => problems !== undefined && hasCode(of, problems);
  return {
    ...spec,
    type: 'gap',
    scopes: ['job', 'incident', 'workload'],
    platforms: AZURE,
    when: (of) => {
      if (failingJobs(of).length === 0) return null;
      if (isExact(of)) return 0.95;
      const weights = causes.flatMap((cause) => causeWeight(of, cause) ?? []);
      return weights.length > 0 ? shareOfClass(of, problems) * Math.max(...weights) : null;
    },
    hypothesis: (of) => {
      const failing = failingJobs(of);
      const [first] = failing;
      const text =
        failing.length === 1 && first
          ? `${meaning}: ${say(first.failureStreak)} backups in a row failed${isExact(of) ? ', and the error code of the last one says so' : ''}.`
          : `${meaning}: backups of ${failing.length} items fail.`;
      return { text, cites: [...citesOfItems(of), ...failing.slice(0, 5).flatMap(citesOfJob)] };
    },
    options: options.map((option) => ({ effect: fixJobs, ...option })),
    verify: runsAgain,
  };
}
