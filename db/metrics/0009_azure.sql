-- What only Azure Backup has, one vault being one source. What it has in common with a backup server is in the same tables:
-- a protected item is a job (its runs are sessions), an object in a backup of its own, and, with its machine, a workload; the vault is
-- a repository without a limit; a restore is a restore_trial.

create table azure_vault (
  source_id                 text primary key,
  vault_key                 text not null,
  name                      text not null,
  subscription_id           text not null,
  resource_group            text not null,
  location                  text,
  redundancy                text,
  cross_region_restore      boolean,
  soft_delete               text,
  soft_delete_days          integer check (soft_delete_days >= 0),
  immutability              text,
  multi_user_authorization  boolean,
  public_network_access     boolean,
  customer_managed_key      boolean,
  alerts_on_failures        boolean,
  time_zone                 text not null,
  clock_skew_seconds        double precision,
  raw                       jsonb not null,
  known_from                timestamptz not null
);
comment on table azure_vault is 'A Recovery Services vault with what protects its backups. Writer: health';
comment on column azure_vault.vault_key is 'its resource id in lower case';
comment on column azure_vault.redundancy is 'LocallyRedundant, ZoneRedundant, GeoRedundant; null: not readable';
comment on column azure_vault.soft_delete is 'Enabled, Disabled, AlwaysON; null: not readable';
comment on column azure_vault.immutability is 'Disabled, Unlocked (can be switched off again), Locked; null: not said';
comment on column azure_vault.multi_user_authorization is 'critical operations need a second person; null: not readable';
comment on column azure_vault.raw is 'settings as Azure said them, by kind of answer, to be read again by later versions';

create table azure_policy (
  source_id       text not null,
  policy_id       text not null,
  name            text not null,
  management_type text,
  workload_type   text,
  version         text,
  schedule        jsonb,
  retention       jsonb,
  instant_days    integer check (instant_days >= 0),
  tiering         jsonb,
  time_zone       text,
  items_count     integer,
  raw             jsonb not null,
  first_seen_at   timestamptz not null,
  vanished_at     timestamptz,
  known_from      timestamptz not null,
  primary key (source_id, policy_id)
);
comment on table azure_policy is 'When backups of items are made and how long they are kept. Writer: health';
comment on column azure_policy.policy_id is 'its name in lower case';
comment on column azure_policy.version is 'V1 (standard) or V2 (enhanced)';
comment on column azure_policy.schedule is 'of each part: {part, kind, times, days, intervalMinutes, window}; times are local to time_zone';
comment on column azure_policy.retention is 'of each part: {part, daily, weekly, monthly, yearly} with {count, unit}';

create table azure_item (
  source_id           text not null,
  item_id             text not null,
  name                text not null,
  policy_id           text,
  management_type     text,
  item_type           text,
  workload_type       text,
  resource_key        text,
  container_name      text,
  server_name         text,
  parent_name         text,
  protection_state    text,
  protection_status   text,
  health_status       text,
  health_details      jsonb not null,
  last_backup_status  text,
  last_backup_at      timestamptz,
  last_point_at       timestamptz,
  point_count         integer check (point_count >= 0),
  oldest_point_at     timestamptz,
  is_soft_deleted     boolean,
  deleted_for_good_at timestamptz,
  is_archive_enabled  boolean,
  policy_inconsistent boolean,
  first_seen_at       timestamptz not null,
  vanished_at         timestamptz,
  known_from          timestamptz not null,
  primary key (source_id, item_id)
);
comment on table azure_item is 'Protected items of a vault, also stopped and soft-deleted ones. Writer: health';
comment on column azure_item.item_id is 'container/item, lower case: also the job_id, the backup_id and the object_id of the item';
comment on column azure_item.resource_key is 'resource id of what it protects, lower case; null: the item does not say';
comment on column azure_item.last_point_at is 'newest restorable copy, which may be much older than the last backup; null: none';
comment on column azure_item.last_backup_status is 'job-like for machines, health-like for databases; null: no backup yet';

create table azure_container (
  source_id           text not null,
  container_id        text not null,
  name                text not null,
  management_type     text,
  container_type      text,
  registration_status text,
  health_status       text,
  resource_key        text,
  items_count         integer,
  first_seen_at       timestamptz not null,
  vanished_at         timestamptz,
  known_from          timestamptz not null,
  primary key (source_id, container_id)
);
comment on table azure_container is 'What holds protected items: machines, storage accounts. Writer: health';

