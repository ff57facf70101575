import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { allRoutes } from './api/routes.ts';
import { createAuth } from './auth.ts';
import { createCertificate } from './certificate.ts';
import type { Clock } from './clock.ts';
import { createFaults, type Fault, type Faults } from './faults.ts';
import { type SimulatorOptions, toSettings } from './options.ts';
import { hash } from './random.ts';
import { findScenario } from './scenarios/index.ts';
import { type RequestRecord, startServer } from './server.ts';
import { buildTruth, type Truth } from './truth/truth.ts';
import { createWorld, type World } from './world.ts';

export type Simulator = {
  url: string;
  username: string;
  password: string;
  /** SHA-256 of the certificate (DER), with colons, as node prints it. */
  readonly fingerprint: string;
  /** The certificate, to be trusted as an authority. */
  ca: string;
  caFile: string;
  truth: Truth;
  truthFile: string;
  clock: Pick<Clock, 'now' | 'advance' | 'set'>;
  faults: Pick<Faults, 'add' | 'clear'>;
  requests: Requests;
  /** What the server answers from, for tests that compare. */
  world: World;
  /** The server goes on with a new certificate; gives its fingerprint. */
  renewCertificate: () => Promise<string>;
  close: () => Promise<void>;
  [Symbol.asyncDispose]: () => Promise<void>;
};

export type Requests = {
  /** The newest ones, at most 10,000. */
  list: () => RequestRecord[];
  count: (path?: string) => number;
  /** Rows of lists served. */
  rows: (path?: string) => number;
  bytes: () => number;
  clear: () => void;
};

/** Starts a VBR server on the loopback address. @throws ConfigError for options that are wrong */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const settings = toSettings(options);
  const world = createWorld(settings, findScenario(settings.scenario));
  const folder = mkdtempSync(join(tmpdir(), 'vbr-simulator-'));
  let certificate = await createCertificate(settings.now);
  const username = 'dr365';
  const password = `sim-${hash(settings.seed, 991).toString(36)}-${hash(settings.seed, 992).toString(36)}`;
  const auth = createAuth({ username, password, tokenSeconds: settings.tokenSeconds });
  const faults = createFaults(settings.seed);
  faults.add(...world.draft.faults, ...settings.faults);
  const requests = createRequests();
  const caFile = join(folder, 'ca.pem');
  writeFileSync(caFile, certificate.cert);
  const renewCertificate = async () => {
    certificate = await createCertificate(settings.now);
    writeFileSync(caFile, certificate.cert);
    server.setCertificate(certificate);
    return certificate.fingerprint;
  };
  const onFault = async ({ name, minutes, count }: Fault) => {
    if (name === 'expire-tokens') auth.forget('access');
    if (name === 'lose-refresh') auth.forget('all');
    if (name === 'clock-skew') world.clock.advance((minutes ?? 25) * 60_000);
    if (name === 'head-deletion') world.dropHead(count ?? 50);
    if (name === 'new-certificate') await renewCertificate();
  };
  const service = {
    world,
    auth,
    routes: allRoutes(() => certificate.facts),
    role: () => world.draft.role,
    isFaulty: () => false,
  };
  const server = await startServer(service, certificate, settings.port, {
    faults,
    onFault,
    record: requests.record,
  });
  const truth = buildTruth(world);
  const truthFile = settings.truthFile ?? join(folder, 'truth.json');
  writeFileSync(truthFile, `${JSON.stringify(truth, null, 2)}\n`);
  const close = async () => {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return {
    url: `https://127.0.0.1:${server.port}`,
    username,
    password,
    get fingerprint() {
      return certificate.fingerprint;
    },
    ca: certificate.cert,
    caFile,
    truth,
    truthFile,
    clock: world.clock,
    faults,
    requests,
    world,
    renewCertificate,
    close,
    [Symbol.asyncDispose]: close,
  };
}

const KEPT = 10_000;

function createRequests(): Requests & { record: (record: RequestRecord) => void } {
  let kept: RequestRecord[] = [];
  let totals = new Map<string, { count: number; rows: number }>();
  let bytes = 0;
  const sum = (path: string | undefined, of: 'count' | 'rows') =>
    path === undefined
      ? [...totals.values()].reduce((total, one) => total + one[of], 0)
      : (totals.get(path)?.[of] ?? 0);
  return {
    record: (record) => {
      const { count = 0, rows = 0 } = totals.get(record.path) ?? {};
      totals.set(record.path, { count: count + 1, rows: rows + record.rows });
      bytes += record.bytes;
      kept.push(record);
      if (kept.length > KEPT * 2) kept = kept.slice(-KEPT);
    },
    list: () => kept.slice(-KEPT),
    count: (path) => sum(path, 'count'),
    rows: (path) => sum(path, 'rows'),
    bytes: () => bytes,
    clear: () => {
      kept = [];
      totals = new Map();
      bytes = 0;
    },
  };
}
