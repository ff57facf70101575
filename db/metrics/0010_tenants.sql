-- Readers that see the sources of some tenants only. Who signs in decides (session_user), not what a session sets.

alter table source add column tenant text check (tenant ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$');
comment on column source.tenant is 'whose source it is, as the configuration says; null: nobody''s, so unlimited readers alone see it';

create table reader_tenant (
  login  text not null,
  tenant text not null check (tenant ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$'),
  primary key (login, tenant)
);
comment on table reader_tenant is 'Which tenants a login sees that is a member of dr365_tenant_reader; no row: none. Writer: dr365 reader, as the owner. Retention: always';
grant select on reader_tenant to dr365_reader, dr365_advisor, dr365_collector;

-- Of one table: which rows a member of dr365_tenant_reader sees. Every column that names a source has to name a visible one. The list
-- of the visible ones is worked out once for a statement and can be looked up in the index that begins with source_id.
create function tenant_rows(target regclass) returns text language plpgsql stable set search_path = pg_catalog, public as $$
declare
  seen constant text := 'array(select seen.source_id from public.source seen)';
  found text;
begin
  if target = 'public.reader_tenant'::regclass then
    return 'login = session_user::text';
  end if;
  if target = 'public.source'::regclass then
    return 'tenant = any (array(select mine.tenant from public.reader_tenant mine))';
  end if;
  if not exists (select from pg_attribute where attrelid = target and attname = 'source_id' and not attisdropped) then
    return 'false';
  end if;
  select string_agg(case
           when attname ~ 'source_id$' and attnotnull then format('%I = any (%s)', attname, seen)
           when attname ~ 'source_id$' then format('(%1$I is null or %1$I = any (%2$s))', attname, seen)
           when attname ~ 'source_ids$' then format('%I <@ %s', attname, seen)
           -- What other sources know of the machine counts in its figures, too.
           else format('(%1$I = ''[]'' or not exists (select from jsonb_to_recordset(%1$I) as other(source_id text)
                         where other.source_id is null or other.source_id <> all (%2$s)))', attname, seen)
         end, ' and ' order by attname <> 'source_id', attnum)
    into found
    from pg_attribute
   where attrelid = target and attnum > 0 and not attisdropped
     and (attname ~ 'source_ids?$' or attname = 'protections' and atttypid = 'jsonb'::regtype);
  return found;
end
$$;
comment on function tenant_rows(regclass) is 'The condition of the policy "tenants" of a table';

-- Protects one table or partition: everybody sees all rows as the grants say, members of dr365_tenant_reader those of their tenants.
-- Views take the rights of who asks. Doing it again changes nothing. Functions that make tables call it.
create function protect_rows(target regclass) returns void language plpgsql set search_path = pg_catalog, public as $$
declare
  kind      "char" := (select relkind from pg_class where oid = target);
  condition text;
begin
  if kind = 'v' then
    if not exists (select from pg_class where oid = target and 'security_invoker=true' = any (reloptions)) then
      execute format('alter view %s set (security_invoker = true)', target);
    end if;
  elsif kind in ('r', 'p') then
    condition := tenant_rows(target);
    if not (select relrowsecurity from pg_class where oid = target) then
      execute format('alter table %s enable row level security', target);
    end if;
    if not exists (select from pg_policy where polrelid = target and polname = 'everybody') then
      execute format('create policy everybody on %s for all to public using (true) with check (true)', target);
    end if;
    if (select obj_description(oid, 'pg_policy') from pg_policy where polrelid = target and polname = 'tenants')
         is distinct from condition then
      execute format('drop policy if exists tenants on %s', target);
      execute format('create policy tenants on %s as restrictive for select to dr365_tenant_reader using (%s)', target, condition);
      execute format('comment on policy tenants on %s is %L', target, condition);
    end if;
  else
    return; -- a materialized view has no row security: no limited reader gets it
  end if;
  if has_table_privilege('dr365_reader', target, 'select')
     and not has_table_privilege('dr365_tenant_reader', target, 'select') then
    execute format('grant select on %s to dr365_tenant_reader', target);
  end if;
end
$$;
comment on function protect_rows(regclass) is 'Row-level security for tenants, of one table, partition or view';

-- All that is there; `dr365 migrate` calls it after every migration, so that a new table is never without.
create function protect_all_rows() returns void language plpgsql set search_path = pg_catalog, public as $$
declare
  target regclass;
begin
  for target in select oid from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v')
                   and relname not like 'kysely\_%' order by relname loop
    perform protect_rows(target);
  end loop;
end
$$;
revoke all on function tenant_rows(regclass), protect_rows(regclass), protect_all_rows() from public;

-- As before, and the new partition is protected like its table: it can be read by its own name, too.
create or replace function create_month_partition(parent regclass, month date) returns void
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
  perform protect_rows(format('public.%I', child)::regclass);
end
$$;

select protect_all_rows();
