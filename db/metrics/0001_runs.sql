-- The record of every run: what was asked, what came back, what was missing. Written by the pipeline of all workers.

create table source (
  source_id     text primary key,
  kind          text not null check (kind in ('veeam', 'azure')),
  name          text not null,
  upstream_id   text,
  first_seen_at timestamptz not null
);
comment on table source is 'A VBR server or an Azure vault. First key of every other table. Writer: pipeline';
comment on column source.upstream_id is 'the id the server gives itself (vbrId); null: the account may not read it';

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
comment on table run is 'One run of one worker on one source. Writer: pipeline. Retention: 730 days, as its results';
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
comment on table run_endpoint is 'Completeness per endpoint of a run. Writer: pipeline. Retention: 180 days';
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
comment on table run_event is 'Audit: actions, errors and timings of a run, in order. Writer: pipeline. Retention: 180 days';

create table watermark (
  source_id  text not null,
  worker     text not null,
  stream     text not null,
  read_until timestamptz not null,
  run_id     uuid not null,
  primary key (source_id, worker, stream)
);
comment on table watermark is 'All rows of the stream up to here are stored, by the clock of the source. Writer: pipeline';

grant select on all tables in schema public to dr365_reader, dr365_advisor;
grant select, insert, update on source, run, run_endpoint, watermark to dr365_collector;
grant select, insert on run_event to dr365_collector;

-- Known time: a changed row keeps what was known before in "<table>_past", with the time until which it was believed.
create function keep_past() returns trigger language plpgsql as $$
begin
  execute format('insert into %I select ($1).*, $2', tg_argv[0]) using old, new.known_from;
  return new;
end
$$;
comment on function keep_past() is 'before update trigger; argument: the table that takes the earlier state. Loads update a row only where it changed';

-- Partitions by month are made when rows for the month arrive; only the owner may make tables, so this runs as the owner.
create function create_month_partition(parent regclass, month date) returns void
  language plpgsql security definer set search_path = pg_catalog, public as $$
declare
  first_day date := date_trunc('month', month)::date;
  child     text := parent::text || '_' || to_char(first_day, 'YYYY_MM');
begin
  if (select relkind from pg_class where oid = parent) is distinct from 'p' then
    raise exception '% is no partitioned table', parent;
  end if;
  perform pg_advisory_xact_lock(hashtextextended('create_month_partition ' || child, 0));
  if to_regclass('public.' || quote_ident(child)) is not null then
    return;
  end if;
  execute format('create table public.%I (like %s including defaults including constraints)', child, parent);
  execute format('alter table %s attach partition public.%I for values from (%L) to (%L)', parent, child,
                 first_day::timestamp at time zone 'UTC', (first_day + interval '1 month')::timestamp at time zone 'UTC');
  execute format('grant select on public.%I to dr365_reader, dr365_advisor', child);
end
$$;
revoke all on function create_month_partition(regclass, date) from public;
grant execute on function create_month_partition(regclass, date) to dr365_collector;
