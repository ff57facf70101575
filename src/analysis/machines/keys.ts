import type { KeyKind } from './machine.ts';

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/;

/** Ids that firmware gives to any machine when nobody set one. */
const NOBODY = new Set([
  '03000200-0400-0500-0006-000700080009',
  '00020003-0004-0005-0006-000700080009',
  '12345678-1234-5678-90ab-cddeefaabbcc',
  '78563412-3412-7856-90ab-cddeefaabbcc',
]);

const NO_HOST = new Set(['localhost', 'unknown', 'none', 'null', 'default', 'template', 'n/a']);

/** Domains that any network may have: the same name in two of them says little. */
const ANYBODYS_DOMAIN =
  /^((corp|ad|domain|company|internal|intern|office|local|lan|home|test|lab|dev|prod|example|contoso|mydomain|int)\.)?(local|localdomain|lan|home|internal|intranet|private|workgroup|test|invalid|localhost|corp)$/;

/** Where a cloud puts machines that nobody gave a domain. */
const CLOUD_DOMAIN = /(^|\.)(internal\.cloudapp\.net|cloudapp\.azure\.com|compute\.internal)$/;

/**
 * A key as it is compared: lower case; of an id of hardware the byte order that sorts first, since firmware tells the first
 * three parts in either. null: it identifies nothing, as ids of all zeros and names such as localhost do.
 */
export function normaliseKey(kind: KeyKind, value: string): string | null {
  const text = value.trim().toLowerCase();
  if (text === '') return null;
  switch (kind) {
    case 'BIOS_UUID':
      return toUuid(text);
    case 'FQDN': {
      const name = text.replace(/\.+$/, '');
      const { host, domain } = splitName(name);
      return domain === null || NO_HOST.has(host) ? null : name;
    }
    case 'HOST_NAME':
      return NO_HOST.has(text) ? null : text;
    case 'AZURE_RESOURCE':
      return text.replace(/\/+$/, '');
    case 'INSTANCE_ID':
      return text;
  }
}

function toUuid(text: string): string | null {
  if (!UUID.test(text)) return null;
  const hex = text.replaceAll('-', '');
  const uuid = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join(
    '-',
  );
  if (/^(.)\1*$/.test(hex) || NOBODY.has(uuid)) return null;
  const other = swapBytes(uuid);
  return other < uuid ? other : uuid;
}

/** The same id in the other byte order. */
export function swapBytes(uuid: string): string {
  const reversed = (part: string) => part.match(/../g)?.toReversed().join('') ?? part;
  return uuid
    .split('-')
    .map((part, at) => (at < 3 ? reversed(part) : part))
    .join('-');
}

/** Host and domain of a full name; no domain where it is a name alone, an address, or a title with a dot in it. */
export function splitName(name: string): { host: string; domain: string | null } {
  const text = name.trim().toLowerCase().replace(/\.+$/, '');
  const isFull = /^[a-z0-9_-]+(\.[a-z0-9_-]+)+$/.test(text) && /\.[a-z][a-z0-9-]*$/.test(text);
  if (!isFull || CLOUD_DOMAIN.test(text))
    return { host: isFull ? (text.split('.')[0] ?? text) : text, domain: null };
  const dot = text.indexOf('.');
  return { host: text.slice(0, dot), domain: text.slice(dot + 1) };
}

/** Whether a full name is one that no other network has. */
export function isWorldwide(fqdn: string): boolean {
  const { domain } = splitName(fqdn);
  return domain !== null && !ANYBODYS_DOMAIN.test(domain) && !CLOUD_DOMAIN.test(fqdn);
}

/**
 * Whether an id of a platform is unique in the world. Inventories number their machines from one on, so the vm-12 of two of
 * them are two.
 */
export function isWorldwideInstance(value: string): boolean {
  const id = value.slice(value.lastIndexOf('/') + 1);
  return UUID.test(id) || /^i-[0-9a-f]{8,}$/.test(id) || value.startsWith('/subscriptions/');
}

/** The platform of an id, such as `vmware` of `vmware/vm-12`; empty: none said. */
export const instancePlatform = (value: string): string =>
  value.includes('/') && !value.startsWith('/') ? value.slice(0, value.indexOf('/')) : '';
