-- How long rows are kept, and what takes away the rest. The rules below are the one place that says it: the comments of the
-- tables are made from them here, the code reads them, and a test holds the documentation to them.

create table retention_setting (
  setting      text primary key,
  default_days integer not null check (default_days > 0),
  least_days   integer not null check (least_days > 0 and least_days <= default_days),
  reason       text not null
);
comment on table retention_setting is 'How long things are kept: [retention] of dr365.toml, names without _days. Writer: migration';
comment on column retention_setting.least_days is 'a shorter time is refused, by the program and by the functions here; reason says what needs it';

create table retention_rule (
  table_name  text primary key,
  setting     text not null references retention_setting,
  method      text not null check (method in ('PARTITION', 'AGE', 'VANISHED', 'RESULT', 'RUN', 'ENDPOINT', 'EVENT', 'PLAN', 'PLAN_EVENT', 'OWN')),
  time_column text,
  worker      text,
  by_source   boolean not null default false,
  kept        text not null,
  done_until  timestamptz,
  check ((method in ('PARTITION', 'AGE', 'VANISHED')) = (time_column is not null)),
  check ((method = 'RESULT') = (worker is not null))
);
comment on table retention_rule is 'What is taken away of each table. A table that is not here is kept for ever. Writer: migration, maintenance';
comment on column retention_rule.method is 'PARTITION: months are dropped; AGE: by time_column; VANISHED: so long after the source lost it; RESULT: with its run, or thinned; the others each by a function';
comment on column retention_rule.by_source is 'an index on (source_id, time_column) finds the rows';
comment on column retention_rule.kept is 'with the default; stands in the comment of the table';
comment on column retention_rule.done_until is 'all rows up to here have been looked at; null: never';

create table maintenance_run (
  maintenance_id bigint generated always as identity primary key,
  started_at     timestamptz not null default now(),
  finished_at    timestamptz,
  status         text not null default 'running' check (status in ('running', 'succeeded', 'incomplete', 'failed', 'abandoned')),
  message        text,
  settings       jsonb not null
);
comment on table maintenance_run is 'One run of the maintenance of this database. Writer: maintenance';
comment on column maintenance_run.status is 'incomplete: something was in use or time was up, the next one goes on; abandoned: the process died, what it had done is done';
comment on column maintenance_run.settings is 'days by setting, as they were in force';

create table maintenance_step (
  maintenance_id bigint not null references maintenance_run on delete cascade,
  seq            bigint generated always as identity,
  at             timestamptz not null default clock_timestamp(),
  action         text not null check (action in ('MAKE_PARTITION', 'DROP_PARTITION', 'THIN', 'DELETE')),
  object_name    text not null,
  runs           bigint,
  row_count      bigint,
  bytes          bigint,
  until          timestamptz,
  primary key (maintenance_id, seq)
);
comment on table maintenance_step is 'What a maintenance made and took away; committed together with it. Writer: maintenance';
comment on column maintenance_step.object_name is 'table, or partition; of THIN the worker';
comment on column maintenance_step.row_count is 'of a dropped partition as the planner estimated it; null: not known';
comment on column maintenance_step.until is 'older rows were taken away; of THIN end of the newest run that was';

create table database_size (
  sampled_on date not null,
  table_name text not null,
  bytes      bigint not null check (bytes >= 0),
  primary key (sampled_on, table_name)
);
comment on table database_size is 'Bytes of the database and of its tables with indexes and partitions, once a day (UTC). Writer: maintenance';
comment on column database_size.table_name is 'empty: the whole database';

alter table run
  add column results_dropped_at timestamptz,
  add column log_dropped_at     timestamptz;
comment on column run.results_dropped_at is 'maintenance took its results away; answers rest on the run before. null: they are there, or there never were any';
comment on column run.log_dropped_at is 'maintenance took its run_event rows away';
create index run_with_results on run (worker, source_id, finished_at desc) where results_dropped_at is null;
create index run_with_log on run (started_at) where log_dropped_at is null;

