-- What repositories hold, what lies in them, and when they are full. All sizes are bytes: a "GB" of the API is 2^30 of them.

create table repository (
  source_id                text not null,
  repository_id            text not null,
  name                     text not null,
  type                     text not null,
  description              text,
  host_id                  text,
  host_name                text,
  path                     text,
  is_online                boolean,
  is_out_of_date           boolean,
  has_limit                boolean,
  scale_out_repository_id  text,
  scale_out_name           text,
  extent_type              text,
  immutable_days           double precision,
  task_limit               integer,
  uses_fast_clone          boolean,
  consumption_limit_bytes  bigint,
  first_seen_at            timestamptz not null,
  vanished_at              timestamptz,
  known_from               timestamptz not null,
  primary key (source_id, repository_id)
);
comment on table repository is 'Backup repositories and extents, without their space: that is in repository_sample. Writer: capacity';
comment on column repository.has_limit is 'false: storage without a limit, so it has no date; null: the source reports no capacity now';
comment on column repository.scale_out_repository_id is 'the scale-out repository that this is an extent of; null: none';
comment on column repository.extent_type is 'Performance, Capacity or Archive; null: no extent';
comment on column repository.immutable_days is 'days that new backups cannot be deleted; 0: not immutable; null: not readable, or as long as the retention of each job';
comment on column repository.task_limit is 'tasks at once; null: no limit, or not readable';
comment on column repository.consumption_limit_bytes is 'soft limit of object storage; null: none, or not readable';

create table scale_out_repository (
  source_id                text not null,
  scale_out_repository_id  text not null,
  name                     text not null,
  description              text,
  capacity_tier            boolean,
  copies_to_capacity_tier  boolean,
  moves_to_capacity_tier   boolean,
  operational_restore_days double precision,
  archive_tier             boolean,
  archive_after_days       double precision,
  first_seen_at            timestamptz not null,
  vanished_at              timestamptz,
  known_from               timestamptz not null,
  primary key (source_id, scale_out_repository_id)
);
comment on table scale_out_repository is 'Scale-out repositories; their space is that of their extents. Writer: capacity';
comment on column scale_out_repository.capacity_tier is 'whether the tier is switched on; null: not said';

create table scale_out_extent (
  source_id               text not null,
  extent_key              text not null,
  scale_out_repository_id text not null,
  repository_id           text not null,
  name                    text not null,
  tier                    text not null check (tier in ('Performance', 'Capacity', 'Archive')),
  status                  text[] not null,
  first_seen_at           timestamptz not null,
  vanished_at             timestamptz,
  known_from              timestamptz not null,
  primary key (source_id, extent_key)
);
comment on table scale_out_extent is 'Which repository is an extent of which tier, and its state. Writer: capacity';
comment on column scale_out_extent.extent_key is 'scale-out repository and repository, as an extent may move';
comment on column scale_out_extent.status is 'Normal, Maintenance, Sealed, Evacuate and others; empty: the tier has none';

create table backup (
  source_id        text not null,
  backup_id        text not null,
  name             text not null,
  job_id           text,
  job_type         text,
  policy_unique_id text,
  platform_name    text,
  repository_id    text,
  repository_name  text,
  oldest_point_at  timestamptz,
  first_seen_at    timestamptz not null,
  vanished_at      timestamptz,
  known_from       timestamptz not null,
  primary key (source_id, backup_id)
);
comment on table backup is 'What a job (or an import) left in a repository. Writer: capacity';
comment on column backup.job_id is 'null: orphaned or imported, so no retention applies';
comment on column backup.oldest_point_at is 'moves on with retention: not the time of the first backup';

