import * as z from 'zod';
import type { RiskChange } from '../../../analysis/risk/what-if.ts';
import { name, whatIfInput } from '../../questions.ts';

const KINDS = [
  'expand_repository',
  'pass_restore_test',
  'pass_surebackup',
  'fix_job',
  'enable_job',
  'move_job',
  'clean_point',
  'enable_immutability',
  'clear_signal',
  'refresh_input',
] as const satisfies RiskChange['kind'][];

const SIGNALS = [
  'VOLUME_COLLAPSE',
  'REDUCTION_DROP',
  'ENTROPY_SUSPECT',
  'MALWARE_SUSPICIOUS',
  'MALWARE_INFECTED',
  'POINT_CORRUPTED',
  'MALWARE_DETECTION_WEAKENED',
  'IMMUTABILITY_WEAKENED',
  'FOUR_EYES_FAILED',
  'MASS_DELETION',
] as const satisfies Extract<RiskChange, { kind: 'clear_signal' }>['signal'][];

const WORKERS = ['health', 'capacity', 'efficiency', 'rto'] as const satisfies Extract<
  RiskChange,
  { kind: 'refresh_input' }
>['worker'][];

/** Flat, since clients fill a flat object with fewer mistakes than one of ten shapes. */
const PLAN = {
  kind: z.enum(KINDS),
  workload: name.optional(),
  job: name.optional(),
  repository: name.optional(),
  p95_within: z.number().min(0).max(1).describe('expand_repository').optional(),
  passes: z.number().int().min(1).max(100).optional(),
  good_runs: z.number().int().min(1).max(100).describe('fix_job').optional(),
  signal: z.enum(SIGNALS).optional(),
  worker: z.enum(WORKERS).optional(),
};

const MOST_CHANGES = 5;

export type PlannedChange = z.output<z.ZodObject<typeof PLAN>>;
type Field = Exclude<keyof PlannedChange, 'kind'>;

/** What each kind takes: needed, then allowed. */
const FIELDS: Record<PlannedChange['kind'], { needs: Field[]; takes: Field[] }> = {
  expand_repository: { needs: ['repository'], takes: ['p95_within'] },
  pass_restore_test: { needs: ['workload'], takes: ['passes'] },
  pass_surebackup: { needs: [], takes: ['workload', 'job', 'passes'] },
  fix_job: { needs: ['job'], takes: ['good_runs'] },
  enable_job: { needs: ['job'], takes: [] },
  move_job: { needs: ['job', 'repository'], takes: [] },
  clean_point: { needs: ['workload'], takes: [] },
  enable_immutability: { needs: ['repository'], takes: [] },
  clear_signal: { needs: ['signal'], takes: [] },
  refresh_input: { needs: ['worker'], takes: [] },
};

const change = whatIfInput(PLAN, FIELDS, {
  noun: 'change',
  more: ({ kind, workload, job }) =>
    kind === 'pass_surebackup' && (workload === undefined) === (job === undefined)
      ? [`${kind} needs workload or job, one of them`]
      : [],
});

export const whatIf = z
  .array(change, { error: `give a list of changes: [{"kind": …}], at most ${MOST_CHANGES}` })
  .min(1)
  .max(MOST_CHANGES);
