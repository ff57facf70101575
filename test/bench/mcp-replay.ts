import { replay } from '../mcp/replay.ts';
import { globalSetup, globalTeardown } from '../support/global-setup.ts';
import { type Measurement, round } from './measurement.ts';

const DAYS = 90;
const SHOWN = 20;

/** A quarter of a year of a backup server and two vaults: every answer of it asked again with `as_of` at the end. */
export async function* benchReplay(): AsyncGenerator<Measurement> {
  await globalSetup();
  try {
    const begun = performance.now();
    const onDay = (day: number, answers: number) => {
      if (day % 10 === 9) process.stderr.write(`day ${day + 1}, ${answers} answers\n`);
    };
    const { answers, refused, different } = await replay({
      days: DAYS,
      jobs: 4,
      vaults: 2,
      azureItems: 6,
      onDay,
    });
    for (const one of different.slice(0, SHOWN)) process.stderr.write(`${JSON.stringify(one)}\n`);
    yield {
      what: `answers of ${DAYS} days that are other when they are asked again`,
      value: different.length,
      unit: 'answers',
      'asked again': answers,
      refused,
      minutes: round((performance.now() - begun) / 60_000, 1),
      wanted: 'none',
    };
  } finally {
    await globalTeardown();
  }
}