create table backup_file (
  source_id           text not null,
  backup_file_id      text not null collate "C",
  backup_id           text not null,
  name                text not null,
  kind                text not null check (kind in ('FULL', 'INCREMENT', 'OTHER')),
  data_bytes          bigint check (data_bytes >= 0),
  stored_bytes        bigint check (stored_bytes >= 0),
  dedup_percent       double precision,
  compress_percent    double precision,
  created_at          timestamptz,
  created_text        text,
  gfs_periods         text[] not null,
  object_ids          text[] not null,
  restore_point_count integer not null check (restore_point_count >= 0),
  severity            text,
  first_seen_at       timestamptz not null,
  vanished_at         timestamptz,
  known_from          timestamptz not null,
  primary key (source_id, backup_file_id)
);
comment on table backup_file is 'Files of backups. Read at most once a day per backup. Writer: capacity. Retention: 400 days after they vanished';
comment on column backup_file.kind is 'by the extension of the name';
comment on column backup_file.data_bytes is 'before reduction; null: not said';
comment on column backup_file.stored_bytes is 'on disk as the source counts them; block cloning may need less';
comment on column backup_file.dedup_percent is 'percent of the data that remains; 0 and 100: no saving, or not measured';
comment on column backup_file.created_text is 'as the source wrote it, local time without zone: one hour a year is ambiguous';
comment on column backup_file.object_ids is 'protected objects in the file';
comment on column backup_file.vanished_at is 'when it was first missed; the source says no more';
create index backup_file_by_backup on backup_file (source_id, backup_id) where vanished_at is null;

create table job_retention (
  source_id      text not null,
  job_id         text not null,
  kind           text check (kind in ('DAYS', 'POINTS')),
  quantity       integer check (quantity >= 0),
  gfs_weeks      integer,
  gfs_months     integer,
  gfs_years      integer,
  repository_id  text,
  first_seen_at  timestamptz not null,
  vanished_at    timestamptz,
  known_from     timestamptz not null,
  primary key (source_id, job_id)
);
comment on table job_retention is 'How long a job keeps what it stores. Read once a day. Writer: capacity';
comment on column job_retention.kind is 'null: the definition of the job says no retention';
comment on column job_retention.gfs_weeks is 'weeks that weekly fulls are kept; null: no weekly ones. Months and years likewise';

do $$
declare
  fact text;
begin
  foreach fact in array array['repository', 'scale_out_repository', 'scale_out_extent', 'backup', 'backup_file', 'job_retention'] loop
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

create table repository_sample (
  source_id        text not null,
  repository_id    text not null,
  sampled_at       timestamptz not null,
  local_day        date not null,
  capacity_bytes   bigint,
  free_bytes       bigint,
  used_bytes       bigint check (used_bytes >= 0),
  stored_bytes     bigint,
  is_online        boolean not null,
  is_out_of_date   boolean,
  is_imported      boolean not null,
  reason           text,
  recorded_at      timestamptz not null,
  primary key (source_id, repository_id, sampled_at)
) partition by range (sampled_at);
comment on table repository_sample is 'Space of each repository at each run, and imported history. Writer: capacity, import:capacity. Retention: 400 days';
comment on column repository_sample.sampled_at is 'by the clock of the source';
comment on column repository_sample.local_day is 'day of sampled_at in the zone of the source';
comment on column repository_sample.capacity_bytes is 'as reported; 0 or less: no limit; null: not reported';
comment on column repository_sample.free_bytes is 'as reported; may be below 0 where a soft limit is exceeded';
comment on column repository_sample.used_bytes is 'capacity less free, which is what runs out; of storage without a limit stored_bytes; null: no valid reading, see reason';
comment on column repository_sample.stored_bytes is 'size of the backups as the source counts them; null: not reported';
comment on column repository_sample.recorded_at is 'when we learnt it, by our clock';

create table repository_day (
  source_id      text not null,
  repository_id  text not null,
  local_day      date not null,
  used_at        timestamptz,
  used_bytes     bigint check (used_bytes >= 0),
  capacity_bytes bigint,
  stored_bytes   bigint,
  samples        integer not null,
  is_offline     boolean not null,
  is_imported    boolean not null,
  primary key (source_id, repository_id, local_day)
);
comment on table repository_day is 'Last valid sample of each local day, worked out from repository_sample. Writer: capacity, import:capacity';
comment on column repository_day.used_at is 'time of the sample; null: no valid sample on this day';
comment on column repository_day.capacity_bytes is 'newest of the day that an online sample reports; 0 or less: no limit; null: none';
comment on column repository_day.is_offline is 'the newest sample of the day says that the repository is offline';
comment on column repository_day.is_imported is 'the reading was imported, as there is none of our own';

