-- What happened: one row per session and per task session, partitioned by the month in which it began (UTC).

create table session (
  source_id           text not null,
  session_id          text not null collate "C",
  created_at          timestamptz not null,
  ended_at            timestamptz,
  name                text not null,
  session_type        text not null,
  job_id              text collate "C",
  state               text not null,
  result              text,
  message             text,
  is_canceled         boolean,
  progress_percent    integer,
  parent_session_id   text collate "C",
  related_session_id  text collate "C",
  original_session_id text collate "C",
  retry_number        integer,
  is_recheck_retry    boolean,
  initiated_by        text,
  processed_bytes     bigint,
  read_bytes          bigint,
  transferred_bytes   bigint,
  bottleneck          text,
  usn                 bigint,
  vanished_at         timestamptz,
  known_from          timestamptz not null,
  primary key (source_id, session_id, created_at)
) partition by range (created_at);
comment on table session is 'One execution of a job or task at the source. Writer: health. Retention: 400 days';
comment on column session.ended_at is 'null: still running when last seen';
comment on column session.job_id is 'null: no job (the source says so with a zero id)';
comment on column session.usn is 'change counter of the source; a row with the same usn is not written again';
comment on column session.vanished_at is 'the source no longer has it';
create index session_by_job on session (source_id, job_id, created_at);
create index session_open on session (source_id, created_at) where ended_at is null and vanished_at is null;

create table session_past (like session);
alter table session_past add column known_until timestamptz not null;
comment on table session_past is 'Earlier states of session. Writer: trigger keep_past';
create index session_past_by_id on session_past (source_id, session_id);
create index session_past_by_job on session_past (source_id, job_id, created_at);
create trigger keep_past before update on session for each row execute function keep_past('session_past');

create function session_as_of(moment timestamptz) returns setof session stable language sql as $$
  select * from session where known_from <= moment
  union all
  select source_id, session_id, created_at, ended_at, name, session_type, job_id, state, result, message, is_canceled,
         progress_percent, parent_session_id, related_session_id, original_session_id, retry_number, is_recheck_retry,
         initiated_by, processed_bytes, read_bytes, transferred_bytes, bottleneck, usn, vanished_at, known_from
    from session_past where known_from <= moment and known_until > moment
$$;

create table task_session (
  source_id       text not null,
  task_session_id text not null collate "C",
  created_at      timestamptz not null,
  ended_at        timestamptz,
  session_id      text not null collate "C",
  session_type    text not null,
  type            text not null,
  object_name     text,
  state           text,
  result          text,
  message         text,
  repository_id   text,
  algorithm       text,
  bottleneck      text,
  processed_bytes bigint,
  read_bytes      bigint,
  transferred_bytes bigint,
  usn             bigint,
  known_from      timestamptz not null,
  primary key (source_id, task_session_id, created_at)
) partition by range (created_at);
comment on table task_session is 'One machine or object within a session; stored where it failed or warned. Writer: health. Retention: 400 days';
create index task_session_by_session on task_session (source_id, session_id);

create table session_reason (
  source_id    text not null,
  session_id   text not null collate "C",
  basis        text not null check (basis in ('task', 'log', 'session', 'none')),
  message      text,
  fingerprint  text,
  template     text,
  cause        text,
  object_names text[] not null default '{}',
  repository_id text,
  known_from   timestamptz not null,
  primary key (source_id, session_id)
);
comment on table session_reason is 'Why a session failed or warned. Writer: health. Retention: 400 days';
comment on column session_reason.basis is 'where the message is from; none: the source gives no reason';
comment on column session_reason.template is 'the message with ids, numbers, paths and names masked; equal templates have equal fingerprints';
comment on column session_reason.cause is 'class of the cause by patterns, UNKNOWN if none fits';

create table session_reason_past (like session_reason);
alter table session_reason_past add column known_until timestamptz not null;
comment on table session_reason_past is 'Earlier states of session_reason: a better reason came later. Writer: trigger keep_past';
create index session_reason_past_by_id on session_reason_past (source_id, session_id);
create trigger keep_past before update on session_reason for each row execute function keep_past('session_reason_past');

create table session_log (
  source_id  text not null,
  session_id text not null collate "C",
  log_id     integer not null,
  status     text,
  started_at timestamptz,
  title      text,
  description text,
  known_from timestamptz not null,
  primary key (source_id, session_id, log_id)
);
comment on table session_log is 'Failed and warning records of the log of a session that failed. Writer: health. Retention: 400 days';

grant select on session, session_past, task_session, session_reason, session_reason_past, session_log to dr365_reader, dr365_advisor;
grant select, insert, update on session, task_session, session_reason, session_log to dr365_collector;
grant select, insert on session_past, session_reason_past to dr365_collector;
