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
  ('results', 730, 400, 'forecasts are held against what came for 400 days'),
  ('every_run', 90, 14, 'changes of the last two weeks compare single runs'),
  ('every_risk_run', 7, 2, 'changes since yesterday compare single runs'),
  ('lists', 400, 30, 'the lists of the last month belong to the answers about it'),
  ('details', 90, 7, 'the details of the last week belong to the answers about it'),
  ('plans', 365, 90, 'trouble that comes back within weeks is the same plan again'),
  ('run_log', 180, 60, 'since when an endpoint is not read is told from the log');

insert into retention_rule (table_name, setting, method, worker, kept) values
  ('run',               'results', 'RUN', null, '730 days; the newest that concluded, and those of plans that are kept, longer'),
  ('hidden_run',        'results', 'RUN', null, '730 days, as run'),
  ('run_endpoint',      'run_log', 'ENDPOINT', null, '180 days, and as long as the results of its run'),
  ('maintenance_run',   'run_log', 'OWN', null, '180 days'),
  ('maintenance_step',  'run_log', 'OWN', null, '180 days'),
  ('database_size',     'lists', 'OWN', null, '400 days'),
  ('run_event',         'run_log', 'EVENT', null, '180 days'),
  ('risk_summary',      'results', 'RESULT', 'risk', '730 days; one run a day after 7, one a week after 90'),
  ('risk_item',         'results', 'RESULT', 'risk', '730 days; one run a day after 7, one a week after 90'),
  ('risk_input',        'results', 'RESULT', 'risk', '730 days; one run a day after 7, one a week after 90'),
  ('risk_compliance',   'results', 'RESULT', 'risk', '730 days; one run a day after 7, one a week after 90'),
  ('risk_compliance_tier', 'results', 'RESULT', 'risk', '730 days; one run a day after 7, one a week after 90'),
  ('risk_hazard',       'details', 'RESULT', 'risk', '90 days; one run a day after 7'),
  ('risk_facts',        'details', 'RESULT', 'risk', '90 days; one run a day after 7'),
  ('remediation_summary', 'results', 'RESULT', 'remediation', '730 days; one run a day after 7, one a week after 90'),
  ('remediation_check', 'lists', 'RESULT', 'remediation', '400 days; one run a day after 7, one a week after 90'),
  ('remediation_plan',  'plans', 'PLAN', null, '365 days after it was closed or replaced; the newest version as long as its events'),
  ('remediation_event', 'results', 'PLAN_EVENT', null, '730 days after the plan was closed');

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

-- What an open plan was written on, and where one that may come up again was seen last.
create function runs_that_plans_need() returns table (run_id uuid)
  language sql stable set search_path = pg_catalog, public as $$
  with latest as materialized (
    select p.source_id, p.plan_id, p.run_id, p.risk_run_id, e.status
      from (select distinct on (source_id, plan_id) source_id, plan_id, version, run_id, risk_run_id
              from public.remediation_plan order by source_id, plan_id, version desc) p
     cross join lateral (select status from public.remediation_event e
                          where e.source_id = p.source_id and e.plan_id = p.plan_id and e.version = p.version
                          order by e.at desc limit 1) e
     where e.status in ('OPEN', 'REOPENED', 'VERIFIED'))
  select l.run_id from latest l where l.status <> 'VERIFIED'
  union
  select l.risk_run_id from latest l where l.status <> 'VERIFIED'
  union
  select c.run_id from latest l
   cross join lateral (select c.run_id from public.remediation_check c
                        where c.source_id = l.source_id and c.plan_id = l.plan_id and c.is_present
                        order by c.checked_at desc limit 1) c
$$;

