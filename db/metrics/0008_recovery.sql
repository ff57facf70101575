-- What the rto worker concluded. Written once under the run's id and never updated: no role may.

create table workload_recovery (
  source_id            text not null,
  run_id               uuid not null,
  workload_id          text not null,
  name                 text not null,
  platform             text,
  size_bytes           bigint,
  tier                 integer check (tier between 1 and 4),
  tier_weight          double precision not null check (tier_weight between 0 and 1),
  tier_rule            text,
  tier_basis           text not null check (tier_basis in ('EXPLICIT', 'PATTERN', 'ASSUMED')),
  job_ids              text[] not null,
  job_names            text[] not null,
  repository_ids       text[] not null,
  trials               integer not null,
  ok_trials            integer not null,
  failed_trials        integer not null,
  verifications        integer not null,
  ok_verifications     integer not null,
  p_mean               double precision check (p_mean between 0 and 1),
  p_low                double precision check (p_low between 0 and 1),
  p_high               double precision check (p_high between 0 and 1),
  basis                text not null check (basis in ('OWN', 'POOLED', 'ASSUMED', 'EXTRAPOLATED', 'NONE')),
  q50_minutes          double precision,
  q50_low              double precision,
  q50_high             double precision,
  q90_minutes          double precision,
  q90_low              double precision,
  q90_high             double precision,
  quantile_basis       text not null,
  max_guarantee        double precision check (max_guarantee between 0 and 1),
  overhead_minutes     double precision,
  gib_per_minute       double precision,
  rate_basis           text not null,
  rto_target_minutes   double precision not null,
  rto_target_basis     text not null check (rto_target_basis in ('WORKLOAD', 'TIER', 'DEFAULT')),
  sla_status           text not null check (sla_status in ('COMPLIANT', 'AT_RISK', 'NON_COMPLIANT', 'UNPROVEN', 'UNTESTED')),
  recency              text not null check (recency in ('FRESH', 'CURRENT', 'STALE', 'CRITICAL', 'NEVER')),
  last_test_at         timestamptz,
  last_test_class      text,
  last_failure_at      timestamptz,
  last_failure_reason  text,
  restore_points       integer not null,
  newest_point_id      text,
  newest_point_at      timestamptz,
  rpo_age_hours        double precision,
  rpo_target_hours     double precision not null,
  rpo_target_basis     text not null check (rpo_target_basis in ('WORKLOAD', 'TIER', 'DEFAULT')),
  rpo_status           text not null check (rpo_status in ('MET', 'AT_RISK', 'BREACHED', 'NEVER', 'UNKNOWN')),
  rpo_breached_share   double precision check (rpo_breached_share between 0 and 1),
  hidden_by_job        text,
  last_clean_point_id  text,
  last_clean_at        timestamptz,
  last_safe_point_id   text,
  last_safe_at         timestamptz,
  safe_proof           jsonb,
  immutable_until      timestamptz,
  immutable_basis      text,
  replicas             integer not null,
  newest_replica_at    timestamptz,
  score                double precision check (score between 0 and 100),
  score_low            double precision check (score_low between 0 and 100),
  score_high           double precision check (score_high between 0 and 100),
  grade                text not null check (grade in ('A', 'B', 'C', 'D', 'F', '?')),
  components           jsonb not null,
  test_rank            integer,
  test_benefit         double precision,
  reasons              text[] not null,
  primary key (source_id, run_id, workload_id)
);
comment on table workload_recovery is 'Whether each workload comes back, how fast and how old: every one has a row, tested or not. Writer: rto. Retention: 730 days';
comment on column workload_recovery.p_mean is 'probability that a restore succeeds within the target, 80 % range in p_low, p_high';
comment on column workload_recovery.q90_minutes is 'null: NOT_REACHED, too few tests or too many failures; reasons says which';
comment on column workload_recovery.max_guarantee is 'probability that the longest of its tests is beyond the 90 % quantile';
comment on column workload_recovery.gib_per_minute is 'GiB restored per minute after overhead_minutes';
comment on column workload_recovery.sla_status is 'UNTESTED: no restore of its own';
comment on column workload_recovery.rpo_age_hours is 'age of the newest usable point, best of all locations; null: none';
comment on column workload_recovery.rpo_breached_share is 'share of the last 30 days in which the newest point was older than the target; null: not known';
comment on column workload_recovery.hidden_by_job is 'job that ended well although this workload got no new point that can be used; null: none';
comment on column workload_recovery.last_safe_point_id is 'newest point both clean and verified; null: none, see reasons';
comment on column workload_recovery.safe_proof is '{kind, trial_id, at, reason}: what verified it';
comment on column workload_recovery.immutable_until is 'estimate: creation plus the days of the repository, generations may extend it; null: not immutable, or not known (immutable_basis)';
comment on column workload_recovery.test_rank is 'place among the tests worth doing next, 1 first; null: none needed';

