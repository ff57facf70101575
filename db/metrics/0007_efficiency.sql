-- What the efficiency worker concluded. Written once under the run's id and never updated: no role may.

create table job_efficiency (
  source_id            text not null,
  run_id               uuid not null,
  owner_id             text not null,
  kind                 text not null check (kind in ('FULL', 'INCREMENT', 'ALL')),
  owner_kind           text not null check (owner_kind in ('JOB', 'BACKUP')),
  name                 text not null,
  platform             text,
  repository_ids       text[] not null,
  files                integer not null check (files >= 0),
  excluded_files       jsonb not null,
  mismatched_files     integer not null check (mismatched_files >= 0),
  data_bytes           bigint not null check (data_bytes >= 0),
  stored_bytes         bigint not null check (stored_bytes >= 0),
  factor               double precision check (factor > 0),
  reduction_percent    double precision,
  change_rate          double precision check (change_rate >= 0),
  reference_factor     double precision,
  reference_basis      text check (reference_basis in ('PEERS', 'ASSUMED')),
  reference_peers      integer,
  score                double precision check (score between 0 and 100),
  potential_bytes      double precision check (potential_bytes >= 0),
  potential_cost       double precision check (potential_cost >= 0),
  trend                text not null check (trend in ('IMPROVING', 'STABLE', 'DEGRADING', 'INSUFFICIENT_DATA')),
  trend_percent        double precision,
  trend_low            double precision,
  trend_high           double precision,
  trend_points         integer not null,
  factor_30_days_ago   double precision,
  reason               text,
  primary key (source_id, run_id, owner_id, kind)
);
comment on table job_efficiency is 'Data reduction per job and kind of file by one run. Writer: efficiency. Retention: 730 days';
comment on column job_efficiency.owner_id is 'of the job; of a backup without a job the id of the backup';
comment on column job_efficiency.excluded_files is '{reason: files}: without size, empty and others, in no sum of the ratio';
comment on column job_efficiency.mismatched_files is 'files whose percentages contradict their sizes by more than 2 percent points';
comment on column job_efficiency.data_bytes is 'of all files with both sizes; stored_bytes of the same files';
comment on column job_efficiency.factor is 'data per stored byte, ratio of sums; null: not measurable, see reason';
comment on column job_efficiency.change_rate is 'data of an increment against the full before it; null: no such pair';
comment on column job_efficiency.reference_factor is '75th percentile of the same platform and kind, or 2 assumed; of ALL what its data would have at those of the kinds';
comment on column job_efficiency.potential_bytes is 'that a reduction like that of its peers would free now; null: not measurable';
comment on column job_efficiency.potential_cost is 'per year, in the currency of efficiency_summary';
comment on column job_efficiency.trend is 'of ALL that of the kind that degrades, else of the larger one';
comment on column job_efficiency.trend_percent is 'change of the factor in 30 days with its 90 % range; null: under 8 points';
comment on column job_efficiency.factor_30_days_ago is 'factor of the files made 30 to 60 days ago; null: none are left';

create table efficiency_anomaly (
  source_id      text not null,
  run_id         uuid not null,
  anomaly_id     text not null,
  type           text not null check (type in ('REDUCTION_DROP', 'VOLUME_SURGE', 'VOLUME_COLLAPSE', 'ENTROPY_SUSPECT', 'FLEET_SURGE', 'UNIT_MISMATCH')),
  owner_id       text not null,
  job_name       text not null,
  backup_id      text,
  backup_file_id text,
  workload_ids   text[] not null,
  workload_names text[] not null,
  kind           text,
  happened_at    timestamptz not null,
  score          double precision not null check (score between 0 and 1),
  z_ratio        double precision,
  z_volume       double precision,
  factor         double precision,
  usual_factor   double precision,
  data_bytes     bigint,
  usual_bytes    double precision,
  malware_status text,
  malware_event_ids text[] not null,
  confirmed_at   timestamptz,
  resolved_at    timestamptz,
  reasons        text[] not null,
  primary key (source_id, run_id, anomaly_id)
);
comment on table efficiency_anomaly is 'Backups unlike those before them, open or resolved within 90 days. Writer: efficiency. Retention: 730 days';
comment on column efficiency_anomaly.anomaly_id is 'the same anomaly has the same id in every run';
comment on column efficiency_anomaly.type is 'FLEET_SURGE: many machines grew on the same day at their usual reduction, as on a patch day';
comment on column efficiency_anomaly.owner_id is 'of the job, or of a backup without one; empty: of the whole source (FLEET_SURGE)';
comment on column efficiency_anomaly.workload_ids is 'of the file; of FLEET_SURGE 50 at most';
comment on column efficiency_anomaly.score is 'at least 0.5 for a file unlike others; share of the machines, or of the files, for FLEET_SURGE and UNIT_MISMATCH';
comment on column efficiency_anomaly.confirmed_at is 'when a second backup in a row said the same; of ENTROPY_SUSPECT at once; null: one backup only, a notice';
comment on column efficiency_anomaly.resolved_at is 'when two normal backups had followed; null: open';
comment on column efficiency_anomaly.malware_status is 'worst status of the restore points of the file; null: the source says none';

