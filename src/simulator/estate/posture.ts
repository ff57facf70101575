import { DAY } from '../zone.ts';

type PracticeStatus = 'OK' | 'Violation' | 'Suppressed' | 'UnableToCheck';
type Practice = { name: string; status: PracticeStatus };

type MalwareEvent = {
  /** Position in `Estate.protected`. */
  protected: number;
  type: string;
  severity: 'Clean' | 'Suspicious' | 'Infected' | 'Informative';
  state: 'Created' | 'FalsePositive';
  source: 'Manual' | 'InternalVeeamDetector' | 'External' | 'MarkAsCleanEvent';
  at: number;
  details: string;
};

type AuthorizationEvent = {
  name: string;
  description: string;
  state: 'Pending' | 'Approved' | 'Rejected' | 'Expired' | 'Info';
  createdAt: number;
  processedAt?: number;
};

/** Everything about the server that is not a job: what an administrator sets up and what monitors report. */
export type Posture = {
  licence: { status: 'Valid' | 'Expired' | 'Invalid'; expiresAt: number; licensed: number };
  practices: Practice[];
  analyzerHasRun: boolean;
  configBackup: { isEnabled: boolean; isEncrypted: boolean; enabledUntil: number };
  malware: MalwareEvent[];
  authorization: AuthorizationEvent[];
  mfaEnabled: boolean;
};

const PRACTICES = [
  'Remote Desktop Service (TermService) should be disabled',
  'Remote Registry service (RemoteRegistry) should be disabled',
  'Windows Script Host should be disabled',
  'SMBv1 protocol should be disabled',
  'Windows firewall should be enabled',
  'Backup encryption password length and complexity recommendations should be followed',
  'Configuration backup encryption should be enabled',
  'MFA for the backup console should be enabled',
  'Immutable or offline (air gapped) media should be used',
  'Password loss protection should be enabled',
  'Backup server should not be a part of the production domain',
  'Email notifications should be enabled',
  'All backups should have at least one copy (the 3-2-1 backup rule)',
  'Latest product updates should be installed',
];

/** A server in good order: licence for two more years, analyser clean, configuration backup on and encrypted. */
export function goodPosture(now: number, machines: number): Posture {
  return {
    licence: {
      status: 'Valid',
      expiresAt: now + 730 * DAY,
      licensed: Math.ceil((machines * 1.2) / 10) * 10 + 10,
    },
    practices: PRACTICES.map((name, i) => ({ name, status: i === 2 ? 'Suppressed' : 'OK' })),
    analyzerHasRun: true,
    configBackup: { isEnabled: true, isEncrypted: true, enabledUntil: Number.POSITIVE_INFINITY },
    malware: [],
    authorization: [
      {
        name: 'Delete backup',
        description: 'Request to delete backup files of a retired server',
        state: 'Approved',
        createdAt: now - 20 * DAY,
        processedAt: now - 20 * DAY + 3_600_000,
      },
    ],
    mfaEnabled: true,
  };
}
