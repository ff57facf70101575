import * as z from 'zod';
import type { Reading } from '../reading.ts';
import type { VeeamClient } from './client.ts';
import { words } from './enums.ts';
import { readRecorded } from './read-object.ts';
import { flag, number, open, text } from './wire.ts';

const dates = { expirationDate: text, supportExpirationDate: text };

const fields = z.object({
  status: open(words('Expired Invalid Valid')),
  type: open(words('Empty Evaluation Free NFR Perpetual Rental Subscription Promo')),
  edition: open(words('Community Enterprise EnterprisePlus Standard Unspecified')),
  licensedTo: text,
  supportId: text,
  autoUpdateEnabled: flag,
  ...dates,
  instanceLicenseSummary: z
    .object({
      licensedInstancesNumber: number,
      usedInstancesNumber: number,
      newInstancesNumber: number,
      rentalInstancesNumber: number,
      promoInstancesNumber: number,
      promoExpiresOn: text,
      ...dates,
    })
    .optional(),
  socketLicenseSummary: z
    .object({
      licensedSocketsNumber: number,
      usedSocketsNumber: number,
      remainingSocketsNumber: number,
      ...dates,
    })
    .optional(),
  capacityLicenseSummary: z
    .object({ licensedCapacityTb: number, usedCapacityTb: number, ...dates })
    .optional(),
});

/** Up to rev1 the dates are those of the licence, in rev2 those of its sections: then the last of them. */
const licenseSchema = fields.transform((license) => {
  const sections = [
    license.instanceLicenseSummary,
    license.socketLicenseSummary,
    license.capacityLicenseSummary,
  ];
  const latest = (name: keyof typeof dates) =>
    license[name] ?? latestOf(sections.map((section) => section?.[name]));
  return {
    ...license,
    expirationDate: latest('expirationDate'),
    supportExpirationDate: latest('supportExpirationDate'),
  };
});
export type VeeamLicense = z.infer<typeof licenseSchema>;

/** The installed licence. */
export function getLicense(client: VeeamClient, reading?: Reading): Promise<VeeamLicense> {
  return readRecorded(client, '/api/v1/license', licenseSchema, reading);
}

function latestOf(texts: (string | undefined)[]): string | undefined {
  return texts
    .filter((date) => date !== undefined && !Number.isNaN(Date.parse(date)))
    .toSorted((a, b) => Date.parse(a ?? '') - Date.parse(b ?? ''))
    .at(-1);
}
