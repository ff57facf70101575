-- What keeps answers as quick after years as in the first week: earlier states are found by their key, not by reading all that came after.

do $$
declare
  fact text;
  keys text[];
begin
  foreach fact in array array['job', 'managed_server', 'proxy', 'best_practice', 'repository', 'scale_out_repository', 'scale_out_extent',
                              'backup', 'job_retention', 'workload', 'replica', 'proxy_limit', 'azure_policy', 'azure_item',
                              'azure_container', 'workload_key', 'backup_object', 'backup_file', 'restore_point', 'restore_trial',
                              'backup_server', 'license', 'config_backup'] loop
    select array_agg(a.attname order by k.place) into keys
      from pg_index i
      cross join unnest(i.indkey::smallint[]) with ordinality as k (attnum, place)
      join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
     where i.indrelid = fact::regclass and i.indisprimary;
    if cardinality(keys) > 1 then -- one row per source: the index by source is there
      execute format('create index %I on %I (%s, known_until)', fact || '_past_by_key', fact || '_past',
                     (select string_agg(quote_ident(key), ', ') from unnest(keys) as key));
    end if;
    continue when fact in ('backup_file', 'restore_point', 'restore_trial'); -- nobody asks for all of them
    execute format('create function %I(moment timestamptz) returns setof %I stable language sql as $f$
        select * from %I where known_from <= moment
        union all
        select %s
          from %I present
         cross join lateral (select * from %I past where %s and past.known_until > moment and past.known_from <= moment
                              order by past.known_until limit 1) past
         where present.known_from > moment $f$',
      fact || '_each_as_of', fact, fact,
      (select string_agg(format('%s.%I', case when attname::text = any (keys) then 'present' else 'past' end, attname), ', ' order by attnum)
         from pg_attribute where attrelid = fact::regclass and attnum > 0 and not attisdropped),
      fact, fact || '_past',
      (select string_agg(format('past.%1$I = present.%1$I', key), ' and ') from unnest(keys) as key));
    execute format('comment on function %I is %L', fact || '_each_as_of',
      'As ' || fact || '_as_of, for all rows of a source: what has changed since the moment is looked up one by one, the rest is as it is now');
  end loop;
end
$$;

create index backup_object_past_by_workload on backup_object_past (source_id, workload_id, known_until);
create index backup_file_past_by_backup on backup_file_past (source_id, backup_id, known_until);
create index restore_point_past_by_workload on restore_point_past (source_id, workload_id, known_until);
create index restore_trial_past_by_workload on restore_trial_past (source_id, workload_id, known_until);

-- Few of millions.
create index restore_point_marked on restore_point (source_id) where lower(malware_status) in ('infected', 'suspicious');
create index restore_point_past_marked on restore_point_past (source_id, known_until) where lower(malware_status) in ('infected', 'suspicious');
create index restore_point_of_nobody on restore_point (source_id, backup_id) where workload_id is null and vanished_at is null;
create index session_reason_by_fingerprint on session_reason (source_id, fingerprint, known_from);
create index task_session_by_object on task_session (source_id, lower(object_name), created_at);

-- What ran in an hour, whatever the job.
create index session_by_time on session (source_id, created_at);

-- The runs that began last and those that concluded, of a log that may hold a failed run each hour.
create index run_by_start on run (worker, source_id, started_at desc);
create index run_concluded on run (worker, source_id, finished_at desc) where status in ('succeeded', 'partial');
