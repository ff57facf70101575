/** States of the data of one worker on one source, the worst first. */
export const STATES = ['failed', 'stale', 'never_ran', 'partial', 'fresh'] as const;
export type DataState = (typeof STATES)[number];