create table backup_sample (
  source_id     text not null,
  backup_id     text not null,
  sampled_at    timestamptz not null,
  repository_id text,
  job_id        text,
  files         integer not null check (files >= 0),
  stored_bytes  bigint not null check (stored_bytes >= 0),
  data_bytes    bigint not null check (data_bytes >= 0),
  unsized_files integer not null check (unsized_files >= 0),
  is_whole      boolean not null,
  primary key (source_id, backup_id, sampled_at)
);
comment on table backup_sample is 'Sums over the files of a backup each time they were read, at most daily. Writer: capacity. Retention: 400 days';
comment on column backup_sample.files is '0: the backup is gone, or empty';
comment on column backup_sample.unsized_files is 'files without a size, not in the sums';
comment on column backup_sample.is_whole is 'false: new files only were read, so files deleted since the last whole reading still count';
create index backup_sample_by_time on backup_sample (source_id, sampled_at);

-- What the capacity worker concluded. Written once under the run's id and never updated: no role may.

create table capacity_forecast (
  source_id               text not null,
  run_id                  uuid not null,
  repository_id           text not null,
  kind                    text not null check (kind in ('REPOSITORY', 'EXTENT', 'SCALE_OUT')),
  name                    text not null,
  type                    text not null,
  scale_out_repository_id text,
  concluded_at            timestamptz not null,
  made_on                 date not null,
  is_online               boolean,
  is_counted              boolean not null,
  shared_volume_with      text[] not null,
  use_bytes               bigint check (use_bytes >= 0),
  capacity_bytes          bigint check (capacity_bytes > 0),
  use_share               double precision check (use_share >= 0),
  backup_bytes            bigint check (backup_bytes >= 0),
  other_bytes             bigint,
  quality                 text not null check (quality in ('FORECAST', 'PRELIMINARY', 'CURRENT_ONLY', 'OFFLINE', 'UNBOUNDED', 'NO_DATA')),
  pattern                 text check (pattern in ('GROWING', 'STABLE', 'DECLINING')),
  history_days            integer not null,
  age_days                integer,
  horizon_days            integer not null,
  model                   text,
  weights                 jsonb not null,
  skill                   double precision,
  backtest_coverage       double precision check (backtest_coverage between 0 and 1),
  slope_bytes_per_day     double precision,
  slope_low               double precision,
  slope_high              double precision,
  thresholds              jsonb not null,
  status_80               text,
  early_80                integer,
  mid_80                  integer,
  late_80                 integer,
  status_90               text,
  early_90                integer,
  mid_90                  integer,
  late_90                 integer,
  status_100              text,
  early_100               integer,
  mid_100                 integer,
  late_100                integer,
  p_full_7                double precision check (p_full_7 between 0 and 1),
  p_full_30               double precision check (p_full_30 between 0 and 1),
  p_full_90               double precision check (p_full_90 between 0 and 1),
  band                    jsonb not null,
  weekly_effect           jsonb,
  purchase_bytes          double precision check (purchase_bytes >= 0),
  priority                text not null check (priority in ('URGENT', 'HIGH', 'MEDIUM', 'LOW', 'UNKNOWN', 'NONE')),
  confidence              text not null check (confidence in ('HIGH', 'MODERATE', 'LOW')),
  worst_extent_id         text,
  worst_extent_share      double precision,
  track_record            jsonb not null,
  reasons                 text[] not null,
  primary key (source_id, run_id, repository_id)
);
comment on table capacity_forecast is 'Use and forecast of each repository, extent and scale-out repository by one run. Writer: capacity. Retention: 730 days';
comment on column capacity_forecast.repository_id is 'of SCALE_OUT the id of the scale-out repository';
comment on column capacity_forecast.concluded_at is 'by the clock of the source';
comment on column capacity_forecast.made_on is 'local day of the source from which days are counted';
comment on column capacity_forecast.is_counted is 'its space is part of the sum of the estate: each volume once, no extents beside their scale-out repository';
comment on column capacity_forecast.shared_volume_with is 'repositories that report the same volume';
comment on column capacity_forecast.capacity_bytes is 'newest known; null: no limit, or none known';
comment on column capacity_forecast.backup_bytes is 'files of the backups on the volume at their last reading; null: not read, or not known per extent';
comment on column capacity_forecast.other_bytes is 'use_bytes less backup_bytes: other data; below 0 where block cloning or compression saves';
comment on column capacity_forecast.age_days is 'local days since the reading in use_bytes; null: none';
comment on column capacity_forecast.history_days is 'local days with a valid reading';
comment on column capacity_forecast.skill is '1 less the backtest error relative to no change; null: not testable';
comment on column capacity_forecast.slope_bytes_per_day is 'mean of the next 28 days, with its 80 % range; null: no forecast';
comment on column capacity_forecast.thresholds is '[{threshold, status, early, mid, late}]: the columns of 80, 90 and 100 % as one value';
comment on column capacity_forecast.early_80 is 'days from made_on on the pessimistic path; 0: exceeded; null: not within horizon_days, or not known (see status)';
comment on column capacity_forecast.p_full_7 is 'probability that 100 % is reached within 7 days; null: no limit or no forecast';
comment on column capacity_forecast.band is '[{ahead, low, mid, high}]: days and bytes, nominal 80 %';
comment on column capacity_forecast.weekly_effect is '7 numbers in bytes, Sunday first; null: none';
comment on column capacity_forecast.purchase_bytes is 'bytes to buy to stay under 80 % for 180 days after a delivery in 30; null: not known';
comment on column capacity_forecast.track_record is 'how earlier forecasts of it did: {scored, unscored, coverage, medianSignedError, bias, byDistance, confidence}';
create index capacity_forecast_by_day on capacity_forecast (source_id, made_on, repository_id, concluded_at desc);

