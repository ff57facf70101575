import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Simulator } from './simulator.ts';

/**
 * Writes what a dr365 has to be told to read this simulator: a file for each variable, and its certificate as the one that
 * AZURE_CA_FILE names, the way DR365_DEMO_DIR is read.
 */
export function writeSettings(
  folder: string,
  { url, username, password, azure, ...simulator }: Simulator,
): void {
  const { hostname, port } = new URL(url);
  const settings: Record<string, string> = {
    VEEAM_SERVER: hostname,
    VEEAM_PORT: port,
    VEEAM_USERNAME: username,
    VEEAM_PASSWORD: password,
    VEEAM_TLS_FINGERPRINT: simulator.fingerprint,
    ...(azure && {
      AZURE_SUBSCRIPTION_ID: azure.subscriptions.join(','),
      AZURE_RESOURCE_MANAGER_URL: azure.url,
      AZURE_ACCESS_TOKEN: azure.token,
      'AZURE_CA_FILE.pem': simulator.ca,
    }),
  };
  mkdirSync(folder, { recursive: true });
  for (const [name, value] of Object.entries(settings)) {
    const draft = join(folder, `.${name}.new`);
    writeFileSync(draft, value, { mode: 0o600 });
    renameSync(draft, join(folder, name));
  }
}
