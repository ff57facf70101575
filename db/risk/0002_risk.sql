-- What the risk worker concluded. Written once under the run's id and never updated: no role may.

create table risk_item (
  source_id           text not null,
  run_id              uuid not null,
  item_id             text not null,
  scope_type          text not null check (scope_type in ('WORKLOAD', 'JOB', 'REPOSITORY', 'INCIDENT')),
  scope_id            text not null,
  name                text not null,
  score               double precision not null check (score between 0 and 100),
  score_low           double precision not null check (score_low between 0 and 100),
  score_high          double precision not null check (score_high between 0 and 100),
  assumption_points   double precision not null check (assumption_points >= 0),
  coverage            double precision not null check (coverage between 0 and 1),
  tier                integer check (tier between 1 and 4),
  tier_weight         double precision not null check (tier_weight between 0 and 1),
  tier_weight_low     double precision not null check (tier_weight_low between 0 and 1),
  tier_weight_high    double precision not null check (tier_weight_high between 0 and 1),
  tier_rule           text,
  tier_basis          text not null check (tier_basis in ('EXPLICIT', 'PATTERN', 'ASSUMED')),
  priority            double precision not null check (priority between 0 and 100),
  priority_low        double precision not null check (priority_low between 0 and 100),
  priority_high       double precision not null check (priority_high between 0 and 100),
  rank                integer not null check (rank > 0),
  category            text not null check (category in ('CRITICAL', 'HIGH', 'MEDIUM', 'LOW')),
  flags               text[] not null,
  job_ids             text[] not null,
  workload_ids        text[] not null,
  affected_jobs       integer not null check (affected_jobs >= 0),
  affected_workloads  integer not null check (affected_workloads >= 0),
  caused_by           text[] not null,
  job_failure_risk_score  double precision not null,
  capacity_risk_score     double precision not null,
  efficiency_risk_score   double precision not null,
  recovery_risk_score     double precision not null,
  data_quality_risk_score double precision not null,
  reasons             text[] not null,
  primary key (source_id, run_id, item_id),
  check (score_low <= score + 1e-9 and score <= score_high + 1e-9)
);
comment on table risk_item is 'Risk of the next 30 days per workload, job, repository and shared cause by one run. Writer: risk. Retention: 730 days';
comment on column risk_item.item_id is 'the same item has the same id in every run';
comment on column risk_item.coverage is 'severity-weighted share of the hazards that are measured';
comment on column risk_item.priority is 'tier weight times (score and half of what the range adds)';
comment on column risk_item.rank is '1 is feared most';
comment on column risk_item.flags is 'NOT_ASSESSED, STALE_INPUT, PARTIAL_INPUT, UNPROTECTED, NEW_JOB and others';
comment on column risk_item.job_ids is 'at most 100 of affected_jobs; workload_ids likewise';
comment on column risk_item.caused_by is 'items of the shared causes that this one only refers to';
comment on column risk_item.job_failure_risk_score is '100 times q of gap; capacity_, efficiency_ (integrity), recovery_ likewise; data_quality_ is assumption_points';

create table risk_hazard (
  source_id    text not null,
  run_id       uuid not null,
  item_id      text not null,
  hazard       text not null check (hazard in ('gap', 'capacity', 'integrity', 'recover')),
  severity     double precision not null check (severity between 0 and 1),
  q            double precision not null check (q between 0 and 1),
  q_low        double precision not null check (q_low between 0 and 1),
  q_high       double precision not null check (q_high between 0 and 1),
  points       double precision not null check (points >= 0),
  basis        text not null check (basis in ('MEASURED', 'POOLED', 'ASSUMED', 'NONE')),
  evidence_at  timestamptz,
  age_days     double precision,
  is_stale     boolean not null,
  inputs       jsonb not null,
  reasons      text[] not null,
  evidence     jsonb not null,
  primary key (source_id, run_id, item_id, hazard)
);
comment on table risk_hazard is 'What a score is made of: points add up to the score exactly. Writer: risk. Retention: 730 days';
comment on column risk_hazard.q is 'probability within 30 days, 80 % range in q_low, q_high';
comment on column risk_hazard.inputs is 'what q was worked out from, so that the same scorer gives the same number again';
comment on column risk_hazard.evidence is '[{table, run_id, id}]: rows of the metrics database it rests on';

