-- Advice. A version of a plan is written once; what becomes of it is a list of events. No role may change either.

create table remediation_plan (
  source_id            text not null,
  plan_id              text not null,
  version              integer not null check (version > 0),
  run_id               uuid not null,
  risk_run_id          uuid not null,
  item_id              text not null,
  created_at           timestamptz not null,
  scope_type           text not null check (scope_type in ('WORKLOAD', 'JOB', 'REPOSITORY', 'INCIDENT', 'ESTATE')),
  scope_id             text not null,
  name                 text not null,
  risk_type            text not null check (risk_type in ('gap', 'capacity', 'integrity', 'recover', 'evidence')),
  rule_ids             text[] not null,
  title                text not null,
  urgency              text not null check (urgency in ('CRITICAL', 'HIGH', 'MEDIUM', 'LOW')),
  urgency_reason       text not null,
  tier                 integer check (tier between 1 and 4),
  tier_weight          double precision not null,
  score_now            double precision not null check (score_now between 0 and 100),
  expected_score_after double precision check (expected_score_after between 0 and 100),
  delta                double precision,
  effort_low_hours     double precision not null check (effort_low_hours > 0),
  effort_high_hours    double precision not null check (effort_high_hours >= effort_low_hours),
  benefit_per_hour     double precision not null check (benefit_per_hour >= 0),
  rank                 integer not null check (rank > 0),
  hypotheses           jsonb not null,
  evidence             jsonb not null,
  investigation_steps  jsonb not null,
  options              jsonb not null,
  verify               jsonb not null,
  subject              jsonb not null,
  covers               text[] not null,
  not_known            jsonb not null,
  primary key (source_id, plan_id, version)
);
comment on table remediation_plan is 'Advice for a person, one row per version. Writer: remediation. Retention: 365 days';
comment on column remediation_plan.plan_id is 'of scope, subject, risk type and first rule: the same trouble has the same id';
comment on column remediation_plan.scope_id is 'of ESTATE the worker or the kind of finding that it is about, else the id of the source';
comment on column remediation_plan.expected_score_after is 'by the scorer of the risk, after the first option; null: the score has no term for what the plan is about. delta likewise';
comment on column remediation_plan.effort_low_hours is 'investigation and the cheapest option; high: 1.3 times investigation and the dearest';
comment on column remediation_plan.benefit_per_hour is 'points of score (of evidence: half the points of doubt) that the first option removes per hour of its upper effort';
comment on column remediation_plan.rank is 'when written, 1 first: tier weight times benefit_per_hour; as it is now: remediation_check';
comment on column remediation_plan.hypotheses is '[{rule_id, text, weight, cites: [{source, id, field, value, as_of}]}], likeliest first. Text of the source is in value alone';
comment on column remediation_plan.options is '[{option_id, rule_id, text, steps, prerequisites, risks, rollback, verification, effort_low_hours, effort_high_hours, what_if, expected_score_after, delta, doubt_removed, benefit_per_hour}], best first; steps are text for a person';
comment on column remediation_plan.verify is '[{metric, op, target, window_hours, current, as_of, met}]: what has to hold for the plan to count as verified, as it was when written';
comment on column remediation_plan.subject is '{job_ids, workload_ids, repository_ids} that verify is measured on';
comment on column remediation_plan.covers is 'plans that this one makes needless';
create index remediation_plan_by_run on remediation_plan (source_id, run_id);
create index remediation_plan_by_time on remediation_plan (source_id, created_at desc);

create table remediation_event (
  source_id             text not null,
  plan_id               text not null,
  run_id                uuid not null,
  version               integer not null,
  status                text not null check (status in ('OPEN', 'VERIFIED', 'REOPENED', 'SUPERSEDED', 'WITHDRAWN')),
  at                    timestamptz not null,
  reason                text not null,
  metrics               jsonb not null,
  score_then            double precision,
  predicted_score       double precision,
  superseded_by         text,
  superseded_by_version integer,
  primary key (source_id, plan_id, run_id, version, status)
);
comment on table remediation_event is 'What became of a plan, machine-checked. Writer: remediation. Retention: 730 days';
comment on column remediation_event.status is 'SUPERSEDED: by a newer version or another plan; WITHDRAWN: its subject is gone, or its risk ended without the plan''s metrics, such as a deleted job';
comment on column remediation_event.metrics is 'the metrics of verify as measured then';
comment on column remediation_event.score_then is 'score of the item at that run, null: it is gone; predicted_score is what the plan had promised';
create index remediation_event_by_time on remediation_event (source_id, at desc);

create table remediation_check (
  source_id  text not null,
  run_id     uuid not null,
  plan_id    text not null,
  version    integer not null,
  checked_at timestamptz not null,
  status     text not null check (status in ('OPEN', 'VERIFIED', 'REOPENED')),
  is_present boolean not null,
  is_frozen  boolean not null,
  rank       integer check (rank > 0),
  score_now  double precision,
  metrics    jsonb not null,
  primary key (source_id, run_id, plan_id)
);
comment on table remediation_check is 'How each open or verified plan stands in a run. Writer: remediation. Retention: 400 days';
comment on column remediation_check.is_present is 'its trouble is still among the risks';
comment on column remediation_check.is_frozen is 'an input that it rests on is stale or missing: nothing was closed or reopened';
comment on column remediation_check.rank is 'place in the list of this run; null: not among the first 50, or no longer a risk';
comment on column remediation_check.metrics is 'the metrics of verify as measured by this run';
create index remediation_check_by_plan on remediation_check (source_id, plan_id, checked_at desc);

create table remediation_summary (
  source_id      text not null,
  run_id         uuid not null,
  concluded_at   timestamptz not null,
  risk_run_id    uuid,
  considered     integer not null,
  open_plans     integer not null,
  new_versions   integer not null,
  verified       integer not null,
  reopened       integer not null,
  merged         integer not null,
  cut            integer not null,
  frozen         boolean not null,
  frozen_plans   integer not null,
  reason         text,
  not_known      jsonb not null,
  primary key (source_id, run_id)
);
comment on table remediation_summary is 'One run of the remediation worker. Writer: remediation. Retention: 730 days';
comment on column remediation_summary.considered is 'risks that deserve a plan';
comment on column remediation_summary.merged is 'of them part of another plan';
comment on column remediation_summary.cut is 'risks that deserve a plan and got none because 50 come first';
comment on column remediation_summary.frozen is 'the risks themselves were stale or missing: nothing was opened, closed or reopened; frozen_plans: an input of theirs was';
comment on column remediation_summary.reason is 'why there are no plans; null: there are some';
create index remediation_summary_by_time on remediation_summary (source_id, concluded_at desc);

do $$
declare
  result text;
begin
  foreach result in array array['remediation_plan', 'remediation_event', 'remediation_check', 'remediation_summary'] loop
    execute format('grant select on %I to dr365_reader', result);
    execute format('grant select, insert on %I to dr365_advisor', result);
  end loop;
end
$$;