create table azure_point (
  source_id        text not null,
  restore_point_id text not null collate "C",
  item_id          text not null,
  tiers            text[] not null,
  is_restorable    boolean,
  expires_at       timestamptz,
  is_soft_deleted  boolean,
  is_encrypted     boolean,
  archive_ready    boolean,
  size_bytes       bigint check (size_bytes >= 0),
  first_seen_at    timestamptz not null,
  vanished_at      timestamptz,
  known_from       timestamptz not null,
  primary key (source_id, restore_point_id)
);
comment on table azure_point is 'What only Azure says of a restore_point. Writer: rto. Retention: 400 days after it vanished';
comment on column azure_point.restore_point_id is 'item_id/point: the point''s own id is unique within its item only';
comment on column azure_point.tiers is 'tier:state, such as InstantRP:Valid, HardenedRP:Valid, ArchivedRP:Rehydrated; empty: not said';
comment on column azure_point.is_restorable is 'at once, without rehydration; null: the point does not say its tiers';
comment on column azure_point.size_bytes is 'file shares only; Azure tells no size of others';

-- Which keys a workload can be recognised by in another source.
create table workload_key (
  source_id     text not null,
  key_id        text not null,
  workload_id   text not null,
  kind          text not null check (kind in ('AZURE_RESOURCE', 'BIOS_UUID', 'INSTANCE_ID', 'FQDN', 'HOST_NAME')),
  value         text not null,
  origin        text not null,
  first_seen_at timestamptz not null,
  vanished_at   timestamptz,
  known_from    timestamptz not null,
  primary key (source_id, key_id)
);
comment on table workload_key is 'Keys by which a machine is recognised across sources. Writer: rto';
comment on column workload_key.key_id is 'workload_id, kind and value, joined by a bar';
comment on column workload_key.value is 'in lower case; a BIOS_UUID in the byte order that sorts first of its two';
comment on column workload_key.origin is 'where it was read, such as backup_object.platform_object_id';
create index workload_key_by_value on workload_key (kind, value) where vanished_at is null;

do $$
declare
  fact text;
begin
  foreach fact in array array['azure_vault', 'azure_policy', 'azure_item', 'azure_container', 'azure_point', 'workload_key'] loop
    execute format('create table %I (like %I)', fact || '_past', fact);
    execute format('alter table %I add column known_until timestamptz not null', fact || '_past');
    execute format('comment on table %I is %L', fact || '_past', 'Earlier states of ' || fact || '. Writer: trigger keep_past');
    execute format('create index on %I (source_id, known_until)', fact || '_past');
    execute format('create trigger keep_past before update on %I for each row execute function keep_past(%L)', fact, fact || '_past');
    execute format('create function %I(moment timestamptz) returns setof %I stable language sql as $f$
        select * from %I where known_from <= moment
        union all
        select %s from %I where known_from <= moment and known_until > moment $f$',
      fact || '_as_of', fact, fact,
      (select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute
        where attrelid = fact::regclass and attnum > 0 and not attisdropped),
      fact || '_past');
    execute format('grant select on %I, %I to dr365_reader, dr365_advisor', fact, fact || '_past');
    execute format('grant select, insert, update on %I to dr365_collector', fact);
    execute format('grant select, insert on %I to dr365_collector', fact || '_past');
  end loop;
end
$$;

-- Facts that do not change once they are said: no past.
create table azure_job_error (
  source_id       text not null,
  session_id      text not null collate "C",
  seq             integer not null,
  item_id         text,
  code            text,
  title           text,
  message         text,
  recommendations text[] not null,
  known_from      timestamptz not null,
  primary key (source_id, session_id, seq)
);
comment on table azure_job_error is 'Errors of Azure jobs as Azure said them; the reason that counts is in session_reason. Writer: health. Retention: 400 days';
comment on column azure_job_error.item_id is 'null: the job names nothing that is known, or several items';
create index azure_job_error_by_item on azure_job_error (source_id, item_id, known_from);

