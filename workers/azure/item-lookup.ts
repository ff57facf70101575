import type { AzureJob } from '../../src/azure/jobs.ts';
import type { Metrics } from '../../src/db/connect.ts';

/** @returns the item that a job was about; null: the job names none that is known, or several */
export type ItemLookup = (
  job: Pick<AzureJob, 'containerName' | 'entityFriendlyName' | 'backupManagementType'>,
) => string | null;

type Item = { id: string; name: string; type: string | null; container: string; isGone: boolean };

/**
 * Jobs name no item: what they have is the container, of machines without its first part, and a short name that several
 * items may have. Items that exist go before those that are gone.
 */
export async function readItemLookup(db: Metrics, sourceId: string): Promise<ItemLookup> {
  const rows = await db
    .selectFrom('azure_item')
    .select(['item_id', 'name', 'management_type', 'container_name', 'vanished_at'])
    .where('source_id', '=', sourceId)
    .execute();
  const byContainer = new Map<string, Item[]>();
  const byName = new Map<string, Item[]>();
  for (const row of rows) {
    const item = {
      id: row.item_id,
      name: row.name,
      type: row.management_type,
      container: row.container_name ?? '',
      isGone: row.vanished_at !== null,
    };
    const { container } = item;
    for (const name of new Set([container, container.slice(container.indexOf(';') + 1)]))
      add(byContainer, name, item);
    add(byName, row.name, item);
  }
  return ({ containerName, entityFriendlyName: name = '', backupManagementType: type }) => {
    const inContainer = containerName ? (byContainer.get(containerName.toLowerCase()) ?? []) : [];
    if (inContainer.length > 0)
      return theOne(inContainer) ?? theOne(inContainer.filter((item) => isNamed(item, name)));
    const named = byName.get(name.toLowerCase()) ?? [];
    return theOne(
      named.filter(
        (item) =>
          (!type || item.type?.toLowerCase() === type.toLowerCase()) &&
          !isElsewhere(item.container, containerName ?? ''),
      ),
    );
  };
}

/** Two containers `…;group;machine` of one machine name in two groups: names are used again once a machine is gone. */
function isElsewhere(container: string, ofJob: string): boolean {
  const [own, other] = [container, ofJob].map((text) => text.toLowerCase().split(';').slice(-2));
  const areFull = [container, ofJob].every((text) => text.split(';').length > 2);
  return areFull && own?.[1] === other?.[1] && own?.[0] !== other?.[0];
}

/** Of databases some answers add the instance to the name: `Sales [MSSQLSERVER]`. */
const isNamed = ({ name }: Item, wanted: string): boolean =>
  wanted.toLowerCase() === name.toLowerCase() || wanted.toLowerCase().startsWith(`${name.toLowerCase()} [`);

function theOne(items: readonly Item[]): string | null {
  const present = items.filter(({ isGone }) => !isGone);
  const [one, ...others] = present.length > 0 ? present : items;
  return one && others.length === 0 ? one.id : null;
}

function add(map: Map<string, Item[]>, key: string, item: Item): void {
  if (key === '') return;
  const list = map.get(key.toLowerCase());
  if (list) list.push(item);
  else map.set(key.toLowerCase(), [item]);
}