create table capacity_event (
  source_id     text not null,
  run_id        uuid not null,
  repository_id text not null,
  event_id      text not null,
  kind          text not null check (kind in ('LEVEL_SHIFT', 'SPIKE', 'CAPACITY_CHANGE', 'OFFLINE')),
  local_day     date not null,
  bytes         double precision not null,
  days          integer,
  primary key (source_id, run_id, repository_id, event_id)
);
comment on table capacity_event is 'What happened to a repository within its history, as this run sees it. Writer: capacity. Retention: 730 days';
comment on column capacity_event.event_id is 'the same event has the same id in every run';
comment on column capacity_event.bytes is 'size of the step, below 0: freed; of OFFLINE 0';
comment on column capacity_event.days is 'days that it lasted; of OFFLINE only';

create table capacity_attribution (
  source_id      text not null,
  run_id         uuid not null,
  repository_id  text not null,
  period_days    integer not null check (period_days in (7, 30)),
  contributor_id text not null,
  kind           text not null check (kind in ('TOTAL', 'JOB', 'BACKUP', 'OTHER')),
  job_id         text,
  backup_id      text,
  name           text,
  since_at       timestamptz not null,
  until_at       timestamptz not null,
  bytes_before   bigint,
  bytes_after    bigint,
  delta_bytes    bigint,
  reason         text,
  primary key (source_id, run_id, repository_id, period_days, contributor_id)
);
comment on table capacity_attribution is 'Who filled a repository: BACKUP rows and OTHER add up to TOTAL exactly, so do JOB rows and OTHER. Written by runs that read backup files. Writer: capacity. Retention: 730 days';
comment on column capacity_attribution.repository_id is 'repository or scale-out repository';
comment on column capacity_attribution.contributor_id is 'kind and id';
comment on column capacity_attribution.job_id is 'of JOB and BACKUP; null: no job owns it';
comment on column capacity_attribution.since_at is 'reading at the start; later than period_days ago where our own history is shorter';
comment on column capacity_attribution.bytes_before is 'null: it was not there; of TOTAL and OTHER: not known';
comment on column capacity_attribution.delta_bytes is 'null: one of two readings is missing, see reason';

