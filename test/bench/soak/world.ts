// What the soaked process talks to, in a process of its own: a simulated backup server with two vaults, and a client that asks.
import { startSimulator } from '../../../src/simulator/simulator.ts';
import { connectClient } from '../../support/mcp-http.ts';

export type ToWorld = { now: string } | { ask: string } | { end: true };
export type FromWorld =
  | { settings: Record<string, string> }
  | { done: true }
  | { asked: number; failed: string | null };

const TOOLS = [
  'get_health_status',
  'get_capacity_forecast',
  'get_efficiency_metrics',
  'get_recovery_performance',
  'analyze_risks',
  'get_remediation_plan',
  'get_data_freshness',
];

const simulator = await startSimulator({
  scenario: 'demo',
  seed: 11,
  days: 60,
  jobs: 20,
  now: new Date(process.argv[2] ?? ''),
  speed: 0,
  tokenSeconds: 86_400,
  azurePort: 0,
  azureVaults: 2,
  azureItems: 8,
  azureDays: 30,
});
const { azure } = simulator;
if (!azure) throw new Error('the estate has vaults');
const { hostname, port } = new URL(simulator.url);
const say = (message: FromWorld) => process.send?.(message);

process.on('message', (message: ToWorld) => void hear(message));

async function hear(message: ToWorld): Promise<void> {
  if ('ask' in message) say(await ask(message.ask));
  if ('now' in message) {
    simulator.clock.set(new Date(message.now));
    simulator.requests.clear();
    azure?.requests.clear();
    say({ done: true });
  }
  if (!('end' in message)) return;
  await simulator.close();
  process.disconnect();
}

say({
  settings: {
    VEEAM_SERVER: hostname,
    VEEAM_PORT: port,
    VEEAM_USERNAME: simulator.username,
    VEEAM_PASSWORD: simulator.password,
    VEEAM_TLS_FINGERPRINT: simulator.fingerprint,
    AZURE_SUBSCRIPTION_ID: azure.subscriptions.join(','),
    AZURE_CREDENTIAL: 'static',
    AZURE_ACCESS_TOKEN: azure.token,
    AZURE_RESOURCE_MANAGER_URL: azure.url,
    AZURE_CA_FILE: simulator.caFile,
  },
});

/** Connects, asks each tool once and leaves. */
async function ask(url: string): Promise<FromWorld> {
  try {
    await using client = await connectClient(url);
    for (const name of TOOLS) {
      const answer = await client.callTool({ name, arguments: {} });
      if (answer.isError)
        return { asked: 0, failed: `${name}: ${JSON.stringify(answer.content).slice(0, 300)}` };
    }
    return { asked: TOOLS.length, failed: null };
  } catch (error) {
    return { asked: 0, failed: String(error) };
  }
}
