import { confirmed, type Detector, judge, overAverage, suspects } from '../support/attack-judge.ts';
import { ALL_BENIGN, generateEstate } from '../support/attack-series.ts';
import { type Measurement, round } from './measurement.ts';

const SEEDS = [21, 22, 23, 24, 25, 26, 27, 28];
const MACHINES = 100;
const ATTACKED = 0.4;

/** All but lasting new contents: that those shrink less is a true drop, and told as one. */
const BENIGN = { ...ALL_BENIGN, newContents: false };

const DETECTORS: Record<string, Detector> = {
  'suspicions and confirmed drops': confirmed,
  'suspicions alone': suspects,
  'increment over 150 % of average': overAverage(1.5),
  'increment over 200 % of average': overAverage(2),
};

/** Attacks that backup files show within two backups, and false alarms, beside the plain rules. */
export async function* benchAnomalies(): AsyncGenerator<Measurement> {
  const attacked = SEEDS.map((seed) =>
    generateEstate({ seed, machines: MACHINES, attacked: ATTACKED, benign: BENIGN }),
  );
  const quiet = SEEDS.map((seed) => generateEstate({ seed: seed + 100, machines: MACHINES, benign: BENIGN }));
  for (const [name, detect] of Object.entries(DETECTORS)) {
    const { recall, f1, byKind } = judge(attacked, detect);
    const kinds = Object.entries(byKind).map(([kind, { told, of }]) => [kind, `${told}/${of}`]);
    yield {
      what: `encryption told within 2 backups, ${name}`,
      value: round(recall, 3),
      unit: 'share',
      falseAlarmsPer1000ObjectMonths: round(judge(quiet, detect).falsePer1000, 1),
      f1: round(f1, 3),
      ...(Object.fromEntries(kinds) as Record<string, string>),
    };
  }
}