insert into retention_setting (setting, default_days, least_days, reason) values
  ('sessions', 400, 100, 'reliability, incidents and restores look back 90 days'),
  ('samples', 400, 100, 'growth is compared over 60 days of samples'),
  ('vanished', 400, 200, 'what is usual of a backup is told from files of 180 days'),
  ('trials', 730, 400, 'the chance of a restore rests on trials of 365 days, and those of 400 are looked at again'),
  ('results', 730, 400, 'forecasts are held against what came for 400 days'),
  ('every_run', 90, 14, 'changes of the last two weeks compare single runs'),
  ('daily_capacity', 400, 200, 'a forecast is scored up to 180 days after its day'),
  ('lists', 400, 30, 'the lists of the last month belong to the answers about it'),
  ('details', 90, 7, 'the details of the last week belong to the answers about it'),
  ('run_log', 180, 60, 'since when an endpoint is not read is told from the log');

insert into retention_rule (table_name, setting, method, time_column, worker, by_source, kept) values
  ('session',           'sessions', 'PARTITION', 'created_at', null, false, '400 days, by month'),
  ('task_session',      'sessions', 'PARTITION', 'created_at', null, false, '400 days, by month'),
  ('session_past',      'sessions', 'AGE', 'created_at', null, false, '400 days, by month'),
  ('session_reason',    'sessions', 'AGE', 'known_from', null, false, '400 days, by month'),
  ('session_reason_past', 'sessions', 'AGE', 'known_until', null, false, '400 days, by month'),
  ('session_log',       'sessions', 'AGE', 'known_from', null, false, '400 days, by month'),
  ('azure_job_error',   'sessions', 'AGE', 'known_from', null, false, '400 days, by month'),
  ('repository_sample', 'samples', 'PARTITION', 'sampled_at', null, false, '400 days, by month'),
  ('backup_sample',     'samples', 'AGE', 'sampled_at', null, true, '400 days'),
  ('repository_day',    'results', 'AGE', 'local_day', null, false, '730 days'),
  ('backup_file',       'vanished', 'VANISHED', 'vanished_at', null, false, '400 days after it vanished'),
  ('restore_point',     'vanished', 'VANISHED', 'vanished_at', null, false, '400 days after it vanished'),
  ('replica_point',     'vanished', 'VANISHED', 'vanished_at', null, false, '400 days after it vanished'),
  ('azure_point',       'vanished', 'VANISHED', 'vanished_at', null, false, '400 days after it vanished'),
  ('restore_trial',     'trials', 'AGE', 'started_at', null, true, '730 days'),
  ('azure_usage',       'results', 'AGE', 'sampled_at', null, false, '730 days'),
  ('capacity_accuracy', 'results', 'AGE', 'scored_at', null, false, '730 days'),
  ('run',               'results', 'RUN', null, null, false, '730 days; the newest that concluded, and those that a risk rests on, longer'),
  ('run_endpoint',      'run_log', 'ENDPOINT', null, null, false, '180 days, and as long as the results of its run'),
  ('maintenance_run',   'run_log', 'OWN', null, null, false, '180 days'),
  ('maintenance_step',  'run_log', 'OWN', null, null, false, '180 days'),
  ('database_size',     'lists', 'OWN', null, null, false, '400 days'),
  ('run_event',         'run_log', 'EVENT', null, null, false, '180 days'),
  ('health_score',      'results', 'RESULT', null, 'health', false, '730 days; one run a week after 90'),
  ('job_health',        'results', 'RESULT', null, 'health', false, '730 days; one run a week after 90'),
  ('health_finding',    'results', 'RESULT', null, 'health', false, '730 days; one run a week after 90'),
  ('health_incident',   'results', 'RESULT', null, 'health', false, '730 days; one run a week after 90'),
  ('capacity_summary',  'results', 'RESULT', null, 'capacity', false, '730 days; one run a day after 90, one a week after 400'),
  ('capacity_forecast', 'results', 'RESULT', null, 'capacity', false, '730 days; one run a day after 90, one a week after 400'),
  ('capacity_event',    'results', 'RESULT', null, 'capacity', false, '730 days; one run a day after 90, one a week after 400'),
  ('capacity_attribution', 'results', 'RESULT', null, 'capacity', false, '730 days; one run a day after 90, one a week after 400'),
  ('space_ledger',      'details', 'RESULT', null, 'capacity', false, '90 days'),
  ('job_efficiency',    'results', 'RESULT', null, 'efficiency', false, '730 days; one run a week after 90'),
  ('efficiency_anomaly', 'results', 'RESULT', null, 'efficiency', false, '730 days; one run a week after 90'),
  ('repository_efficiency', 'results', 'RESULT', null, 'efficiency', false, '730 days; one run a week after 90'),
  ('efficiency_summary', 'results', 'RESULT', null, 'efficiency', false, '730 days; one run a week after 90'),
  ('reclaimable_space', 'lists', 'RESULT', null, 'efficiency', false, '400 days; one run a week after 90'),
  ('workload_recovery', 'results', 'RESULT', null, 'rto', false, '730 days; one run a week after 90'),
  ('workload_match',    'results', 'RESULT', null, 'rto', false, '730 days; one run a week after 90'),
  ('mass_restore',      'results', 'RESULT', null, 'rto', false, '730 days; one run a week after 90'),
  ('recovery_summary',  'results', 'RESULT', null, 'rto', false, '730 days; one run a week after 90'),
  ('recovery_location', 'lists', 'RESULT', null, 'rto', false, '400 days; one run a week after 90');

