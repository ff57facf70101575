import type { ResourceContext } from '../registry-resources.ts';
import { quoteCell } from '../untrusted.ts';
import { runTool } from './run-tool.ts';

/** One job: its health, and the machines that depend on it. @throws AnswerError for a job or source that does not exist */
export async function writeJobReport(
  { source = '', job = '' }: Record<string, string>,
  context: ResourceContext,
): Promise<string> {
  const asked = { source, job, as_of: context.now.toISOString() };
  const health = await runTool(context, 'get_health_status', { ...asked, history: '30d' });
  const machines = await runTool(context, 'get_recovery_performance', { ...asked, status: 'ALL', limit: 10 });
  return [`# Job ${quoteCell(job)}`, '## Health', health.text, '## Machines', machines.text].join('\n\n');
}
