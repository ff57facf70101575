import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from '../errors.ts';
import { allRoutes } from './api/routes.ts';
import { createAuth } from './auth.ts';
import { type AzureHalf, type AzureSimulator, buildAzureHalf, startAzure } from './azure/azure.ts';
import { createCertificate, type ServerCertificate } from './certificate.ts';
import type { Clock } from './clock.ts';
import { createFaults, type Fault, type Faults } from './faults.ts';
import { type SimulatorOptions, toSettings } from './options.ts';
import { hash } from './random.ts';
import { createRequests, type Requests } from './requests.ts';
import { findScenario } from './scenarios/index.ts';
import { type RunningServer, startServer } from './server.ts';
import { buildTruth, type Truth } from './truth/truth.ts';
import { createWorld, type World } from './world.ts';

export type Simulator = {
  url: string;
  username: string;
  password: string;
  /** SHA-256 of the certificate (DER), with colons, as node prints it. */
  readonly fingerprint: string;
  /** The certificate, to be trusted as an authority. */
  readonly ca: string;
  caFile: string;
  truth: Truth;
  truthFile: string;
  clock: Pick<Clock, 'now' | 'advance' | 'set'>;
  faults: Pick<Faults, 'add' | 'clear' | 'counts'>;
  requests: Requests;
  /** What the server answers from, for tests that compare. */
  world: World;
  /** null where there is no Azure half. */
  azure: AzureSimulator | null;
  /** The server goes on with a new certificate; gives its fingerprint. */
  renewCertificate: () => Promise<string>;
  /** The server goes on with the certificate that it began with. */
  restoreCertificate: () => void;
  close: () => Promise<void>;
  [Symbol.asyncDispose]: () => Promise<void>;
};

const USERNAME = 'dr365';

/** Starts a VBR server, on the loopback address unless told otherwise. @throws ConfigError for options that are wrong, or a port in use */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const settings = toSettings(options);
  const world = createWorld(settings, findScenario(settings.scenario));
  const faults = createFaults(settings.seed);
  faults.add(...world.draft.faults, ...settings.faults);
  const azure = settings.azurePort === undefined ? undefined : buildAzureHalf(world);
  const files = writeFiles(withAzure(buildTruth(world), azure), settings.truthFile);
  try {
    return await serve(world, faults, files, azure);
  } catch (error) {
    files.remove();
    throw error;
  }
}

const withAzure = (truth: Truth, azure: AzureHalf | undefined): Truth =>
  azure ? { ...truth, findings: { ...truth.findings, azure: azure.truth } } : truth;

type Files = { truth: Truth; truthFile: string; caFile: string; remove: () => void };

function writeFiles(truth: Truth, wanted: string | undefined): Files {
  const folder = mkdtempSync(join(tmpdir(), 'vbr-simulator-'));
  const truthFile = wanted ?? join(folder, 'truth.json');
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    writeFileSync(truthFile, `${JSON.stringify(truth, null, 2)}\n`);
  } catch (cause) {
    remove();
    throw new ConfigError(`the truth cannot be written to ${truthFile}`, { cause });
  }
  return { truth, truthFile, caFile: join(folder, 'ca.pem'), remove };
}

async function serve(
  world: World,
  faults: Faults,
  files: Files,
  azureHalf: AzureHalf | undefined,
): Promise<Simulator> {
  const { settings, clock } = world;
  const password = `sim-${hash(settings.seed, 991).toString(36)}-${hash(settings.seed, 992).toString(36)}`;
  const auth = createAuth({ username: USERNAME, password, tokenSeconds: settings.tokenSeconds });
  const requests = createRequests();
  let certificate = await newCertificate(world, files);
  const first = certificate;
  const present = (next: ServerCertificate) => {
    certificate = next;
    writeFileSync(files.caFile, next.cert);
    server.setCertificate(next);
    azure?.setCertificate(next);
  };
  const renewCertificate = async () => {
    present(await createCertificate(world.settings.now, world.settings.host));
    return certificate.fingerprint;
  };
  const onFault = async ({ name, minutes, count }: Fault) => {
    if (name === 'expire-tokens') auth.forget('access');
    if (name === 'lose-refresh') auth.forget('all');
    if (name === 'clock-skew') clock.advance((minutes ?? 25) * 60_000);
    if (name === 'head-deletion') world.dropHead(count ?? 50);
    if (name === 'new-certificate') await renewCertificate();
  };
  const routes = allRoutes(() => certificate.facts);
  const service = { world, auth, routes, role: () => world.draft.role, isFaulty: () => false };
  const server: RunningServer = await startServer(service, certificate, settings, {
    faults,
    onFault,
    record: requests.record,
  });
  const azure = azureHalf
    ? await startAzure(azureHalf, certificate, renewCertificate).catch(async (error: unknown) => {
        await server.close();
        throw error;
      })
    : null;
  const close = async () => {
    await Promise.all([server.close(), azure?.close()]);
    files.remove();
  };
  return {
    url: `https://${settings.host}:${server.port}`,
    username: USERNAME,
    password,
    get fingerprint() {
      return certificate.fingerprint;
    },
    get ca() {
      return certificate.cert;
    },
    caFile: files.caFile,
    truth: files.truth,
    truthFile: files.truthFile,
    clock,
    faults,
    requests,
    world,
    azure,
    renewCertificate,
    restoreCertificate: () => present(first),
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function newCertificate({ settings }: World, { caFile }: Files): Promise<ServerCertificate> {
  const certificate = await createCertificate(settings.now, settings.host);
  writeFileSync(caFile, certificate.cert);
  return certificate;
}
