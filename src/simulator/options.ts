import { ConfigError } from '../errors.ts';
import { REVISIONS, type RevisionIndex } from './contract/revisions.ts';
import { createZone } from './zone.ts';

/** What a simulator can be started with; everything has a default. */
export type SimulatorOptions = {
  scenario?: string;
  seed?: number;
  /** Length of the history in days, up to 400. */
  days?: number;
  jobs?: number;
  /** The newest revision that the server speaks. */
  revision?: string;
  /** Name or address to listen on, which its certificate and its addresses hold as well; default 127.0.0.1. */
  host?: string;
  /** 0: any free port. */
  port?: number;
  /** Time of the simulated server at start; default: now. */
  now?: Date;
  /** How many times faster than real time its clock runs; 0 stands still. */
  speed?: number;
  /** IANA zone of the simulated server. */
  zone?: string;
  /** Role of the account: Administrator, Viewer, Security Administrator, Operator, Restore Operator, Tape Operator. */
  role?: string;
  tokenSeconds?: number;
  /** How long the server keeps sessions; the product's default is 13 weeks. */
  retentionDays?: number;
  /** Where to write the truth; default: a file in a temporary folder. */
  truthFile?: string;
  /** Faults as `name` or `name:key=value,key=value`. */
  faults?: string[];
  /** Some names contain text that tries to do something to whoever reads it. */
  hostileNames?: boolean;
  /** Port of the Azure half, 0: any free one; absent: there is none but in scenarios about Azure. */
  azurePort?: number;
  azureVaults?: number;
  /** Protected items in each vault. */
  azureItems?: number;
  /** Length of the history of the Azure half. */
  azureDays?: number;
  /** Faults of the Azure half. */
  azureFaults?: string[];
};

export type Settings = Required<
  Omit<SimulatorOptions, 'now' | 'truthFile' | 'revision' | 'role' | 'azurePort'>
> & {
  /** undefined: there is no Azure half. */
  azurePort: number | undefined;
  now: Date;
  truthFile: string | undefined;
  revision: RevisionIndex;
  role: Role;
  /** The role that was asked for; undefined: the scenario may choose. */
  roleGiven: boolean;
};

/** Letter of each role in the operation table. */
export const ROLES = {
  Administrator: 'A',
  'Security Administrator': 'S',
  Operator: 'O',
  'Restore Operator': 'R',
  'Tape Operator': 'T',
  Viewer: 'V',
  'Incident API Operator': 'I',
} as const;
export type Role = keyof typeof ROLES;

const LIMITS: [keyof Settings & keyof SimulatorOptions, number, number, boolean][] = [
  ['seed', 0, 0xffff_ffff, true],
  ['days', 1, 400, true],
  ['jobs', 1, 20_000, true],
  ['port', 0, 65_535, true],
  ['speed', 0, 1_000_000, false],
  ['tokenSeconds', 1, 86_400, true],
  ['retentionDays', 1, 400, true],
  ['azureVaults', 1, 50, true],
  ['azureItems', 1, 20_000, true],
  ['azureDays', 8, 400, true],
];

/** @throws ConfigError for a value that is out of its range, naming the option and the range */
export function toSettings(options: SimulatorOptions): Settings {
  const settings: Settings = {
    scenario: options.scenario ?? 'healthy',
    seed: options.seed ?? 1,
    days: options.days ?? 90,
    jobs: options.jobs ?? 60,
    host: toHost(options.host ?? '127.0.0.1'),
    port: options.port ?? 0,
    speed: options.speed ?? 1,
    zone: options.zone ?? 'Europe/Berlin',
    tokenSeconds: options.tokenSeconds ?? 900,
    retentionDays: options.retentionDays ?? 91,
    faults: options.faults ?? [],
    hostileNames: options.hostileNames ?? false,
    azurePort: options.azurePort ?? (options.scenario?.startsWith('azure-') ? 0 : undefined),
    azureVaults: options.azureVaults ?? 4,
    azureItems: options.azureItems ?? 50,
    azureDays: options.azureDays ?? 90,
    azureFaults: options.azureFaults ?? [],
    now: options.now ?? new Date(),
    truthFile: options.truthFile,
    revision: toRevision(options.revision ?? '1.3-rev1'),
    role: toRole(options.role ?? 'Administrator'),
    roleGiven: options.role !== undefined,
  };
  for (const [name, low, high, isWhole] of LIMITS)
    checkNumber(name, settings[name] as number, low, high, isWhole);
  if (settings.azurePort !== undefined) checkNumber('azurePort', settings.azurePort, 0, 65_535, true);
  if (Number.isNaN(settings.now.getTime()))
    throw new ConfigError('now is no time: give an ISO time such as 2026-03-01T12:00:00Z');
  checkZone(settings.zone);
  return settings;
}

function checkNumber(name: string, value: number, low: number, high: number, isWhole: boolean): void {
  if (value >= low && value <= high && (!isWhole || Number.isInteger(value))) return;
  throw new ConfigError(`${name} has to be a ${isWhole ? 'whole ' : ''}number from ${low} to ${high}`);
}

const HOST = /^[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?$/;

function toHost(text: string): string {
  if (HOST.test(text)) return text;
  throw new ConfigError(`host has to be a host name or an IPv4 address, not ${text.slice(0, 60)}`);
}

function toRevision(text: string): RevisionIndex {
  const index = (REVISIONS as readonly string[]).indexOf(text);
  if (index >= 0) return index as RevisionIndex;
  throw new ConfigError(`revision has to be one of ${REVISIONS.join(', ')}`);
}

function toRole(text: string): Role {
  const role = (Object.keys(ROLES) as Role[]).find((one) => one.toLowerCase() === text.toLowerCase());
  if (role) return role;
  throw new ConfigError(`role has to be one of ${Object.keys(ROLES).join(', ')}`);
}

function checkZone(zone: string): void {
  try {
    createZone(zone);
  } catch (cause) {
    throw new ConfigError(
      `zone has to be an IANA time zone such as Europe/Berlin, not ${zone.slice(0, 60)}`,
      { cause },
    );
  }
}
