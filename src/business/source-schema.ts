import * as z from 'zod';
import { API_VERSION, FINGERPRINT, HOST, isTimeZone } from '../formats.ts';

const TEXT = 'it has to be a text in quotes';
const text = (pattern: RegExp, right: string) => z.string(TEXT).regex(pattern, `it has to be ${right}`);

function whole(low: number, high: number, unit: string) {
  const right = `it has to be a whole number from ${low} to ${high} (${unit})`;
  return z.number(right).int(right).min(low, right).max(high, right);
}

/** A label of few characters, as it becomes part of answers and of rules in the databases. */
export const tenantSchema = text(
  /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
  'a label of letters, digits, dots, dashes and underscores, such as "contoso"',
);

const secret = z.never({
  error:
    'a secret does not belong here: set password_file to a file that holds it, or password_env to the name of a variable',
});

const PATH = z.string(TEXT).min(1, 'it has to be the path of a file');

const server = z.strictObject(
  {
    server: text(HOST, 'a host name or an IP address, without https:// and without a port').optional(),
    port: whole(1, 65_535, 'usually 9419').optional(),
    username: text(/\S/, 'the account name, as "user", "HOST\\user" or "DOMAIN\\user"').optional(),
    password_file: PATH.optional(),
    password_env: text(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of a variable of the environment').optional(),
    password: secret.optional(),
    ca_file: PATH.optional(),
    fingerprint: text(
      FINGERPRINT,
      'the SHA-256 of the certificate: 64 hexadecimal digits, colons allowed',
    ).optional(),
    api_version: text(API_VERSION, 'an API revision such as "1.3-rev1"').optional(),
    time_zone: z
      .string(TEXT)
      .refine(isTimeZone, 'it has to be an IANA time zone such as "Europe/Berlin"')
      .optional(),
    backfill_days: whole(1, 400, 'days').optional(),
    request_budget: whole(10, 1_000_000, 'requests').optional(),
    tenant: tenantSchema.optional(),
  },
  'it has to be a table, such as [veeam.servers.hq] with a line server = "vbr01.example.com"',
);
export type ServerSection = z.infer<typeof server>;

/** `[veeam]`: backup servers by name, and what holds for all of them. */
export const veeamSchema = z
  .strictObject(
    {
      tenant: tenantSchema.optional(),
      servers: z
        .record(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/), server, {
          error: ({ code }) =>
            code === 'invalid_key'
              ? 'a name has letters, digits, dots, dashes and underscores, such as [veeam.servers.hq]'
              : 'it has to be a table, such as [veeam.servers.hq]',
        })
        .optional(),
    },
    'it has to be a table, such as [veeam.servers.hq]',
  )
  .optional();
