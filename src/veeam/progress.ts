import * as z from 'zod';
import { BOTTLENECKS, RESULTS } from './enums.ts';
import { flag, number, open, text } from './wire.ts';

const progressFields = z.object({
  /** `[d.]hh:mm:ss`, without waiting. */
  duration: text,
  /** Text in the server's language: never to be computed with. */
  processingRate: text,
  bottleneck: open(BOTTLENECKS),
  processedSize: number,
  readSize: number,
  transferredSize: number,
  /** How some revisions misspell it. */
  transferedSize: number,
  progressPercent: number,
});

/** How far a session is and what it moved; sizes in bytes. */
export const progress = progressFields
  .transform(({ transferedSize, ...rest }) => ({
    ...rest,
    transferredSize: rest.transferredSize ?? transferedSize,
  }))
  .optional();

/** `isCanceled` is not reliable: cancelled runs come as failed too. */
export const result = z.object({ result: open(RESULTS), message: text, isCanceled: flag }).optional();
