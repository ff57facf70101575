import { auditEvidence } from './prompts/audit-evidence.ts';
import { capacityOutlook } from './prompts/capacity-outlook.ts';
import { morningCheck } from './prompts/morning-check.ts';
import { whyDidItFail } from './prompts/why-did-it-fail.ts';
import { worstRisk } from './prompts/worst-risk.ts';
import type { Prompt } from './registry-prompts.ts';

/** All prompts, by name. */
export const PROMPTS: readonly Prompt[] = [
  auditEvidence,
  capacityOutlook,
  morningCheck,
  whyDidItFail,
  worstRisk,
].sort((a, b) => (a.name < b.name ? -1 : 1));
