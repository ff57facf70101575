import { toId } from '../../src/veeam/ids.ts';

/** What a machine is called that an older setting of a job still holds. */
const OUTDATED = /^outdated_/i;

type Identified = {
  id: string;
  name?: string | undefined;
  platformName?: string | undefined;
  objectId?: string | undefined;
  biosUuid?: string | undefined;
};

/**
 * Which machine an object of a backup is, the same in all backups that hold it: its id on its platform, or of its hardware;
 * where the source gives neither, its name.
 */
export function toWorkloadId(object: Identified): string {
  const platform = object.platformName ?? 'Unknown';
  const known = toPlatformObjectId(object);
  if (known) return `${platform}/${known}`;
  const name = object.name?.replace(OUTDATED, '').trim().toLowerCase();
  return name ? `${platform}/name/${name}` : `${platform}/object/${object.id}`;
}

/** The id of the machine on its platform, or of its hardware; null: none given. */
export const toPlatformObjectId = ({ objectId, biosUuid }: Identified): string | null =>
  toId(objectId) ?? toId(biosUuid);

export const isOutdated = (name: string | undefined): boolean => OUTDATED.test(name ?? '');
