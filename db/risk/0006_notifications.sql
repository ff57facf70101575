-- What was told to people, so that nothing is told twice, by whichever process and after whichever restart. Who sends is in the
-- process of the collectors, since the advisor has no way out: see DOCS/decisions/notifications.md.

create table notification_subject (
  source_id           text not null,
  subject_id          text not null,
  kind                text not null check (kind in ('CRITICAL', 'STALE')),
  opened_at           timestamptz not null,
  resolved_at         timestamptz,
  message_id          uuid,
  recovery_message_id uuid,
  primary key (source_id, subject_id),
  check (recovery_message_id is null or resolved_at is not null)
);
comment on table notification_subject is 'A critical risk or a source that is late, as it was last seen: one row however often it comes back. Writer: notifier. Retention: 90 days after it was resolved';
comment on column notification_subject.subject_id is 'CRITICAL: item_id of the risk; STALE: stale';
comment on column notification_subject.opened_at is 'when the notifier first saw it, this time';
comment on column notification_subject.resolved_at is 'when it was first seen to be over; null: it is there';
comment on column notification_subject.message_id is 'the message that told of it; null: not told yet';
comment on column notification_subject.recovery_message_id is 'the message that told of its end; of CRITICAL always null';

create table notification_message (
  message_id      uuid primary key,
  created_at      timestamptz not null,
  content         jsonb not null,
  status          text not null check (status in ('PENDING', 'SENT', 'GIVEN_UP')),
  attempts        integer not null default 0 check (attempts >= 0),
  next_attempt_at timestamptz not null,
  ended_at        timestamptz,
  last_error      text,
  check ((status = 'PENDING') = (ended_at is null))
);
comment on table notification_message is 'A message to be sent, with the subjects it tells of. Written with them in one transaction, sent afterwards. Writer: notifier. Retention: 90 days';
comment on column notification_message.content is 'what it says, before it is put into the shape of Teams or Slack';
comment on column notification_message.next_attempt_at is 'not before; while one process tries, so far ahead that no other does';
comment on column notification_message.last_error is 'code of the last failure: never an address';
create index notification_message_by_time on notification_message (created_at desc);
create index notification_message_pending on notification_message (next_attempt_at) where status = 'PENDING';

insert into retention_rule (table_name, setting, method, worker, kept) values
  ('notification_subject', 'details', 'OWN', null, '90 days after it was resolved'),
  ('notification_message', 'details', 'OWN', null, '90 days');

-- The notifier signs in as the collector. Of the risk database that login may read the columns below and write the two tables above.
grant select, insert, update, delete on notification_subject, notification_message to dr365_collector;
grant select on run, run_endpoint to dr365_collector;
grant select (source_id, run_id, concluded_at, status) on risk_summary to dr365_collector;
grant select (source_id, run_id, item_id, scope_type, name, score, score_low, score_high, assumption_points, coverage, tier,
              priority, is_listed, rank, category, flags, affected_jobs, affected_workloads, reasons) on risk_item to dr365_collector;
grant select (source_id, plan_id, version, run_id, item_id, title, rank, investigation_steps, options) on remediation_plan to dr365_collector;
grant select (source_id, run_id, plan_id, version, status, checked_at, is_present, rank) on remediation_check to dr365_collector;

select protect_all_rows();
