import type { Prompt } from '../registry-prompts.ts';
import { HONESTLY, onSource, quoted, sourceArgument } from './parts.ts';
import { completeName } from './suggest-names.ts';

export const whyDidItFail: Prompt = {
  name: 'why_did_it_fail',
  title: 'Why did it fail?',
  description: 'Why one job fails, since when, what else it hits, and what to do.',
  arguments: [
    {
      name: 'job',
      description: 'The job: name, part of it with *, or id',
      required: true,
      complete: completeName('job'),
    },
    sourceArgument,
  ],
  ask: ({ job = '', source }) =>
    [
      `Why does the job ${quoted(job)} fail?${onSource(source)}`,
      '1. explain_failure with job: what failed, the suspected cause, and what speaks against it.',
      '2. get_health_status with job, and history "30d": its runs, since when, and its incidents; get_capacity_forecast if a repository is full.',
      '3. get_recovery_performance with job: which machines have no fresh restore point because of it.',
      '4. get_remediation_plan for what to do about it.',
      'Then write: since when and how often; the cause, and what speaks for and against it; whether other jobs failed with it;',
      'what is at stake; the next step, and how one sees that it worked. If it does not fail, say so.',
      HONESTLY,
    ].join('\n'),
};
