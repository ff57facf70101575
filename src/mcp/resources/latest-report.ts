import { isoSeconds } from '../markdown.ts';
import type { ResourceContext } from '../registry-resources.ts';
import { runTool } from './run-tool.ts';

const PARTS: { title: string; tool: string; args: Record<string, unknown> }[] = [
  { title: 'Health', tool: 'get_health_status', args: { limit: 5 } },
  { title: 'Risks', tool: 'analyze_risks', args: { limit: 5 } },
  { title: 'Capacity', tool: 'get_capacity_forecast', args: { limit: 5 } },
  { title: 'Recovery', tool: 'get_recovery_performance', args: { limit: 5 } },
];

/** The morning's report: the same moment seen by four tools, each part whole by itself. */
export async function writeReport(context: ResourceContext): Promise<string> {
  const at = context.now.toISOString();
  const sections: string[] = [];
  for (const { title, tool, args } of PARTS) {
    const { text } = await runTool(context, tool, { ...args, as_of: at });
    sections.push(`## ${title}\n\n${text}`);
  }
  return [`# Backup report, ${isoSeconds(context.now)}`, ...sections].join('\n\n');
}
