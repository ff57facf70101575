-- What the health worker concluded. Written once under the run's id and never updated: no role may.

create table health_score (
  source_id                text not null,
  run_id                   uuid not null,
  concluded_at             timestamptz not null,
  overall_score            double precision not null check (overall_score between 0 and 100),
  score_low                double precision not null check (score_low between 0 and 100),
  score_high               double precision not null check (score_high between 0 and 100),
  coverage                 double precision not null check (coverage between 0 and 1),
  grade                    text not null check (grade in ('A', 'B', 'C', 'D', 'F', '?')),
  risk_level               text not null,
  components               jsonb not null,
  contributions            jsonb not null,
  trend_classification     text not null,
  trend_difference         double precision,
  trend_low                double precision,
  trend_high               double precision,
  jobs_enabled             integer not null,
  jobs_disabled            integer not null,
  sample_count             integer not null,
  date_range_days          double precision not null,
  average_frequency        double precision,
  success_rate             double precision check (success_rate between 0 and 1),
  retry_dependence         double precision check (retry_dependence between 0 and 1),
  last_session_timestamp   timestamptz,
  daily                    jsonb not null,
  completeness             jsonb not null,
  not_known                jsonb not null,
  recommendation           text not null,
  primary key (source_id, run_id),
  check (score_low <= overall_score and overall_score <= score_high)
);
comment on table health_score is 'Health of one source by one run. Writer: health. Retention: 730 days';
comment on column health_score.concluded_at is 'by the clock of the source';
comment on column health_score.coverage is 'share of the weights whose component is known';
comment on column health_score.components is '{name: {score, low, high, weight, known, reason}}';
comment on column health_score.contributions is 'points lost per component; 100 minus their sum is overall_score';
comment on column health_score.sample_count is 'finished runs of enabled jobs in the window';
comment on column health_score.average_frequency is 'runs per day';
comment on column health_score.daily is '[{day, success, warning, failed, recovered, canceled, running, unknown}] by local day of the source; null before the first known session';
comment on column health_score.not_known is 'texts: what could not be measured, and why';
create index health_score_by_time on health_score (source_id, concluded_at desc);

create table job_health (
  source_id                     text not null,
  run_id                        uuid not null,
  job_id                        text not null,
  job_name                      text not null,
  job_type                      text not null,
  job_enabled                   boolean,
  vanished_at                   timestamptz,
  repository_id                 text,
  repository_name               text,
  status                        text not null check (status in ('OK', 'WARNING', 'FAILING', 'LATE', 'BREACHED', 'NEVER', 'DISABLED', 'UNKNOWN')),
  priority                      text not null check (priority in ('CRITICAL', 'HIGH', 'MEDIUM', 'LOW', 'NONE')),
  total_runs                    integer not null,
  success_count                 integer not null,
  warning_count                 integer not null,
  failure_count                 integer not null,
  canceled_count                integer not null,
  running_count                 integer not null,
  effective_runs                double precision,
  success_rate                  double precision check (success_rate between 0 and 1),
  success_rate_low              double precision not null check (success_rate_low between 0 and 1),
  success_rate_high             double precision not null check (success_rate_high between 0 and 1),
  clean_rate                    double precision check (clean_rate between 0 and 1),
  usable_rate                   double precision check (usable_rate between 0 and 1),
  attempts_per_run              double precision,
  recovered_share               double precision check (recovered_share between 0 and 1),
  failure_streak                integer not null,
  expected_interval_hours       double precision,
  expected_interval_basis       text not null,
  rpo_hours                     double precision not null,
  last_good_end                 timestamptz,
  last_good_age_hours           double precision,
  last_failure_timestamp        timestamptz,
  last_failure_reason           text,
  last_failure_cause            text,
  failing_since                 timestamptz,
  freshness                     text not null check (freshness in ('OK', 'LATE', 'BREACHED', 'NEVER')),
  missed_runs                   integer,
  trend_classification          text not null,
  trend_difference              double precision,
  trend_low                     double precision,
  trend_high                    double precision,
  pattern_classification        text not null,
  pattern_detail                jsonb,
  top_messages                  jsonb not null,
  median_duration_seconds       double precision,
  rank_rate                     double precision,
  recommendation                text not null,
  primary key (source_id, run_id, job_id)
);
comment on table job_health is 'Reliability and freshness of each job by one run. Writer: health. Retention: 730 days';
comment on column job_health.success_rate is 'recency-weighted: success 1, warning by its weight, failed 0; null: no finished run. 80 % interval in _low, _high';
comment on column job_health.vanished_at is 'the job was deleted; it is listed for 30 days more';
comment on column job_health.rank_rate is 'shrunk toward the fleet rate; for ordering only';
comment on column job_health.rpo_hours is 'age that the last usable run may have';

create table health_finding (
  source_id    text not null,
  run_id       uuid not null,
  finding_id   text not null,
  kind         text not null,
  severity     text not null check (severity in ('critical', 'high', 'medium', 'low')),
  entity_kind  text not null,
  entity_id    text not null,
  entity_name  text not null,
  level        text,
  since_at     timestamptz,
  cause        jsonb,
  evidence     jsonb not null,
  primary key (source_id, run_id, finding_id)
);
comment on table health_finding is 'What is wrong, with the numbers it rests on. Writer: health. Retention: 730 days';
comment on column health_finding.finding_id is 'the same finding has the same id in every run';

create table health_incident (
  source_id       text not null,
  run_id          uuid not null,
  incident_id     text not null,
  started_at      timestamptz not null,
  ended_at        timestamptz not null,
  failed_jobs     integer not null,
  active_jobs     integer not null,
  tail_probability double precision not null check (tail_probability between 0 and 1),
  job_ids         text[] not null,
  suspected_cause jsonb,
  primary key (source_id, run_id, incident_id)
);
comment on table health_incident is 'Jobs that failed together more than chance explains. Writer: health. Retention: 730 days';
comment on column health_incident.suspected_cause is 'what the failed jobs share more than the others: {kind, id, name, lift}; null: nothing stands out';

grant select on health_score, job_health, health_finding, health_incident to dr365_reader, dr365_advisor;
grant select, insert on health_score, job_health, health_finding, health_incident to dr365_collector;