-- Risks are judged hourly: one run a day stays after every_risk_run, one a week after every_run. What an open plan was written on, and
-- where a plan that may come up again was seen last, stays too; so does the risk that a remaining run of remediation rests on.
create function thinnable_runs(days jsonb, moment timestamptz, needed uuid[])
  returns table (source_id text, run_id uuid, worker text, finished_at timestamptz, log_dropped_at timestamptz)
  language sql stable set search_path = pg_catalog, public as $$
  with edge as materialized (
    select public.utc_start('day', public.retention_until(days, 'every_risk_run', moment)) as every_run,
           public.utc_start('week', public.retention_until(days, 'every_run', moment)) as daily),
  old as (
    select r.source_id, r.run_id, r.worker, r.finished_at, r.log_dropped_at,
           public.utc_start(case when r.finished_at >= edge.daily then 'day' else 'week' end, r.finished_at) as bucket
      from public.run r, edge
     where r.results_dropped_at is null and r.status in ('succeeded', 'partial') and r.finished_at < edge.every_run),
  own as materialized (select n.run_id from public.runs_that_plans_need() n),
  gone as materialized (
    select * from (select o.*, row_number() over (partition by o.source_id, o.worker, o.bucket
                                                  order by o.finished_at desc, o.run_id) as place from old o) ranked
     where place > 1 and not (ranked.run_id = any(needed)) and not exists (select from own where own.run_id = ranked.run_id)),
  chained as materialized (
    select s.source_id, s.risk_run_id as run_id
      from public.remediation_summary s
     where not exists (select from gone g where g.source_id = s.source_id and g.run_id = s.run_id))
  select g.source_id, g.run_id, g.worker, g.finished_at, g.log_dropped_at
    from gone g
   where not exists (select from chained c where c.source_id = g.source_id and c.run_id = g.run_id)
   order by g.finished_at
$$;

-- What stored plans and their events name: their runs stay on record, and hidden where they are.
create function runs_of_plans() returns table (run_id uuid)
  language sql stable set search_path = pg_catalog, public as $$
  select p.run_id from public.remediation_plan p
  union select p.risk_run_id from public.remediation_plan p
  union select e.run_id from public.remediation_event e
$$;

-- For the maintenance of the metrics database: runs of collectors that a stored risk names as its input.
create function runs_that_risks_rest_on(before timestamptz) returns setof uuid
  language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select distinct input_run_id from public.risk_input where input_run_id is not null and concluded_at < before
$$;

-- Versions that were closed or replaced. The newest version of a plan stays as long as its events, so that its number is not given
-- again; an open plan keeps all of them, since when it is open being one.
create function drop_old_plans(id bigint, days jsonb, moment timestamptz) returns bigint
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  plans_until  timestamptz := public.utc_start('day', public.retention_until(days, 'plans', moment));
  events_until timestamptz := public.utc_start('day', public.retention_until(days, 'results', moment));
  plans        bigint;
  events       bigint;
begin
  with over as materialized (
    select e.source_id, e.plan_id, max(e.at) as last_at, max(e.version) as newest,
           (array_agg(e.status order by e.version desc, e.at desc))[1] in ('OPEN', 'REOPENED') as is_open
      from public.remediation_event e group by e.source_id, e.plan_id),
  gone_plans as (
    delete from public.remediation_plan p using over o
     where o.source_id = p.source_id and o.plan_id = p.plan_id
       and (not o.is_open and o.last_at < events_until
            or p.version < o.newest and (select max(e.at) from public.remediation_event e
                                          where e.source_id = p.source_id and e.plan_id = p.plan_id and e.version = p.version) < plans_until)
    returning 1),
  gone_events as (
    delete from public.remediation_event e using over o
     where o.source_id = e.source_id and o.plan_id = e.plan_id and not o.is_open and e.at < events_until
       and (o.last_at < events_until or e.version < o.newest)
    returning 1)
  select (select count(*) from gone_plans), (select count(*) from gone_events) into plans, events;
  if plans > 0 then
    perform public.note_deleted(id, 'DELETE', 'remediation_plan', null, plans, plans_until);
  end if;
  if events > 0 then
    perform public.note_deleted(id, 'DELETE', 'remediation_event', null, events, events_until);
  end if;
  return plans + events;
end
$$;

revoke all on function begin_maintenance(jsonb),
  end_maintenance(bigint, text, text),
  sample_database_size(),
  thin_results(bigint, jsonb, timestamptz, uuid[], integer),
  drop_old_runs(bigint, jsonb, timestamptz, uuid[], integer),
  drop_old_logs(bigint, jsonb, timestamptz, integer),
  drop_old_plans(bigint, jsonb, timestamptz)
  from public;
grant execute on function begin_maintenance(jsonb),
  end_maintenance(bigint, text, text),
  sample_database_size(),
  thin_results(bigint, jsonb, timestamptz, uuid[], integer),
  drop_old_runs(bigint, jsonb, timestamptz, uuid[], integer),
  drop_old_logs(bigint, jsonb, timestamptz, integer),
  drop_old_plans(bigint, jsonb, timestamptz)
  to dr365_advisor;
grant select on retention_setting, retention_rule, maintenance_run, maintenance_step, database_size
  to dr365_reader, dr365_advisor;
revoke all on function runs_that_risks_rest_on(timestamptz) from public;
grant execute on function runs_that_risks_rest_on(timestamptz) to dr365_collector;
