-- What is protected, by which restore points and replicas, and every attempt to bring something back.

create table workload (
  source_id     text not null,
  workload_id   text not null,
  name          text not null,
  platform      text,
  type          text,
  size_bytes    bigint check (size_bytes > 0),
  tags          text[] not null,
  first_seen_at timestamptz not null,
  vanished_at   timestamptz,
  known_from    timestamptz not null,
  primary key (source_id, workload_id)
);
comment on table workload is 'One protected machine or object, however many backups hold it. Writer: rto';
comment on column workload.workload_id is 'platform and the id of the machine there (or of its hardware); without one its name';
comment on column workload.size_bytes is 'before reduction, as the newest restore point says that knows it; null: none does';
comment on column workload.tags is 'tags of its restore points';
comment on column workload.vanished_at is 'no backup holds it any more';

create table backup_object (
  source_id            text not null,
  backup_id            text not null,
  object_id            text not null,
  workload_id          text not null,
  name                 text not null,
  platform             text,
  type                 text,
  platform_object_id   text,
  path                 text,
  size_bytes           bigint check (size_bytes >= 0),
  restore_points_count integer check (restore_points_count >= 0),
  last_run_failed      boolean,
  first_seen_at        timestamptz not null,
  vanished_at          timestamptz,
  known_from           timestamptz not null,
  primary key (source_id, backup_id, object_id)
);
comment on table backup_object is 'Which objects lie in which backup. Writer: rto';
comment on column backup_object.platform_object_id is 'id of the machine on its platform, such as a moref, or of its hardware; null: the source gives none';
comment on column backup_object.restore_points_count is '0: listed, but nothing can be restored; null: not said';
create index backup_object_by_workload on backup_object (source_id, workload_id);

create table restore_point (
  source_id        text not null,
  restore_point_id text not null collate "C",
  backup_id        text,
  workload_id      text,
  name             text not null,
  platform         text,
  type             text,
  created_at       timestamptz not null,
  session_id       text,
  backup_file_id   text,
  malware_status   text,
  original_bytes   bigint check (original_bytes >= 0),
  operations       text[] not null,
  gfs_periods      text[] not null,
  tag              text,
  guest_os         text,
  first_seen_at    timestamptz not null,
  vanished_at      timestamptz,
  known_from       timestamptz not null,
  primary key (source_id, restore_point_id)
);
comment on table restore_point is 'States that can be restored. Writer: rto. Retention: 400 days after they vanished';
comment on column restore_point.created_at is 'of a copy the time of the point it was made from';
comment on column restore_point.workload_id is 'null: no object of its backup has its name';
comment on column restore_point.malware_status is 'Clean, Suspicious, Infected, Informative; null: the source says none';
comment on column restore_point.original_bytes is 'size of the machine; null: not known';
comment on column restore_point.operations is 'restores that the source allows from it; empty: it said none';
create index restore_point_by_workload on restore_point (source_id, workload_id, created_at desc);
create index restore_point_by_backup on restore_point (source_id, backup_id);
create index restore_point_by_file on restore_point (source_id, backup_file_id);

create table replica (
  source_id     text not null,
  replica_id    text not null,
  name          text not null,
  workload_id   text,
  type          text,
  job_id        text,
  platform      text,
  state         text,
  first_seen_at timestamptz not null,
  vanished_at   timestamptz,
  known_from    timestamptz not null,
  primary key (source_id, replica_id)
);
comment on table replica is 'Replicas, ready to take over. Writer: rto';
comment on column replica.workload_id is 'by the name of its points within the platform, as the source gives no id; null: no or several workloads have the name';

create table replica_point (
  source_id        text not null,
  replica_point_id text not null collate "C",
  replica_id       text not null,
  name             text,
  created_at       timestamptz not null,
  state            text,
  malware_status   text,
  operations       text[] not null,
  first_seen_at    timestamptz not null,
  vanished_at      timestamptz,
  known_from       timestamptz not null,
  primary key (source_id, replica_point_id)
);
comment on table replica_point is 'Restore points of replicas. Writer: rto. Retention: 400 days after they vanished';
comment on column replica_point.name is 'of the machine that was replicated: the replica itself has another';
create index replica_point_by_replica on replica_point (source_id, replica_id, created_at desc);