-- Earlier states serve as_of for as long as there are results to be read with them.
insert into retention_rule (table_name, setting, method, time_column, by_source, kept)
select relname, 'results', 'AGE', 'known_until', true, '730 days after the state ended'
  from pg_class
 where relnamespace = 'public'::regnamespace and relkind = 'r' and relname like '%\_past'
   and relname not in ('session_past', 'session_reason_past');

-- The comments say what the rules say.
do $$
declare
  one record;
begin
  for one in
    select c.relname, regexp_replace(coalesce(obj_description(c.oid, 'pg_class'), ''), '\.? *Retention: .*$', '') as told,
           coalesce(r.kept, 'always') as kept
      from pg_class c left join retention_rule r on r.table_name = c.relname
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition and c.relname not like 'kysely%'
  loop
    if one.kept <> 'always' or obj_description(('public.' || quote_ident(one.relname))::regclass, 'pg_class') !~ 'Retention: ' then
      execute format('comment on table public.%I is %L', one.relname, one.told || '. Retention: ' || one.kept);
    end if;
  end loop;
end
$$;

-- Only the owner may delete and drop. These functions run as the owner, find by themselves what is old, and take no names of
-- tables: who may call them can take away what the rules give up, and nothing else. Times of the future are refused.

create function retention_days(days jsonb, wanted text) returns integer
  language plpgsql stable set search_path = pg_catalog, public as $$
declare
  rule  public.retention_setting;
  given integer;
begin
  select * into strict rule from public.retention_setting s where s.setting = wanted;
  given := coalesce((days ->> wanted)::integer, rule.default_days);
  if given < rule.least_days then
    raise exception 'retention of % for % days is too short: at least % days, as %', wanted, given, rule.least_days, rule.reason
      using errcode = 'invalid_parameter_value';
  end if;
  return given;
end
$$;

create function retention_until(days jsonb, wanted text, moment timestamptz) returns timestamptz
  language plpgsql stable set search_path = pg_catalog, public as $$
begin
  if moment > now() + interval '1 day' then
    raise exception 'the clock that asks for maintenance (%) is ahead of the database (%)', moment, now()
      using errcode = 'invalid_parameter_value';
  end if;
  return least(moment, now()) - public.retention_days(days, wanted) * interval '1 day';
end
$$;

-- Whole units of time, so that what is the last of its week stays the last.
create function utc_start(unit text, moment timestamptz) returns timestamptz
  language sql stable parallel safe set search_path = pg_catalog as $$ select date_trunc(unit, moment, 'UTC') $$;