create table risk_input (
  source_id       text not null,
  run_id          uuid not null,
  worker          text not null,
  status          text not null check (status in ('FRESH', 'STALE', 'PARTIAL', 'FAILED', 'MISSING')),
  input_run_id    uuid,
  concluded_at    timestamptz,
  age_hours       double precision,
  expected_hours  double precision not null,
  hazards         text[] not null,
  reason          text,
  primary key (source_id, run_id, worker)
);
comment on table risk_input is 'How good each input of a run was. What is not FRESH widens the ranges of its hazards. Writer: risk. Retention: 730 days';

create table risk_compliance (
  source_id         text not null,
  run_id            uuid not null,
  workload_id       text not null,
  name              text not null,
  tier              integer check (tier between 1 and 4),
  copies            text not null check (copies in ('PROVEN', 'UNPROVEN', 'BROKEN')),
  media             text not null check (media in ('PROVEN', 'UNPROVEN', 'BROKEN')),
  offsite           text not null check (offsite in ('PROVEN', 'UNPROVEN', 'BROKEN')),
  immutable         text not null check (immutable in ('PROVEN', 'UNPROVEN', 'BROKEN')),
  zero_errors       text not null check (zero_errors in ('PROVEN', 'UNPROVEN', 'BROKEN')),
  rpo               text not null check (rpo in ('PROVEN', 'UNPROVEN', 'BROKEN')),
  rto               text not null check (rto in ('PROVEN', 'UNPROVEN', 'BROKEN')),
  digits            jsonb not null,
  first_expires_at  timestamptz,
  primary key (source_id, run_id, workload_id)
);
comment on table risk_compliance is '3-2-1-1-0 and targets per workload. Writer: risk. Retention: 730 days';
comment on column risk_compliance.digits is '{digit: {status, rows: [{table, id}], expires_at, reason}}';
comment on column risk_compliance.first_expires_at is 'when the first proof expires; null: nothing is proven';

create table risk_compliance_tier (
  source_id  text not null,
  run_id     uuid not null,
  tier       integer not null check (tier between 0 and 4),
  workloads  integer not null,
  counts     jsonb not null,
  all_proven integer not null,
  any_broken integer not null,
  primary key (source_id, run_id, tier)
);
comment on table risk_compliance_tier is 'Compliance rolled up per tier; 0: workloads whose tier is assumed. Writer: risk. Retention: 730 days';

create table risk_summary (
  source_id          text not null,
  run_id             uuid not null,
  concluded_at       timestamptz not null,
  status             text not null check (status in ('ASSESSED', 'NO_DATA')),
  workloads          integer not null,
  jobs               integer not null,
  items              integer not null,
  by_category        jsonb not null,
  not_assessed       integer not null,
  unprotected        jsonb not null,
  estate_score       double precision check (estate_score between 0 and 100),
  estate_low         double precision check (estate_low between 0 and 100),
  estate_high        double precision check (estate_high between 0 and 100),
  estate_assumption_points double precision,
  severities         jsonb not null,
  config_file        text,
  config_fingerprint text,
  not_known          jsonb not null,
  primary key (source_id, run_id)
);
comment on table risk_summary is 'Risk of one source by one run. Writer: risk. Retention: 730 days';
comment on column risk_summary.concluded_at is 'by our clock';
comment on column risk_summary.unprotected is '[{workload_id, name, reason}]: objects of disabled jobs that no other job protects';
comment on column risk_summary.config_file is 'dr365.toml in use; null: none, so all tiers and targets are defaults';
create index risk_summary_by_time on risk_summary (source_id, concluded_at desc);

do $$
declare
  result text;
begin
  foreach result in array array['risk_item', 'risk_hazard', 'risk_input', 'risk_compliance', 'risk_compliance_tier', 'risk_summary'] loop
    execute format('grant select on %I to dr365_reader', result);
    execute format('grant select, insert on %I to dr365_advisor', result);
  end loop;
end
$$;
