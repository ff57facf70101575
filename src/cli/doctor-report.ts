import { type Access, toAccessLines } from './doctor-access.ts';
import { type Check, countOf, exitCodeOf, SECTIONS } from './doctor-check.ts';

/** Lines that are fine, of a section that may have hundreds of them; what is not fine is always shown, up to MOST. */
const MOST_FINE = 12;
const MOST = 40;

/** What the doctor found, for a terminal: a line for each check, below it what to do, and what may be read as a table. */
export function toText(checks: Check[], access: readonly Access[], checkedAt: Date): string {
  const lines = SECTIONS.flatMap((section) => {
    const own = checks.filter((check) => check.section === section);
    const table = toAccessLines(access.filter((row) => row.section === section));
    return own.length === 0 ? [] : ['', section, ...toLines(own), ...table];
  });
  const { OK, WARN, FAIL } = countOf(checks);
  const verdict = FAIL > 0 ? 'not well' : WARN > 0 ? 'usable, with warnings' : 'all well';
  return [
    `dr365 doctor, ${checkedAt.toISOString().slice(0, 16).replace('T', ' ')} UTC`,
    ...lines,
    '',
    `${verdict}: ${FAIL} FAIL, ${WARN} WARN, ${OK} OK`,
    '',
  ].join('\n');
}

/** The same for a program. */
export function toJson(checks: Check[], access: readonly Access[], checkedAt: Date): string {
  const exitCode = exitCodeOf(checks);
  const report = {
    ok: exitCode === 0,
    exitCode,
    checkedAt: checkedAt.toISOString(),
    counts: countOf(checks),
    checks: checks.map(({ isBadSetting: _exit, ...check }) => check),
    access,
  };
  return `${JSON.stringify(report)}\n`;
}

function toLines(checks: Check[]): string[] {
  const fine = checks.filter(({ status }) => status === 'OK').slice(0, MOST_FINE);
  const trouble = checks.filter(({ status }) => status !== 'OK').slice(0, MOST);
  const shown = checks.filter((check) => fine.includes(check) || trouble.includes(check));
  const hidden = checks.length - shown.length;
  return [...shown.flatMap(toLine), ...(hidden > 0 ? [`        and ${hidden} more: --json shows all`] : [])];
}

function toLine({ status, name, message, remedy }: Check): string[] {
  const lines = [`  ${status.padEnd(4)}  ${name}: ${message.replaceAll('\n', '\n        ')}`];
  return remedy ? [...lines, `        -> ${remedy}`] : lines;
}