create function begin_maintenance(days jsonb) returns bigint
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  id bigint;
begin
  perform public.retention_days(days, s.setting) from public.retention_setting s; -- before anything is touched
  update public.maintenance_run set status = 'abandoned' where status = 'running';
  delete from public.maintenance_run where started_at < now() - public.retention_days(days, 'run_log') * interval '1 day';
  delete from public.database_size where sampled_on < current_date - public.retention_days(days, 'lists');
  insert into public.maintenance_run (settings) values (days) returning maintenance_id into id;
  return id;
end
$$;
comment on function begin_maintenance(jsonb) is 'the caller holds the lock of the maintenance: one that is still running has died';

create function end_maintenance(id bigint, ended text, note text) returns void
  language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  update public.maintenance_run set finished_at = clock_timestamp(), status = ended, message = note
   where maintenance_id = id and status = 'running'
$$;

create function sample_database_size() returns void
  language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  insert into public.database_size (sampled_on, table_name, bytes)
  select (now() at time zone 'UTC')::date, name, bytes
    from (select '' as name, pg_database_size(current_database()) as bytes
          union all
          select root.relname::text, sum(pg_total_relation_size(tree.relid))::bigint
            from pg_class root cross join lateral (
                   select root.oid as relid where root.relkind = 'r'
                   union all select t.relid from pg_partition_tree(root.oid) t where root.relkind = 'p' and t.isleaf) tree
           where root.relnamespace = 'public'::regnamespace and root.relkind in ('r', 'p') and not root.relispartition
           group by root.relname having sum(pg_total_relation_size(tree.relid)) >= 1048576) sizes
  on conflict (sampled_on, table_name) do update set bytes = excluded.bytes
$$;
comment on function sample_database_size() is 'the database, and its tables from 1 MiB on';

-- One line for each table and maintenance, however many batches it took.
create function note_deleted(id bigint, did text, about text, of_runs bigint, deleted bigint, before timestamptz) returns void
  language plpgsql set search_path = pg_catalog, public as $$
begin
  update public.maintenance_step
     set row_count = row_count + deleted, runs = runs + of_runs, until = greatest(until, before), at = clock_timestamp()
   where maintenance_id = id and action = did and object_name = about;
  if not found then
    insert into public.maintenance_step (maintenance_id, action, object_name, runs, row_count, until)
    values (id, did, about, of_runs, deleted, before);
  end if;
end
$$;
revoke all on function note_deleted(bigint, text, text, bigint, bigint, timestamptz) from public;

-- Takes away what a run concluded. @returns rows
create function delete_results(of_source text, of_run uuid, of_worker text, also_endpoints boolean) returns bigint
  language plpgsql set search_path = pg_catalog, public as $$
declare
  rule    public.retention_rule;
  deleted bigint;
  total   bigint := 0;
begin
  for rule in select * from public.retention_rule where method = 'RESULT' and worker = of_worker
               or method = 'ENDPOINT' and also_endpoints loop
    execute format('delete from public.%I where source_id = $1 and run_id = $2', rule.table_name) using of_source, of_run;
    get diagnostics deleted = row_count;
    total := total + deleted;
  end loop;
  return total;
end
$$;
revoke all on function delete_results(text, uuid, text, boolean) from public;

-- Results of runs that are neither the last of their day or week nor needed. A run loses all of its results or none.
-- @returns how many runs; 0: there are none left
create function thin_results(id bigint, days jsonb, moment timestamptz, needed uuid[], most integer) returns integer
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  one     record;
  deleted bigint;
  total   bigint := 0;
  done    integer := 0;
  sums    jsonb := '{}';
begin
  for one in select * from public.thinnable_runs(days, moment, needed) loop
    deleted := public.delete_results(one.source_id, one.run_id, one.worker, one.log_dropped_at is not null);
    update public.run set results_dropped_at = clock_timestamp() where source_id = one.source_id and run_id = one.run_id;
    sums := sums || jsonb_build_object(one.worker, jsonb_build_object(
      'runs', coalesce((sums -> one.worker ->> 'runs')::bigint, 0) + 1,
      'rows', coalesce((sums -> one.worker ->> 'rows')::bigint, 0) + deleted, 'until', one.finished_at));
    total := total + deleted;
    done := done + 1;
    exit when total >= most or done >= 1000;
  end loop;
  for one in select key as worker, value as told from jsonb_each(sums) loop
    perform public.note_deleted(id, 'THIN', one.worker, (one.told ->> 'runs')::bigint, (one.told ->> 'rows')::bigint,
                                (one.told ->> 'until')::timestamptz);
  end loop;
  return done;
