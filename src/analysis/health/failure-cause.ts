import { CAUSE_RULES } from './failure-cause-rules.ts';

export type FailureCause =
  | 'CANCELED'
  | 'LICENSE'
  | 'IMMUTABLE'
  | 'STORAGE_FULL'
  | 'CREDENTIALS'
  | 'CORRUPTION'
  | 'MALWARE'
  | 'VSS'
  | 'SNAPSHOT'
  | 'PROXY'
  | 'LOCKED'
  | 'PERMISSION'
  | 'OBJECT_NOT_FOUND'
  | 'REPOSITORY_OFFLINE'
  | 'SERVICE_DOWN'
  | 'TIMEOUT'
  | 'NETWORK'
  | 'RESOURCES'
  | 'CONFIGURATION'
  | 'UNKNOWN';

export interface CauseRule {
  id: string;
  cause: FailureCause;
  /** Any of these. German and English first, some French and Spanish: messages come in the language of the server. */
  patterns: readonly RegExp[];
}

export interface ClassifiedCause {
  cause: FailureCause;
  /** Rule that matched; null for UNKNOWN. */
  ruleId: string | null;
}

const LONGEST_INPUT = 4000;

/**
 * Cause of a failure by patterns in its message (REST brief, trap 51). The rules are tried in order, specific before
 * general: a time-out of a VSS writer is VSS, not TIMEOUT. UNKNOWN if none fits or there is no message; never a guess.
 */
export function classifyFailure(message: string | null | undefined): ClassifiedCause {
  const text = (message ?? '').slice(0, LONGEST_INPUT);
  if (text !== '') {
    for (const { id, cause, patterns } of CAUSE_RULES) {
      if (patterns.some((pattern) => pattern.test(text))) return { cause, ruleId: id };
    }
  }
  return { cause: 'UNKNOWN', ruleId: null };
}
