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
  expected_score_after double precision not null check (expected_score_after between 0 and 100),
  delta                double precision not null,
  effort_low_hours     double precision not null check (effort_low_hours > 0),
  effort_high_hours    double precision not null check (effort_high_hours > 0),
  benefit_per_hour     double precision not null,
  rank                 integer not null check (rank > 0),
  hypotheses           jsonb not null,
  evidence             jsonb not null,
  investigation_steps  jsonb not null,
  options              jsonb not null,
  verify               jsonb not null,
  not_known            jsonb not null,
  primary key (source_id, plan_id, version)
);
comment on table remediation_plan is 'Advice for a person, one row per version. Writer: remediation. Retention: 365 days';
comment on column remediation_plan.plan_id is 'of scope, risk type and first rule: the same trouble has the same id';
comment on column remediation_plan.hypotheses is '[{rule_id, text, weight, cites: [{source, field, value, as_of}]}], likeliest first';
comment on column remediation_plan.options is '[{option_id, text, steps, prerequisites, risks, rollback, verification, effort_low_hours, effort_high_hours, what_if, expected_score_after, delta, benefit_per_hour}]';
comment on column remediation_plan.verify is '[{metric, op, target, window_hours, current, met}]: what has to hold for the plan to count as verified, as it was when written';
create index remediation_plan_by_run on remediation_plan (source_id, run_id);
create index remediation_plan_by_time on remediation_plan (source_id, created_at desc);

create table remediation_event (
  source_id  text not null,
  plan_id    text not null,
  run_id     uuid not null,
  version    integer not null,
  status     text not null check (status in ('OPEN', 'VERIFIED', 'REOPENED', 'SUPERSEDED', 'WITHDRAWN')),
  at         timestamptz not null,
  reason     text not null,
  metrics    jsonb not null,
  score_then double precision,
  predicted_score double precision,
  primary key (source_id, plan_id, run_id, version, status)
);
comment on table remediation_event is 'What became of a plan, machine-checked. Writer: remediation. Retention: 730 days';
comment on column remediation_event.status is 'WITHDRAWN: its subject is gone or its risk ended without the plan''s metrics, such as a deleted job';
comment on column remediation_event.metrics is 'the metrics of verify as measured then';
comment on column remediation_event.score_then is 'score of the item at that run; predicted_score is what the plan had promised';
create index remediation_event_by_time on remediation_event (source_id, at desc);

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
  cut            integer not null,
  frozen         boolean not null,
  reason         text,
  not_known      jsonb not null,
  primary key (source_id, run_id)
);
comment on table remediation_summary is 'One run of the remediation worker. Writer: remediation. Retention: 730 days';
comment on column remediation_summary.cut is 'risks that deserve a plan and got none because 50 come first';
comment on column remediation_summary.frozen is 'the data was stale: nothing was closed or reopened';
comment on column remediation_summary.reason is 'why there are no plans; null: there are some';
create index remediation_summary_by_time on remediation_summary (source_id, concluded_at desc);

do $$
declare
  result text;
begin
  foreach result in array array['remediation_plan', 'remediation_event', 'remediation_summary'] loop
    execute format('grant select on %I to dr365_reader', result);
    execute format('grant select, insert on %I to dr365_advisor', result);
  end loop;
end
$$;