end
$$;

-- The newest run that concluded, of each worker on each source, keeps everything, however old it is.
create function is_newest_run(of_source text, of_worker text, ended timestamptz) returns boolean
  language sql stable set search_path = pg_catalog, public as $$
  select not exists (select from public.run n
                      where n.source_id = of_source and n.worker = of_worker and n.results_dropped_at is null
                        and n.status in ('succeeded', 'partial') and n.finished_at > ended)
$$;

-- Runs that are too old as a whole, with everything of them, and what is kept for less time than the run. @returns rows, 0: none left
create function drop_old_runs(id bigint, days jsonb, moment timestamptz, needed uuid[], most integer) returns bigint
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  one     record;
  rule    public.retention_rule;
  until   timestamptz := public.utc_start('week', public.retention_until(days, 'results', moment));
  deleted bigint;
  done    bigint := 0;
  total   bigint := 0;
begin
  for one in
    select r.source_id, r.run_id, r.worker from public.run r
     where r.started_at < until and r.status <> 'running' and coalesce(r.finished_at, r.started_at) < until
       and not (r.run_id = any(needed))
       and (r.results_dropped_at is not null or r.status not in ('succeeded', 'partial')
            or not public.is_newest_run(r.source_id, r.worker, r.finished_at))
     order by r.started_at limit least(most, 1000)
  loop
    total := total + public.delete_results(one.source_id, one.run_id, one.worker, true);
    for rule in select * from public.retention_rule where method in ('EVENT', 'RUN') loop
      execute format('delete from public.%I where source_id = $1 and run_id = $2', rule.table_name) using one.source_id, one.run_id;
      get diagnostics deleted = row_count;
      total := total + deleted;
    end loop;
    done := done + 1;
    exit when total >= most;
  end loop;
  if total > 0 then
    perform public.note_deleted(id, 'DELETE', 'run', done, total, until);
    return total;
  end if;
  -- Lists of runs whose other results stay.
  for rule in select * from public.retention_rule where method = 'RESULT' and setting <> 'results' order by table_name loop
    until := public.utc_start('day', public.retention_until(days, rule.setting, moment));
    for one in execute format($q$
      select r.source_id, r.run_id from public.run r
       where r.worker = $1 and r.results_dropped_at is null and r.status in ('succeeded', 'partial') and r.finished_at < $2
         and exists (select from public.%I t where t.source_id = r.source_id and t.run_id = r.run_id)
         and not public.is_newest_run(r.source_id, r.worker, r.finished_at) and not (r.run_id = any($3))
       order by r.finished_at limit 1000 $q$, rule.table_name) using rule.worker, until, needed
    loop
      execute format('delete from public.%I where source_id = $1 and run_id = $2', rule.table_name) using one.source_id, one.run_id;
      get diagnostics deleted = row_count;
      perform public.note_deleted(id, 'DELETE', rule.table_name, 1, deleted, until);
      total := total + deleted;
      exit when total >= most;
    end loop;
    exit when total >= most;
  end loop;
  return total;
end
$$;

-- The log of old runs; how completely a run read stays as long as its results. @returns runs, 0: none left
create function drop_old_logs(id bigint, days jsonb, moment timestamptz, most integer) returns integer
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  one       record;
  until     timestamptz := public.utc_start('day', public.retention_until(days, 'run_log', moment));
  deleted   bigint;
  endpoints bigint := 0;
  events    bigint := 0;
  done      integer := 0;