create table recovery_location (
  source_id        text not null,
  run_id           uuid not null,
  workload_id      text not null,
  location_id      text not null,
  kind             text not null check (kind in ('REPOSITORY', 'REPLICA')),
  name             text,
  repository_type  text,
  is_copy          boolean,
  points           integer not null,
  newest_point_id  text,
  newest_point_at  timestamptz,
  oldest_point_at  timestamptz,
  age_hours        double precision,
  status           text not null check (status in ('MET', 'AT_RISK', 'BREACHED', 'NEVER', 'UNKNOWN')),
  malware_status   text,
  immutable_until  timestamptz,
  immutable_basis  text,
  primary key (source_id, run_id, workload_id, location_id)
);
comment on table recovery_location is 'Newest point of each workload in each place that holds it. Writer: rto. Retention: 400 days';

create table mass_restore (
  source_id       text not null,
  run_id          uuid not null,
  scenario        text not null,
  machines        integer not null,
  minutes         double precision,
  bound_minutes   double precision,
  within_target   boolean,
  bottleneck      text,
  detail          jsonb not null,
  primary key (source_id, run_id, scenario)
);
comment on table mass_restore is 'How long many restores at once take: N machines, each tier, everything. Writer: rto. Retention: 730 days';

create table recovery_summary (
  source_id          text not null,
  run_id             uuid not null,
  concluded_at       timestamptz not null,
  time_zone          text not null,
  workloads          integer not null,
  tested_workloads   integer not null,
  never_tested       integer not null,
  coverage           double precision check (coverage between 0 and 1),
  coverage_bytes     double precision check (coverage_bytes between 0 and 1),
  coverage_by_tier   jsonb not null,
  by_sla             jsonb not null,
  by_rpo             jsonb not null,
  hidden_breaches    integer not null,
  without_safe_point integer not null,
  trials             integer not null,
  excluded_trials    jsonb not null,
  unmapped_trials    integer not null,
  pool               jsonb not null,
  slots              integer,
  slots_basis        text not null,
  gib_per_minute     double precision,
  rate_basis         text not null,
  overhead_minutes   double precision,
  bandwidth_gib_per_minute double precision,
  bandwidth_basis    text not null,
  max_within_rto     integer,
  next_tests         jsonb not null,
  targets_file       text,
  targets_fingerprint text,
  points_read_at     timestamptz,
  restores_read_at   timestamptz,
  completeness       jsonb not null,
  not_known          jsonb not null,
  primary key (source_id, run_id)
);
comment on table recovery_summary is 'Recoverability of one source by one run. Writer: rto. Retention: 730 days';
comment on column recovery_summary.concluded_at is 'by the clock of the source';
comment on column recovery_summary.coverage is 'workloads with a restore or verification in the last 90 days; coverage_bytes weighs by size';
comment on column recovery_summary.pool is '{trials, ok, lower_bound, throughput}: what untested workloads inherit';
comment on column recovery_summary.next_tests is '[{workload_id, name, benefit, reason}], most useful first';
create index recovery_summary_by_time on recovery_summary (source_id, concluded_at desc);

do $$
declare
  result text;
begin
  foreach result in array array['workload_recovery', 'recovery_location', 'mass_restore', 'recovery_summary'] loop
    execute format('grant select on %I to dr365_reader, dr365_advisor', result);
    execute format('grant select, insert on %I to dr365_collector', result);
  end loop;
end
$$;