create table reclaimable_space (
  source_id     text not null,
  run_id        uuid not null,
  item_id       text not null,
  category      text not null check (category in ('ORPHANED', 'DISABLED_JOB', 'DOUBLY_PROTECTED', 'OVER_RETAINED', 'BELOW_PEERS')),
  owner_id      text not null,
  owner_name    text not null,
  backup_id     text,
  workload_id   text,
  workload_name text,
  repository_id text,
  files         integer not null check (files >= 0),
  bytes         bigint not null check (bytes >= 0),
  counted_bytes bigint not null check (counted_bytes between 0 and bytes),
  annual_cost   double precision check (annual_cost >= 0),
  oldest_at     timestamptz,
  newest_at     timestamptz,
  reason        text not null,
  caution       text not null,
  primary key (source_id, run_id, item_id)
);
comment on table reclaimable_space is 'What could be freed, by whom, and why it may be wanted. Writer: efficiency. Retention: 400 days';
comment on column reclaimable_space.counted_bytes is 'part of bytes that no earlier category claims: these add up, no byte twice';
comment on column reclaimable_space.annual_cost is 'of counted_bytes, in the currency of efficiency_summary';

create table repository_efficiency (
  source_id        text not null,
  run_id           uuid not null,
  repository_id    text not null,
  name             text not null,
  type             text not null,
  files            integer not null,
  unsized_files    integer not null,
  data_bytes       bigint not null,
  stored_bytes     bigint not null,
  reported_bytes   bigint,
  used_bytes       bigint,
  factor           double precision,
  clone_saving_bytes bigint,
  reason           text,
  primary key (source_id, run_id, repository_id)
);
comment on table repository_efficiency is 'Bytes in the files of each repository by one run. Writer: efficiency. Retention: 730 days';
comment on column repository_efficiency.stored_bytes is 'sum over all files that have a size';
comment on column repository_efficiency.reported_bytes is 'what the repository says its backups take; null: not reported';
comment on column repository_efficiency.used_bytes is 'capacity less free; null: no limit or no reading';
comment on column repository_efficiency.clone_saving_bytes is 'stored less used where blocks are shared on disk; null: none or not known';
comment on column repository_efficiency.reason is 'why the reduction cannot be measured here (an appliance reduces behind the counters); null: it can';

create table efficiency_summary (
  source_id           text not null,
  run_id              uuid not null,
  concluded_at        timestamptz not null,
  time_zone           text not null,
  jobs                integer not null,
  not_measurable_jobs integer not null,
  files               integer not null,
  data_bytes          bigint not null,
  stored_bytes        bigint not null,
  factor              double precision,
  score               double precision check (score between 0 and 100),
  reclaimable_bytes   bigint,
  reclaimable_cost    double precision,
  by_category         jsonb not null,
  open_anomalies      integer,
  price_per_tb_year   double precision not null check (price_per_tb_year >= 0),
  price_basis         text not null check (price_basis in ('CONFIGURED', 'DEFAULT')),
  currency            text not null,
  files_read_at       timestamptz,
  points_read_at      timestamptz,
  excluded_files      jsonb not null,
  completeness        jsonb not null,
  not_known           jsonb not null,
  primary key (source_id, run_id)
);
comment on table efficiency_summary is 'Storage efficiency of one source by one run. Writer: efficiency. Retention: 730 days';
comment on column efficiency_summary.concluded_at is 'by the clock of the source';
comment on column efficiency_summary.factor is 'data per stored byte over all that is measurable; null: nothing is';
comment on column efficiency_summary.score is 'of the jobs, weighted by stored bytes; null: nothing is measurable';
comment on column efficiency_summary.reclaimable_bytes is 'null: no file of any backup has been read. Likewise open_anomalies';
comment on column efficiency_summary.files_read_at is 'oldest last reading of the files of a backup that exists; null: never all';
comment on column efficiency_summary.points_read_at is 'last reading of restore points, whose malware status is used; null: never';
create index efficiency_summary_by_time on efficiency_summary (source_id, concluded_at desc);

do $$
declare
  result text;
begin
  foreach result in array array['job_efficiency', 'efficiency_anomaly', 'reclaimable_space', 'repository_efficiency', 'efficiency_summary'] loop
    execute format('grant select on %I to dr365_reader, dr365_advisor', result);
    execute format('grant select, insert on %I to dr365_collector', result);
  end loop;
end
$$;