begin
  for one in
    select r.source_id, r.run_id, r.results_dropped_at is null and r.status in ('succeeded', 'partial') as has_results
      from public.run r
     where r.log_dropped_at is null and r.started_at < until and r.status <> 'running'
       and coalesce(r.finished_at, r.started_at) < until
     order by r.started_at limit 1000
  loop
    delete from public.run_event where source_id = one.source_id and run_id = one.run_id;
    get diagnostics deleted = row_count;
    events := events + deleted;
    if not one.has_results then
      delete from public.run_endpoint where source_id = one.source_id and run_id = one.run_id;
      get diagnostics deleted = row_count;
      endpoints := endpoints + deleted;
    end if;
    update public.run set log_dropped_at = clock_timestamp() where source_id = one.source_id and run_id = one.run_id;
    done := done + 1;
    exit when events + endpoints >= most;
  end loop;
  if done > 0 then
    perform public.note_deleted(id, 'DELETE', 'run_event', done, events, until);
    perform public.note_deleted(id, 'DELETE', 'run_endpoint', done, endpoints, until);
  end if;
  return done;
end
$$;

-- Deletes some rows of the next table that has old ones, by rules AGE and VANISHED. null: there are none left.
create function drop_old_rows(id bigint, days jsonb, moment timestamptz, most integer) returns bigint
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  rule    public.retention_rule;
  until   timestamptz;
  deleted bigint;
  lookup  text;
begin
  for rule in select * from public.retention_rule where method in ('AGE', 'VANISHED') order by table_name loop
    -- Whole weeks, and whole months where months of sessions go at once: a table is searched once in that time.
    until := public.utc_start(case when rule.setting = 'sessions' then 'month' else 'week' end,
                              public.retention_until(days, rule.setting, moment));
    continue when rule.done_until >= until;
    lookup := format('select t.ctid from public.%I t where t.%I < $1', rule.table_name, rule.time_column);
    if rule.by_source then
      lookup := 'select p.ctid from public.source s cross join lateral (' || lookup
                || ' and t.source_id = s.source_id limit $2) p';
    end if;
    execute format('delete from public.%I where ctid = any(array(%s limit $2))', rule.table_name, lookup)
      using until, greatest(1, least(most, 100000));
    get diagnostics deleted = row_count;
    if deleted > 0 then
      perform public.note_deleted(id, 'DELETE', rule.table_name, null, deleted, until);
      return deleted;
    end if;
    update public.retention_rule set done_until = until where table_name = rule.table_name;
  end loop;
  return null;
end
$$;

-- Of what is older than every_run one run a week stays, of capacity one a (local) day up to daily_capacity: forecasts of each day are
-- scored. Also a run whose files' reading another one that stays refers to.
create function thinnable_runs(days jsonb, moment timestamptz, needed uuid[])
  returns table (source_id text, run_id uuid, worker text, finished_at timestamptz, log_dropped_at timestamptz)
  language sql stable set search_path = pg_catalog, public as $$
  with edge as materialized (
    select public.utc_start('week', public.retention_until(days, 'every_run', moment)) as every_run,
           public.utc_start('week', public.retention_until(days, 'daily_capacity', moment)) as daily),
  old as (
    select r.source_id, r.run_id, r.worker, r.finished_at, r.log_dropped_at,
           case when r.worker = 'capacity' and r.finished_at >= edge.daily
                then 'day ' || coalesce((select f.made_on from public.capacity_forecast f
                                          where f.source_id = r.source_id and f.run_id = r.run_id limit 1),
                                        (r.finished_at at time zone 'UTC')::date)
                else 'week ' || public.utc_start('week', r.finished_at) end as bucket
      from public.run r, edge
     where r.results_dropped_at is null and r.status in ('succeeded', 'partial') and r.finished_at < edge.every_run),
  gone as materialized (
    select * from (select o.*, row_number() over (partition by o.source_id, o.worker, o.bucket
                                                  order by o.finished_at desc, o.run_id) as place from old o) ranked
     where place > 1 and not (ranked.run_id = any(needed))),
  chained as materialized (
    select s.source_id, s.ledger_run_id as run_id
      from public.capacity_summary s
     where s.ledger_run_id <> s.run_id
       and not exists (select from gone g where g.source_id = s.source_id and g.run_id = s.run_id))
  select g.source_id, g.run_id, g.worker, g.finished_at, g.log_dropped_at
    from gone g
   where not exists (select from chained c where c.source_id = g.source_id and c.run_id = g.run_id)
   order by g.finished_at