create table space_ledger (
  source_id     text not null,
  run_id        uuid not null,
  repository_id text not null,
  backup_id     text not null,
  line          integer not null,
  backup_name   text not null,
  job_id        text,
  job_name      text,
  basis         text not null check (basis in ('RETENTION', 'GFS', 'ACTIVE_CHAIN', 'NO_JOB', 'UNKNOWN_RETENTION', 'NO_DATE')),
  due_on        date,
  held_until    date,
  files         integer not null check (files > 0),
  stored_bytes  bigint not null check (stored_bytes >= 0),
  unsized_files integer not null check (unsized_files >= 0),
  primary key (source_id, run_id, repository_id, backup_id, line)
);
comment on table space_ledger is 'When stored bytes are released; all lines of a backup add up to what its files report, exactly. Written by runs that read backup files. Writer: capacity. Retention: 90 days, can be worked out again from backup_file_as_of';
comment on column space_ledger.basis is 'what keeps the bytes; ACTIVE_CHAIN: increments are still being added, so there is no date yet; NO_JOB: nobody will delete them';
comment on column space_ledger.due_on is 'local day on which retention may release them, an estimate; in the past: overdue; null: see basis';
comment on column space_ledger.held_until is 'local day before which immutability keeps them, an estimate: the API does not say it per file; in the past: not held any more; null: not immutable, or not known';
comment on column space_ledger.unsized_files is 'files without a size, counted as 0 bytes';

create table capacity_accuracy (
  source_id       text not null,
  repository_id   text not null,
  made_on         date not null,
  ahead_days      integer not null check (ahead_days > 0),
  target_on       date not null,
  forecast_run_id uuid not null,
  run_id          uuid not null,
  scored_at       timestamptz not null,
  low_bytes       double precision not null,
  mid_bytes       double precision not null,
  high_bytes      double precision not null,
  actual_bytes    bigint,
  is_inside       boolean,
  signed_error    double precision,
  scaled_error    double precision,
  primary key (source_id, repository_id, made_on, ahead_days)
);
comment on table capacity_accuracy is 'Each forecast against what came: the last one of each local day, at 7, 30, 90 and 180 days. Writer: capacity. Retention: 730 days';
comment on column capacity_accuracy.actual_bytes is 'last valid reading of the target day when scored; null: there was none';
comment on column capacity_accuracy.signed_error is 'bytes, actual less forecast';
comment on column capacity_accuracy.scaled_error is 'error in half-widths of the band on its side; beyond 1 is outside; null: a band without width was missed';
create index capacity_accuracy_by_target on capacity_accuracy (source_id, ahead_days, target_on desc);

create table capacity_summary (
  source_id       text not null,
  run_id          uuid not null,
  concluded_at    timestamptz not null,
  time_zone       text not null,
  repositories    integer not null,
  capacity_bytes  double precision not null,
  use_bytes       double precision not null,
  unbounded_bytes double precision not null,
  not_counted     integer not null,
  by_priority     jsonb not null,
  files_read_at   timestamptz,
  ledger_run_id   uuid,
  track_record    jsonb not null,
  completeness    jsonb not null,
  not_known       jsonb not null,
  primary key (source_id, run_id)
);
comment on table capacity_summary is 'Space of one source by one run, each volume counted once. Writer: capacity. Retention: 730 days';
comment on column capacity_summary.time_zone is 'of the server, by which local days are counted';
comment on column capacity_summary.capacity_bytes is 'sum over what has a limit and a reading; use_bytes likewise';
comment on column capacity_summary.unbounded_bytes is 'stored in storage without a limit';
comment on column capacity_summary.not_counted is 'repositories without a reading, not in the sums';
comment on column capacity_summary.files_read_at is 'oldest last reading of the files of a backup that exists; null: never all';
comment on column capacity_summary.ledger_run_id is 'newest run with rows in space_ledger and capacity_attribution; null: none';
comment on column capacity_summary.track_record is 'all forecasts of the source together, as in capacity_forecast';
create index capacity_summary_by_time on capacity_summary (source_id, concluded_at desc);

do $$
declare
  result text;
begin
  foreach result in array array['repository_sample', 'backup_sample', 'capacity_forecast', 'capacity_event', 'capacity_attribution',
                                'space_ledger', 'capacity_accuracy', 'capacity_summary'] loop
    execute format('grant select on %I to dr365_reader, dr365_advisor', result);
    execute format('grant select, insert on %I to dr365_collector', result);
  end loop;
end
$$;
grant select on repository_day to dr365_reader, dr365_advisor;
grant select, insert, update on repository_day to dr365_collector;
