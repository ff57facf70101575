import { cleanText } from '../mcp/untrusted.ts';

export type Status = 'OK' | 'WARN' | 'FAIL';
export const SECTIONS = [
  'this machine',
  'settings',
  'business rules',
  'database',
  'backup server',
  'Azure Backup',
  'workers',
] as const;
type Section = (typeof SECTIONS)[number];

/** One thing that was looked at. */
export type Check = {
  section: Section;
  name: string;
  status: Status;
  /** What was seen, with numbers. */
  message: string;
  /** What to do about it; null: nothing. */
  remedy: string | null;
  /** The same as data, for --json. */
  details?: Record<string, unknown>;
  /** Wrong by itself, whatever the world outside is like: the exit code is 2. */
  isBadSetting?: boolean;
};

/** How checks of one section are written down. */
export function createChecks(section: Section) {
  const checks: Check[] = [];
  const add =
    (status: Status) =>
    (
      name: string,
      message: string,
      remedy: string | null = null,
      more: Pick<Check, 'details' | 'isBadSetting'> = {},
    ) => {
      checks.push({ section, name, status, message, remedy, ...more });
    };
  return { checks, ok: add('OK'), warn: add('WARN'), fail: add('FAIL') };
}

/** 2: a setting is wrong, 1: something failed, 0: nothing did. */
export function exitCodeOf(checks: Check[]): number {
  if (checks.some(({ isBadSetting }) => isBadSetting)) return 2;
  return checks.some(({ status }) => status === 'FAIL') ? 1 : 0;
}

export function countOf(checks: Check[]): Record<Status, number> {
  const count = (status: Status) => checks.filter((check) => check.status === status).length;
  return { OK: count('OK'), WARN: count('WARN'), FAIL: count('FAIL') };
}

/** An error in words for a person. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The first few names of a list that may be long; they are from upstream, so they are cleaned and in quotes. */
export function fewNames(items: readonly { name: string }[], most = 3): string {
  const shown = items.slice(0, most).map(({ name }) => `"${cleanText(name, 60)}"`);
  return items.length > most ? `${shown.join(', ')}, ...` : shown.join(', ');
}

/** "1 job", "3 jobs". */
export const plural = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** "5 min", "3 h", "12 days". */
export function ageText(ms: number): string {
  const minutes = Math.max(0, Math.round(ms / 60_000));
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 72 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}