create table restore_mount (
  source_id        text not null,
  mount_id         text not null,
  kind             text not null,
  session_id       text,
  restore_point_id text,
  machine_name     text,
  state            text,
  unready_seen_at  timestamptz,
  ready_seen_at    timestamptz,
  error_message    text,
  first_seen_at    timestamptz not null,
  vanished_at      timestamptz,
  known_from       timestamptz not null,
  primary key (source_id, mount_id)
);
comment on table restore_mount is 'Instant recoveries and publications while they are mounted. Writer: rto';
comment on column restore_mount.unready_seen_at is 'last time that it was seen and not ready, by the clock of the source; null: it was ready when first seen';
comment on column restore_mount.ready_seen_at is 'first time that it was seen ready, by the clock of the source: it became so since unready_seen_at; null: never seen ready';

create table proxy_limit (
  source_id     text not null,
  proxy_id      text not null,
  name          text not null,
  type          text not null,
  task_limit    integer check (task_limit >= 0),
  first_seen_at timestamptz not null,
  vanished_at   timestamptz,
  known_from    timestamptz not null,
  primary key (source_id, proxy_id)
);
comment on table proxy_limit is 'How much each backup proxy does at once; its state is in proxy. Writer: rto';
comment on column proxy_limit.task_limit is 'tasks at once; null: not readable';

create table restore_trial (
  source_id        text not null,
  trial_id         text not null collate "C",
  origin           text not null check (origin in ('SESSION', 'IMPORT')),
  session_id       text,
  session_type     text not null,
  class            text not null check (class in ('FULL_VM', 'DISK', 'VOLUME', 'INSTANT', 'FLR', 'SUREBACKUP', 'CONTENT_SCAN', 'OTHER')),
  workload_id      text,
  mapped_by        text not null check (mapped_by in ('RESTORE_POINT', 'REPLICA_POINT', 'OBJECT', 'NAME', 'JOB', 'NONE')),
  object_name      text,
  job_name         text,
  started_at       timestamptz not null,
  ended_at         timestamptz,
  ready_at         timestamptz,
  ready_since      timestamptz,
  outcome          text not null check (outcome in ('OK', 'WARNING', 'FAILED', 'CANCELED', 'RUNNING', 'UNKNOWN')),
  scan_result      text,
  message          text,
  restore_point_id text,
  point_created_at timestamptz,
  repository_id    text,
  size_bytes       bigint check (size_bytes >= 0),
  boot_seconds     double precision check (boot_seconds >= 0),
  purpose          text not null check (purpose in ('TEST', 'PRODUCTION', 'UNKNOWN')),
  excluded         text,
  detail           jsonb not null,
  first_seen_at    timestamptz not null,
  vanished_at      timestamptz,
  known_from       timestamptz not null,
  primary key (source_id, trial_id)
);
comment on table restore_trial is 'Each attempt to bring something back or to verify it: one row per machine. Writer: rto, import:surebackup. Retention: 730 days';
comment on column restore_trial.trial_id is 'of the task session, else of the session; of an import a hash of its line';
comment on column restore_trial.mapped_by is 'how the workload was found; never by part of a name. OBJECT: by the id that an import gives; NAME: the source gives no id, and one workload alone has exactly this name; NONE: not found';
comment on column restore_trial.ended_at is 'null: running. Of INSTANT and FLR the end of the mount, which is no restore time';
comment on column restore_trial.ready_at is 'of INSTANT: latest time by which it was mounted; ready_since: earliest';
comment on column restore_trial.size_bytes is 'of the restored point; null: not known';
comment on column restore_trial.excluded is 'why its duration does not count; null: it counts';
create index restore_trial_by_workload on restore_trial (source_id, workload_id, started_at desc);
create index restore_trial_by_session on restore_trial (source_id, session_id);
create index restore_trial_by_time on restore_trial (source_id, started_at desc);

do $$
declare
  fact text;
begin
  foreach fact in array array['workload', 'backup_object', 'restore_point', 'replica', 'replica_point', 'restore_mount', 'proxy_limit', 'restore_trial'] loop
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
