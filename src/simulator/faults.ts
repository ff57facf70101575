import { ConfigError } from '../errors.ts';
import { unit } from './random.ts';

/** What can go wrong, and what its numbers mean where it has any. */
export const FAULTS = {
  throttle: '429, with Retry-After where retryAfter (seconds) is given',
  'error-500': '500 in the form of the API',
  'error-502': '502 with a page of HTML, as a proxy in front gives it',
  'error-503': '503, with Retry-After where retryAfter (seconds) is given',
  'empty-401': '401 without a body',
  slow: 'the answer comes after ms milliseconds',
  reset: 'the connection is cut in the middle of the body',
  truncate: 'the body ends in the middle of the JSON',
  'expire-tokens': 'all access tokens become invalid',
  'lose-refresh': 'all tokens become invalid, as after a restart of the service',
  'clock-skew': 'the clock of the server jumps by minutes',
  'head-deletion': 'retention takes the oldest rows (count) from the list of sessions',
  'not-found': '404, as for a thing that is gone',
  forbidden: '403, as for a thing that the account may not read',
  'missing-rows':
    'from the second page on, the first rows (count) of the list are gone, and the others move up',
  'duplicate-row': 'a page begins with the last row of the page before',
  'agent-tasks-500': 'up to 1.3-rev1, lists of task sessions that hold agents answer 500',
  'new-certificate': 'the server gets a new certificate',
} as const;
type FaultName = keyof typeof FAULTS;

export type Fault = {
  name: FaultName;
  /** Chance for each request that fits, from 0 to 1; default 1. */
  probability?: number;
  /** Not before this many requests were answered. */
  after?: number;
  /** At most this many times. */
  times?: number;
  /** Part of the path that has to be there. */
  path?: string;
  retryAfter?: number;
  ms?: number;
  minutes?: number;
  count?: number;
};

export type Faults = {
  add: (...faults: (Fault | string)[]) => void;
  clear: () => void;
  /** Faults that strike this request, each counted as having struck. */
  strike: (path: string, isLaterPage?: boolean) => Fault[];
  /** Requests that came so far, which `after` counts, and how often any fault struck. */
  counts: () => { requests: number; struck: number };
};

const ONCE: FaultName[] = ['expire-tokens', 'lose-refresh', 'clock-skew', 'new-certificate'];
const NUMBERS = ['probability', 'after', 'times', 'retryAfter', 'ms', 'minutes', 'count'] as const;

/** Faults by a seeded draw: the same requests in the same order meet the same faults. */
export function createFaults(seed: number): Faults {
  let active: { fault: Fault; struck: number }[] = [];
  let requests = 0;
  let total = 0;
  const strikes = (
    { fault, struck }: { fault: Fault; struck: number },
    path: string,
    isLaterPage: boolean,
    i: number,
  ) =>
    (isLaterPage || fault.name !== 'missing-rows') &&
    requests > (fault.after ?? 0) &&
    struck < (fault.times ?? (ONCE.includes(fault.name) ? 1 : Number.POSITIVE_INFINITY)) &&
    (fault.path === undefined || path.includes(fault.path)) &&
    unit(seed, 990, requests, i) < (fault.probability ?? 1);
  return {
    add: (...faults) => {
      for (const fault of faults)
        active.push({ fault: typeof fault === 'string' ? parseFault(fault) : fault, struck: 0 });
    },
    clear: () => {
      active = [];
    },
    strike: (path, isLaterPage = false) => {
      requests += 1;
      const struck = active.filter((one, i) => strikes(one, path, isLaterPage, i));
      for (const one of struck) one.struck += 1;
      total += struck.length;
      return struck.map(({ fault }) => fault);
    },
    counts: () => ({ requests, struck: total }),
  };
}

/** `name` or `name:key=value,key=value`. @throws ConfigError that says what is possible */
function parseFault(text: string): Fault {
  const [name = '', parameters = ''] = text.split(/:(.*)/s);
  if (!(name in FAULTS))
    throw new ConfigError(
      `fault ${name.slice(0, 40)} is unknown: it has to be one of ${Object.keys(FAULTS).join(', ')}`,
    );
  const fault: Fault = { name: name as FaultName };
  for (const part of parameters.split(',').filter(Boolean)) {
    const [key = '', value = ''] = part.split(/=(.*)/s);
    if (key === 'path') fault.path = value;
    else setNumber(fault, key, value);
  }
  return fault;
}

function setNumber(fault: Fault, key: string, value: string): void {
  const name = NUMBERS.find((one) => one === key);
  const number = Number(value);
  if (name && value !== '' && Number.isFinite(number)) fault[name] = number;
  else
    throw new ConfigError(
      `fault ${fault.name}: ${key}=${value} is wrong: give path=TEXT or a number for ${NUMBERS.join(', ')}`,
    );
}
