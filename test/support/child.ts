import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Config } from '../../src/config/config.ts';

const DR365 = join(import.meta.dirname, '../../src/cli/dr365.mjs');

export type Ended = { code: number | null; signal: NodeJS.Signals | null; stdout: string; stderr: string };

/** The settings as variables of the environment, as `.env` would hold them; nothing of this process's own. */
export function toEnvironment({ veeam: [veeam], azure, database }: Config): Record<string, string> {
  const env: Record<string, string> = {
    PATH: process.env.PATH ?? '',
    LOG_LEVEL: 'warn',
    DR365_DATA_DIR: database.dataDir,
  };
  if (veeam) {
    Object.assign(env, {
      VEEAM_SERVER: veeam.server,
      VEEAM_PORT: String(veeam.port),
      VEEAM_USERNAME: veeam.username,
      VEEAM_PASSWORD: veeam.password,
    });
    if (veeam.tls.mode === 'pin') env.VEEAM_TLS_FINGERPRINT = veeam.tls.fingerprint;
  }
  if (azure) Object.assign(env, toAzureEnvironment(azure));
  if (!database.external) return env;
  Object.assign(env, {
    DB_HOST: database.external.host,
    DB_PORT: String(database.external.port),
    DB_NAME: database.metricsName,
    DB_RISK_NAME: database.riskName,
  });
  for (const [role, login] of Object.entries(database.logins)) {
    env[`DB_${role.toUpperCase()}_USER`] = login.user;
    env[`DB_${role.toUpperCase()}_PASSWORD`] = login.password;
  }
  return env;
}

function toAzureEnvironment({
  azure,
  subscriptionIds,
}: NonNullable<Config['azure']>): Record<string, string> {
  const { resourceManagerUrl = '', credential, tls } = azure;
  return {
    AZURE_SUBSCRIPTION_ID: subscriptionIds.join(','),
    AZURE_RESOURCE_MANAGER_URL: resourceManagerUrl,
    ...(tls?.mode === 'ca' && 'caFile' in tls && { AZURE_CA_FILE: tls.caFile }),
    ...(credential.mode === 'static' && { AZURE_ACCESS_TOKEN: credential.token }),
  };
}

/** Starts the dr365 command in a process of its own. */
export function startDr365(
  args: string[],
  env: Record<string, string>,
): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [DR365, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    output.stdout += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    output.stderr += String(chunk);
  });
  const ended = new Promise<Ended>((done) =>
    child.once('close', (code, signal) => done({ code, signal, ...output })),
  );
  return { child, ended };
}

/** The dr365 command to its end. */
export const runDr365 = (args: string[], env: Record<string, string>): Promise<Ended> =>
  startDr365(args, env).ended;