create table azure_usage (
  source_id  text not null,
  name       text not null,
  sampled_at timestamptz not null,
  value      double precision not null,
  unit       text,
  limit_value double precision,
  primary key (source_id, name, sampled_at)
);
comment on table azure_usage is 'Usages of a vault over time: bytes stored, counts. The bytes are also a repository_sample. Writer: capacity. Retention: 730 days';
comment on column azure_usage.limit_value is 'null: there is none';

grant select on azure_job_error, azure_usage to dr365_reader, dr365_advisor;
grant select, insert on azure_usage to dr365_collector;
grant select, insert, update on azure_job_error to dr365_collector;

-- One machine, several protections. Results of a run of rto, seen from its source.
create table workload_match (
  source_id         text not null,
  run_id            uuid not null,
  workload_id       text not null,
  other_source_id   text not null,
  other_workload_id text not null,
  verdict           text not null check (verdict in ('SAME', 'UNSURE', 'DIFFERENT')),
  basis             text not null check (basis in ('CONFIGURED', 'AZURE_RESOURCE', 'BIOS_UUID', 'INSTANCE_ID', 'FQDN', 'NAME')),
  probability       double precision not null check (probability between 0 and 1),
  evidence          jsonb not null,
  primary key (source_id, run_id, workload_id, other_source_id, other_workload_id)
);
comment on table workload_match is 'Workloads of other sources that are, or may be, the same machine. Writer: rto. Retention: 730 days';
comment on column workload_match.verdict is 'SAME: taken as one machine; UNSURE: shown, not merged; DIFFERENT: alike, and the configuration says they are two';
comment on column workload_match.evidence is '[{kind, own, other, weight}]: for and against';
grant select on workload_match to dr365_reader, dr365_advisor;
grant select, insert on workload_match to dr365_collector;

alter table workload_recovery
  add column home_source_id text,
  add column home_workload_id text,
  add column protections jsonb not null default '[]';
comment on column workload_recovery.home_source_id is 'with home_workload_id: the protection under which the machine is listed and counted, where another source protects it too; null: this one';
comment on column workload_recovery.protections is '[{source_id, workload_id, name, basis, newest_point_at, rpo_status}]: other protections of the machine; its rpo_ and trial figures count them';

alter table workload_recovery
  drop constraint workload_recovery_rpo_target_basis_check,
  add constraint workload_recovery_rpo_target_basis_check
    check (rpo_target_basis in ('WORKLOAD', 'TIER', 'POLICY', 'DEFAULT'));
comment on column workload_recovery.rpo_target_basis is 'POLICY: nobody set one, and the policy of an Azure item promises it; DEFAULT: nobody set one';

alter table recovery_location add column other_source_id text;
comment on column recovery_location.other_source_id is 'the place is in another source, under location_id without its prefix; null: in this one';

alter table recovery_summary add column matches jsonb not null default '{}';
comment on column recovery_summary.matches is '{same, unsure, different}: workloads that other sources know too';

alter table capacity_forecast add column cost jsonb;
comment on column capacity_forecast.cost is '{currency, price_per_tib_year, basis, now, growth_per_year, ahead: [{days, low, mid, high}]}: what the bytes of storage that is paid by use cost in a year; null: storage with a limit, or no reading';

-- Azure tells no bytes of single backups, so what could be freed there is known by its number and age alone.
alter table reclaimable_space alter column bytes drop not null;
comment on column reclaimable_space.bytes is 'null: the source tells no bytes of single backups; counted_bytes is 0 then and the reason says how many points there are';

-- Likewise of data and stored bytes: what a vault stores stands in repository_efficiency.reported_bytes.
alter table job_efficiency alter column data_bytes drop not null, alter column stored_bytes drop not null;
alter table repository_efficiency alter column data_bytes drop not null, alter column stored_bytes drop not null;
alter table efficiency_summary alter column data_bytes drop not null, alter column stored_bytes drop not null;
comment on column job_efficiency.data_bytes is 'of all files with both sizes; stored_bytes of the same files; null: the source tells no bytes of single backups';
comment on column repository_efficiency.stored_bytes is 'sum over all files that have a size; null: the source tells no files';
comment on column efficiency_summary.stored_bytes is 'null, like data_bytes: the source tells no bytes of single backups';
