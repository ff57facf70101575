-- The record of every run of the advisor's workers. Same shape as in the metrics database.

create table run (
  source_id       text not null,
  run_id          uuid not null,
  worker          text not null,
  status          text not null check (status in ('running', 'succeeded', 'partial', 'failed', 'abandoned')),
  started_at      timestamptz not null,
  finished_at     timestamptz,
  source_time     timestamptz,
  error_code      text,
  error_message   text,
  rows_loaded     bigint not null default 0,
  requests        bigint not null default 0,
  program_version text not null,
  api_revision    text,
  primary key (source_id, run_id),
  check (status in ('running', 'abandoned') or finished_at is not null)
);
comment on table run is 'One run of one worker on one source. Writer: pipeline (advisor). Retention: 730 days, as its results';
comment on column run.status is 'partial: concluded, but an endpoint was forbidden or failed; abandoned: the process died, seen by the next run';
comment on column run.source_time is 'UTC time by the clock of the source when it was asked; null: never reached';
create index run_by_worker on run (worker, source_id, finished_at desc);

create table run_endpoint (
  source_id     text not null,
  run_id        uuid not null,
  endpoint      text not null,
  outcome       text not null check (outcome in ('complete', 'incomplete', 'forbidden', 'failed')),
  message       text,
  requests      integer not null default 0,
  retries       integer not null default 0,
  pages         integer not null default 0,
  rows_fetched  bigint not null default 0,
  rows_total    bigint,
  rows_rejected bigint not null default 0,
  rows_repeated bigint not null default 0,
  duration_ms   double precision not null default 0 check (duration_ms >= 0),
  primary key (source_id, run_id, endpoint)
);
comment on table run_endpoint is 'Completeness per endpoint of a run. Writer: pipeline (advisor). Retention: 180 days';
comment on column run_endpoint.rows_total is 'rows the source said exist; null: it did not say';
comment on column run_endpoint.rows_rejected is 'rows that could not be read and were left out';

create table run_event (
  source_id text not null,
  run_id    uuid not null,
  seq       integer not null,
  at        timestamptz not null,
  action    text not null,
  detail    jsonb not null default '{}',
  primary key (source_id, run_id, seq)
);
comment on table run_event is 'Audit: actions, errors and timings of a run, in order. Writer: pipeline (advisor). Retention: 180 days';

grant select on run, run_endpoint, run_event to dr365_reader;
grant select, insert, update on run, run_endpoint to dr365_advisor;
grant select, insert on run_event to dr365_advisor;