$$;

-- Drops the oldest month that is over in all, or says so by null. @throws lock_not_available when somebody reads or writes it just
-- then: nobody waits for this longer than a blink.
create function drop_old_partition(id bigint, days jsonb, moment timestamptz) returns text
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp set lock_timeout = '200ms' as $$
declare
  old record;
begin
  select child.oid, child.relname::text as name, pg_total_relation_size(child.oid) as bytes,
         nullif(child.reltuples, -1)::bigint as row_count, public.utc_start('month', public.retention_until(days, r.setting, moment)) as until
    into old
    from public.retention_rule r
    join pg_inherits i on i.inhparent = ('public.' || quote_ident(r.table_name))::regclass
    join pg_class child on child.oid = i.inhrelid
   where r.method = 'PARTITION' and child.relname ~ ('^' || r.table_name || '_\d{4}_\d\d$')
     and to_date(right(child.relname, 7), 'YYYY_MM') + interval '1 month'
         <= public.utc_start('month', public.retention_until(days, r.setting, moment)) at time zone 'UTC'
   order by child.relname limit 1;
  if old.oid is null then
    return null;
  end if;
  execute format('drop table public.%I', old.name);
  insert into public.maintenance_step (maintenance_id, action, object_name, row_count, bytes, until)
  values (id, 'DROP_PARTITION', old.name, old.row_count, old.bytes, old.until);
  return old.name;
end
$$;

-- Months that are not there yet, from the present one to some months ahead. @returns how many were made
create function make_partitions_ahead(id bigint, moment timestamptz, months integer) returns integer
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp set lock_timeout = '1s' as $$
declare
  one  record;
  made integer := 0;
begin
  for one in
    select r.table_name, (public.utc_start('month', least(moment, now())) at time zone 'UTC' + ahead * interval '1 month')::date as month
      from public.retention_rule r, generate_series(0, greatest(0, least(months, 24))) ahead
     where r.method = 'PARTITION' order by 2, 1
  loop
    continue when to_regclass(format('public.%I', one.table_name || '_' || to_char(one.month, 'YYYY_MM'))) is not null;
    perform public.create_month_partition(('public.' || quote_ident(one.table_name))::regclass, one.month);
    insert into public.maintenance_step (maintenance_id, action, object_name)
    values (id, 'MAKE_PARTITION', one.table_name || '_' || to_char(one.month, 'YYYY_MM'));
    made := made + 1;
  end loop;
  return made;
end
$$;

revoke all on function begin_maintenance(jsonb),
  end_maintenance(bigint, text, text),
  sample_database_size(),
  thin_results(bigint, jsonb, timestamptz, uuid[], integer),
  drop_old_runs(bigint, jsonb, timestamptz, uuid[], integer),
  drop_old_logs(bigint, jsonb, timestamptz, integer),
  drop_old_rows(bigint, jsonb, timestamptz, integer),
  drop_old_partition(bigint, jsonb, timestamptz),
  make_partitions_ahead(bigint, timestamptz, integer)
  from public;
grant execute on function begin_maintenance(jsonb),
  end_maintenance(bigint, text, text),
  sample_database_size(),
  thin_results(bigint, jsonb, timestamptz, uuid[], integer),
  drop_old_runs(bigint, jsonb, timestamptz, uuid[], integer),
  drop_old_logs(bigint, jsonb, timestamptz, integer),
  drop_old_rows(bigint, jsonb, timestamptz, integer),
  drop_old_partition(bigint, jsonb, timestamptz),
  make_partitions_ahead(bigint, timestamptz, integer)
  to dr365_collector;
grant select on retention_setting, retention_rule, maintenance_run, maintenance_step, database_size
  to dr365_reader, dr365_advisor, dr365_collector;
