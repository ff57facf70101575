import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';

type Server = { command: string; args: string[]; env: Record<string, string> };
type Answer = { text: string; jobs: { job_id: string }[] };

/**
 * Asks what an administrator asks in the morning, as any MCP client would, and says question and answer.
 * @param machine one that several sources protect, if there is one
 */
export async function askForReport(
  server: Server,
  say: (text: string) => void,
  machine: string | undefined,
): Promise<void> {
  const client = new Client({ name: 'dr365-demo', version: '1.0.0' });
  await client.connect(new StdioClientTransport({ ...server, stderr: 'inherit' }));
  try {
    const ask = async (question: string, tool: string, args: Record<string, unknown>): Promise<Answer> => {
      const answer = await callTool(client, tool, args);
      say(`── ${question}\n   ${tool} ${JSON.stringify(args)}\n\n${answer.text}\n`);
      return answer;
    };
    const estate = await ask('Are my backups fine?', 'get_health_status', { limit: 8 });
    const [worst] = estate.jobs;
    if (worst)
      await ask('What is wrong with the first of these jobs, and since when?', 'get_health_status', {
        job: worst.job_id,
        limit: 7,
      });
    await ask('Could somebody delete the backups in Azure?', 'get_health_status', {
      finding: 'VAULT_SOFT_DELETE_OFF',
    });
    await ask('Which repositories run full, when, and how sure is that?', 'get_capacity_forecast', {
      limit: 6,
    });
    await ask('Which tier-1 machines would not come back in time?', 'get_recovery_performance', {
      tier: 1,
      limit: 5,
    });
    if (machine)
      await ask(`How is ${machine} protected, by whatever protects it?`, 'get_workload', {
        workload: machine,
      });
    await ask('What wastes most space?', 'get_efficiency_metrics', { limit: 5 });
    await ask('What should I fear first?', 'analyze_risks', { limit: 5 });
    await ask('And what do I do about it?', 'get_remediation_plan', { limit: 3 });
  } finally {
    await client.close();
  }
}

async function callTool(client: Client, name: string, args: Record<string, unknown>): Promise<Answer> {
  const result = await client.callTool({ name, arguments: args });
  const [first] = result.content as { type: string; text?: string }[];
  const text = first?.text ?? '';
  if (result.isError) throw new Error(`the MCP server answered with an error: ${text}`);
  const { jobs = [] } = (result.structuredContent ?? {}) as { jobs?: Answer['jobs'] };
  return { text, jobs };
}
