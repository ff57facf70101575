/** What an account may read, for the table of the doctor. */
export type Access = {
  section: 'backup server' | 'Azure Backup';
  sourceId: string;
  source: string;
  endpoint: string;
  /** failed: the source did not answer as it should; not offered: its API is older. */
  access: 'allowed' | 'denied' | 'failed' | 'not offered';
  /** Workers that have less to conclude from without it; what they say, risk and remediation rest on. */
  features: readonly string[];
  /** What is not known without it. */
  gives: string;
};

const FEW = 3;

/** The table as lines: endpoint, whether it may be read and on which sources not, and what depends on it. */
export function toAccessLines(rows: readonly Access[]): string[] {
  if (rows.length === 0) return [];
  const lines = [...Map.groupBy(rows, ({ endpoint }) => endpoint)].map(([endpoint, all]) => [
    endpoint,
    accessText(all),
    `${all[0]?.features.join(', ')}: ${all[0]?.gives}`,
  ]);
  const table = [['endpoint', 'access', 'degrades without it (risk and remediation rest on all)'], ...lines];
  const width = (column: number) =>
    table.reduce((widest, cells) => Math.max(widest, cells[column]?.length ?? 0), 0);
  const [first, second] = [width(0), width(1)];
  return table.map(([a = '', b = '', c = '']) => `        ${a.padEnd(first)}  ${b.padEnd(second)}  ${c}`);
}

function accessText(rows: readonly Access[]): string {
  const [only] = rows;
  if (rows.length === 1) return only?.access ?? '';
  const groups = Map.groupBy(rows, ({ access }) => access);
  if (groups.size === 1) return `${only?.access} on all ${rows.length}`;
  return [...groups]
    .filter(([access]) => access !== 'allowed')
    .map(([access, all]) => {
      const names = all.slice(0, FEW).map(({ source }) => source);
      return `${access} on ${all.length} of ${rows.length} (${names.join(', ')}${all.length > FEW ? ', ...' : ''})`;
    })
    .join('; ');
}
