import { splitName } from './keys.ts';

/** What every estate calls machines: that two of them do says little. */
const ROLES = new Set(
  'web www sql db dc ad app file files fs srv server vm host test dev prod mail ex print dns dhcp proxy backup win linux ubuntu client pc node master worker rds ts erp crm api log mon gw fw jump bastion'.split(
    ' ',
  ),
);

/** NetBIOS cuts names here. */
const NETBIOS = 15;

/**
 * A name as it is compared: letters and numbers in turn, numbers by their value, nothing between them, so that `WEB_01` is
 * `web-1` and not `web-2`. Empty: there is nothing to compare.
 */
function skeleton(host: string): string {
  const parts = host
    .normalize('NFKD')
    .toLowerCase()
    .match(/[\p{L}]+|\d+/gu);
  if (!parts?.some((part) => /\p{L}/u.test(part))) return '';
  return parts.map((part) => (/^\d/.test(part) ? `#${part.replace(/^0+(?=\d)/, '')}` : part)).join('');
}

/** Whether a name is one that any estate may have: roles alone, with at most two digits. */
export function isCommonName(host: string): boolean {
  const words = host.toLowerCase().match(/[a-z]+/g) ?? [];
  const digits = host.match(/\d/g)?.length ?? 0;
  return digits <= 2 && words.every((word) => ROLES.has(word) || word.length === 1);
}

/** The names under which two machines may meet: by what they are made of, and by what NetBIOS leaves of long ones. */
export function nameBlocks(name: string): string[] {
  const { host } = splitName(name);
  const own = skeleton(host);
  if (own === '') return [];
  return host.length >= NETBIOS ? [own, `cut:${host.slice(0, NETBIOS)}`] : [own];
}

/** Whether two host names are one, also where one was cut to 15 characters. */
export function isSameHost(a: string, b: string): boolean {
  const [left, right] = [splitName(a).host, splitName(b).host];
  const own = skeleton(left);
  if (own !== '' && own === skeleton(right)) return true;
  const [short, long] = left.length <= right.length ? [left, right] : [right, left];
  return short.length === NETBIOS && long.startsWith(short);
}
