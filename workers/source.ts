import type { BusinessContext } from '../src/business/context.ts';

/** What conclusions know of the source besides its tables, whatever it is. */
export type SourceFacts = {
  kind: 'veeam' | 'azure';
  /** IANA zone in which its days are counted. */
  zone: string;
  /** What the owner of the estate says of it: tiers, targets, prices. */
  business: BusinessContext;
};
