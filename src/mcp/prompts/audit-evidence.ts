import type { Prompt } from '../registry-prompts.ts';
import { HONESTLY, onSource, quoted, sourceArgument } from './parts.ts';
import { completeName, completeWord } from './suggest-names.ts';

export const auditEvidence: Prompt = {
  name: 'audit_evidence',
  title: 'Audit evidence',
  description: 'What proves that machines can be restored in time, and what is not proven.',
  arguments: [
    {
      name: 'tier',
      description: 'Business tier 1 to 4; all if left out',
      required: false,
      complete: completeWord(['1', '2', '3', '4']),
    },
    {
      name: 'workload',
      description: 'One machine instead',
      required: false,
      complete: completeName('workload'),
    },
    sourceArgument,
  ],
  ask: ({ tier, workload, source }) =>
    [
      workload === undefined
        ? `Collect evidence for an auditor that ${tier === undefined ? 'our machines' : `our machines of tier ${tier}`} can be restored.${onSource(source)}`
        : `Collect evidence for an auditor that the machine ${quoted(workload)} can be restored.${onSource(source)}`,
      `1. get_recovery_performance${filterOf(tier, workload)}: RPO and RTO against targets, tests and their age, safe points and their proof.`,
      '2. analyze_risks with include ["compliance"]: 3-2-1-1-0 per tier and machine.',
      '3. get_health_status: reliability of the jobs, and whether the data behind this was read completely.',
      'Then write a table: requirement, what was measured with date and range, ids of the rows behind it, met / not met / not proven.',
      'A target that nobody set is a default: say so. Not tested is not proven, never met.',
      HONESTLY,
    ].join('\n'),
};

function filterOf(tier: string | undefined, workload: string | undefined): string {
  if (workload !== undefined) return ' with workload';
  return tier === undefined ? ' with include ["coverage", "next_tests"]' : ` with tier ${tier}`;
}
