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
      '1. get_health_status with job, and history "30d": its runs, the messages of failures and their cause, its incidents.',
      '2. If an incident or a repository is behind it: get_health_status with finding "INCIDENT", get_capacity_forecast with repository.',
      '3. get_recovery_performance with job: which machines have no fresh restore point because of it.',
      '4. get_remediation_plan for what to do about it.',
      'Then write: since when and how often; the cause, and what speaks for and against it; whether other jobs failed with it;',
      'what is at stake; the next step, and how one sees that it worked. If it does not fail, say so.',
      HONESTLY,
    ].join('\n'),
};
