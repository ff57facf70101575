-- What the VBR server consists of. Every table here keeps its earlier states in "<table>_past".

create table backup_server (
  source_id              text primary key,
  name                   text,
  build_version          text,
  platform               text,
  api_revision           text not null,
  time_zone              text not null,
  time_zone_basis        text not null check (time_zone_basis in ('configured', 'iana', 'windows-name', 'offset', 'unknown')),
  clock_skew_seconds     double precision not null,
  certificate_thumbprint text,
  certificate_expires_at timestamptz,
  analyzer_ran_at        timestamptz,
  known_from             timestamptz not null
);
comment on table backup_server is 'The VBR server itself. Writer: health';
comment on column backup_server.clock_skew_seconds is 'its clock minus ours, rounded to whole minutes';
comment on column backup_server.analyzer_ran_at is 'last run of the security analyser; null: never, or not permitted';

create table job (
  source_id          text not null,
  job_id             text not null,
  name               text not null,
  type               text not null,
  description        text,
  workload           text,
  status             text,
  is_disabled        boolean,
  is_scheduled       boolean,
  schedule           jsonb,
  retry_count        integer,
  retry_wait_minutes double precision,
  after_job_id       text,
  copy_mode          text,
  repository_id      text,
  repository_name    text,
  objects_count      integer,
  last_run_at        timestamptz,
  last_result        text,
  next_run_at        timestamptz,
  session_id         text,
  first_seen_at      timestamptz not null,
  vanished_at        timestamptz,
  known_from         timestamptz not null,
  primary key (source_id, job_id)
);
comment on table job is 'Jobs and policies with their current state, running or not. Writer: health';
comment on column job.is_scheduled is 'null: the job has no readable definition (some types exist in the list of states only)';
comment on column job.schedule is '{kind, minuteOfDay, weekdays, intervalMinutes} in the zone of the server; null: not readable';
comment on column job.retry_count is 'automatic retries after a failure; null: unknown, 0: none';

create table managed_server (
  source_id       text not null,
  server_id       text not null,
  name            text not null,
  type            text not null,
  status          text,
  is_backup_server boolean,
  updates_state   text,
  first_seen_at   timestamptz not null,
  vanished_at     timestamptz,
  known_from      timestamptz not null,
  primary key (source_id, server_id)
);
comment on table managed_server is 'Hosts known to the VBR server. Writer: health';

create table proxy (
  source_id      text not null,
  proxy_id       text not null,
  name           text not null,
  type           text not null,
  host_id        text,
  host_name      text,
  is_disabled    boolean,
  is_online      boolean,
  is_out_of_date boolean,
  first_seen_at  timestamptz not null,
  vanished_at    timestamptz,
  known_from     timestamptz not null,
  primary key (source_id, proxy_id)
);
comment on table proxy is 'Backup proxies with their state. Writer: health';

create table license (
  source_id           text primary key,
  status              text,
  type                text,
  edition             text,
  expires_at          timestamptz,
  support_expires_at  timestamptz,
  licensed_instances  double precision,
  used_instances      double precision,
  licensed_sockets    double precision,
  used_sockets        double precision,
  licensed_capacity_tb double precision,
  used_capacity_tb    double precision,
  known_from          timestamptz not null
);
comment on table license is 'The installed licence. Writer: health';

create table config_backup (
  source_id       text primary key,
  is_enabled      boolean,
  is_encrypted    boolean,
  last_success_at timestamptz,
  known_from      timestamptz not null
);
comment on table config_backup is 'Backup of the VBR configuration itself. Writer: health';

create table best_practice (
  source_id     text not null,
  practice_id   text not null,
  name          text not null,
  status        text not null,
  note          text,
  first_seen_at timestamptz not null,
  vanished_at   timestamptz,
  known_from    timestamptz not null,
  primary key (source_id, practice_id)
);
comment on table best_practice is 'Findings of the security and compliance analyser. Writer: health';

create table malware_event (
  source_id        text not null,
  event_id         text not null,
  type             text not null,
  state            text,
  severity         text,
  source           text,
  engine           text,
  machine_name     text,
  machine_id       text,
  backup_object_id text,
  restore_point_id text,
  details          text,
  created_by       text,
  created_at       timestamptz,
  detected_at      timestamptz not null,
  first_seen_at    timestamptz not null,
  vanished_at      timestamptz,
  known_from       timestamptz not null,
  primary key (source_id, event_id)
);
comment on table malware_event is 'Malware detection events. Writer: health';
comment on column malware_event.detected_at is 'may lie before created_at: detections can be back-dated';
create index malware_event_by_time on malware_event (source_id, detected_at);

create table authorization_event (
  source_id     text not null,
  event_id      text not null,
  name          text not null,
  state         text not null,
  description   text,
  created_by    text,
  processed_by  text,
  created_at    timestamptz not null,
  processed_at  timestamptz,
  expires_at    timestamptz,
  first_seen_at timestamptz not null,
  vanished_at   timestamptz,
  known_from    timestamptz not null,
  primary key (source_id, event_id)
);
comment on table authorization_event is 'Requests that need a second administrator (four-eyes authorization). Writer: health';

do $$
declare
  fact text;
begin
  foreach fact in array array['backup_server', 'job', 'managed_server', 'proxy', 'license', 'config_backup',
                              'best_practice', 'malware_event', 'authorization_event'] loop
    execute format('create table %I (like %I)', fact || '_past', fact);
    execute format('alter table %I add column known_until timestamptz not null', fact || '_past');
    execute format('comment on table %I is %L', fact || '_past', 'Earlier states of ' || fact || '. Writer: trigger keep_past');
    execute format('create index on %I (source_id, known_until)', fact || '_past');
    execute format('create trigger keep_past before update on %I for each row execute function keep_past(%L)', fact, fact || '_past');
    -- The state of the table as it was known at a moment.
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
