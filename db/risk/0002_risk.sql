-- What the risk worker concluded. Written once under the run's id and never updated: no role may.

create table risk_item (
  source_id           text not null,
  run_id              uuid not null,
  item_id             text not null,
  scope_type          text not null check (scope_type in ('WORKLOAD', 'JOB', 'REPOSITORY', 'INCIDENT', 'ESTATE')),
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
  own_priority        double precision not null check (own_priority between 0 and 100),
  is_listed           boolean not null,
  rank                integer not null check (rank > 0),
  category            text not null check (category in ('CRITICAL', 'HIGH', 'MEDIUM', 'LOW')),
  flags               text[] not null,
  job_ids             text[] not null,
  workload_ids        text[] not null,
  affected_jobs       integer not null check (affected_jobs >= 0),
  affected_workloads  integer not null check (affected_workloads >= 0),
  caused_by           text[] not null,
  shared_causes       jsonb not null,
  job_failure_risk_score  double precision not null,
  capacity_risk_score     double precision not null,
  efficiency_risk_score   double precision not null,
  recovery_risk_score     double precision not null,
  data_quality_risk_score double precision not null,
  reasons             text[] not null,
  primary key (source_id, run_id, item_id),
  check (score_low <= score + 1e-9 and score <= score_high + 1e-9)
);
comment on table risk_item is 'Risk of the next 30 days per workload, job, repository, open incident and estate-wide signal by one run. Writer: risk. Retention: 730 days';
comment on column risk_item.item_id is 'scope:id, so the same item has the same id in every run';
comment on column risk_item.coverage is 'severity-weighted share of the hazards that are measured';
comment on column risk_item.priority is 'tier weight times (score and half of what the range adds)';
comment on column risk_item.own_priority is 'priority of the hazards whose cause is no other item';
comment on column risk_item.is_listed is 'false: part of another item, which is listed for it (caused_by)';
comment on column risk_item.rank is 'place in the list, 1 is feared most; those that are not listed come last';
comment on column risk_item.flags is 'NOT_ASSESSED, TIER_ASSUMED, STALE_INPUT, PARTIAL_INPUT, MISSING_INPUT, UNPROTECTED, NEW, NOT_TESTED, SHARED_CAUSE';
comment on column risk_item.job_ids is 'at most 100 of affected_jobs; workload_ids likewise';
comment on column risk_item.caused_by is 'items of the shared causes that this one only refers to';
comment on column risk_item.shared_causes is '[{hazard, item_id, points}]: which part of the score comes from which of them';
comment on column risk_item.reasons is 'of all hazards, the one with most points first';
create index risk_item_by_rank on risk_item (source_id, run_id, rank);
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
  reasons      text[] not null,
  evidence     jsonb not null,
  primary key (source_id, run_id, item_id, hazard)
);
comment on table risk_hazard is 'What a score is made of: points add up to the score exactly. Writer: risk. Retention: 90 days';
comment on column risk_hazard.severity is 'what the score was worked out with: more for a cause that many share';
comment on column risk_hazard.is_stale is 'an input of it is STALE or MISSING';
comment on column risk_hazard.q is 'probability within 30 days, 80 % range in q_low, q_high';
comment on column risk_hazard.evidence is '[{table, run_id, id}]: rows of the metrics database it rests on, 20 at most; run_id is null for tables of facts';

create table risk_facts (
  source_id  text not null,
  run_id     uuid not null,
  kind       text not null check (kind in ('SOURCE', 'JOB', 'REPOSITORY', 'WORKLOAD', 'INCIDENT')),
  part       integer not null check (part >= 0),
  facts      jsonb not null,
  primary key (source_id, run_id, kind, part)
);
comment on table risk_facts is 'All that the scores of a run were worked out from, so that the same scorer gives the same numbers again, and others for "what if". Writer: risk. Retention: 90 days';
comment on column risk_facts.part is 'of each kind some hundred subjects, in order';
comment on column risk_facts.facts is 'SOURCE: {now, inputs, signals}; else a list of what src/analysis/risk/facts.ts describes';

create table risk_input (
  source_id       text not null,
  run_id          uuid not null,
  worker          text not null,
  status          text not null check (status in ('FRESH', 'STALE', 'PARTIAL', 'MISSING')),
  input_run_id    uuid,
  concluded_at    timestamptz,
  age_hours       double precision,
  expected_hours  double precision not null check (expected_hours > 0),
  completeness    double precision check (completeness between 0 and 1),
  missing         text[] not null,
  hazards         text[] not null,
  reason          text,
  primary key (source_id, run_id, worker)
);
comment on table risk_input is 'How good each input of a run was. What is not FRESH widens the ranges of its hazards. Writer: risk. Retention: 730 days';
comment on column risk_input.status is 'STALE: beyond 2.2 times expected_hours; PARTIAL: rows or endpoints are missing; MISSING: the worker never concluded on this source';
comment on column risk_input.concluded_at is 'end of its last run that concluded, by our clock';
comment on column risk_input.completeness is 'of the endpoint that was read least completely; null: no run, or one could not be read at all';
comment on column risk_input.missing is 'endpoints that were forbidden or failed and that a hazard rests on';

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
comment on column risk_compliance.rpo is 'PROVEN: met; UNPROVEN: met today but often missed, or not known; BROKEN: missed, or no point at all';
comment on column risk_compliance.rto is 'PROVEN: even the low end of the probability is 0.8 and the last test counts; BROKEN: even the high end is below';
comment on column risk_compliance.digits is '{digit: {status, rows: [{table, run_id, id}], expires_at, reasons}}; rpo and rto with their own status and target';
comment on column risk_compliance.first_expires_at is 'when the first proof expires; null: nothing is proven, or what is has no end';

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
comment on column risk_compliance_tier.counts is '{copies, media, offsite, immutable, zero_errors, rule, rpo, rto: {status: workloads}}';
comment on column risk_compliance_tier.all_proven is 'workloads that keep all of 3-2-1-1-0; any_broken: those that break one of it';

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
  estate             jsonb not null,
  severities         jsonb not null,
  config_file        text,
  config_fingerprint text,
  not_known          jsonb not null,
  primary key (source_id, run_id)
);
comment on table risk_summary is 'Risk of one source by one run. Writer: risk. Retention: 730 days';
comment on column risk_summary.concluded_at is 'by our clock';
comment on column risk_summary.estate_score is 'tier-weighted mean of the workloads (of the jobs where none is known); null: NO_DATA';
comment on column risk_summary.estate is '{points per hazard, coverage, category, worst, not_tested, left}: category and worst are those of the worst listed item';
comment on column risk_summary.by_category is 'listed items per category';
comment on column risk_summary.unprotected is '[{workload_id, name, reason}]: objects of disabled jobs that no other job protects';
comment on column risk_summary.config_file is 'dr365.toml in use; null: none, so all tiers and targets are defaults';
create index risk_summary_by_time on risk_summary (source_id, concluded_at desc);

do $$
declare
  result text;
begin
  foreach result in array array['risk_item', 'risk_hazard', 'risk_facts', 'risk_input', 'risk_compliance', 'risk_compliance_tier', 'risk_summary'] loop
    execute format('grant select on %I to dr365_reader', result);
    execute format('grant select, insert on %I to dr365_advisor', result);
  end loop;
end
$$;
