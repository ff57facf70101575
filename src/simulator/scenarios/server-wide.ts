import { DAY, HOUR, MINUTE } from '../zone.ts';
import type { Draft, Scenario } from './draft.ts';
import { iso, record } from './inject.ts';

export const forbidden: Scenario = {
  name: 'forbidden',
  summary: 'the account is only a backup viewer: some endpoints answer 403',
  inject: (draft) => {
    if (!draft.settings.roleGiven) draft.role = 'Viewer';
    record(draft, { kind: 'role', note: draft.role });
  },
};

export const slowPages: Scenario = {
  name: 'slow-pages',
  summary:
    'the server is busy: long lists take seconds, some requests are refused and told when to come back',
  inject: (draft) => {
    draft.faults.push(
      'slow:path=/sessions,ms=1500,probability=0.4',
      'slow:path=/taskSessions,ms=2500,probability=0.4',
    );
    draft.faults.push('throttle:retryAfter=1,probability=0.05', 'error-503:probability=0.02');
    record(draft, { kind: 'slow' });
  },
};

export const clockSkew: Scenario = {
  name: 'clock-skew',
  summary: 'the clock of the backup server is 25 minutes ahead',
  inject: (draft) => {
    draft.clockAheadMs = 25 * MINUTE;
    record(draft, { kind: 'clock-skew', note: '25 minutes ahead' });
  },
};

export const licenceExpiring: Scenario = {
  name: 'licence-expiring',
  summary: 'the licence ends in twelve days, and more instances are in use than it has',
  inject: (draft) => {
    expireLicence(draft, 12);
    draft.posture.licence.licensed = Math.max(1, Math.floor(draft.estate.machines.length * 0.5));
    record(draft, { kind: 'licence-exceeded' });
  },
};

export function expireLicence({ posture, now, injections }: Draft, days: number): void {
  posture.licence.expiresAt = now + days * DAY;
  injections.push({ kind: 'licence-expiring', at: iso(posture.licence.expiresAt) });
}

export const configurationNeglected: Scenario = {
  name: 'configuration-neglected',
  summary:
    'configuration backup off and not encrypted, analyser violations, a four-eyes request waiting and one refused',
  inject: (draft) => {
    neglectConfiguration(draft);
    const { posture, now } = draft;
    posture.configBackup.isEnabled = false;
    posture.configBackup.enabledUntil = now - 30 * DAY;
    const request = {
      name: 'Delete backup',
      description: 'Request to delete all restore points of a file server',
    } as const;
    posture.authorization.push({ ...request, state: 'Pending', createdAt: now - 9 * HOUR });
    posture.authorization.push({
      ...request,
      state: 'Rejected',
      createdAt: now - 3 * DAY,
      processedAt: now - 3 * DAY + 2 * HOUR,
    });
    record(draft, { kind: 'configuration-backup-off', at: iso(now - 30 * DAY) });
  },
};

const VIOLATED = [1, 3, 6, 9];

export function neglectConfiguration({ posture, injections }: Draft): void {
  posture.configBackup.isEncrypted = false;
  for (const i of VIOLATED) {
    const practice = posture.practices[i];
    if (practice) practice.status = 'Violation';
  }
  injections.push({
    kind: 'analyser-violations',
    note: `${VIOLATED.length} violations; configuration backup not encrypted`,
  });
}
