-- A server that was switched off for good, or a vault that was deleted: until it is retired it is late in every answer, for ever.

alter table source add column retired_at timestamptz;
comment on column source.retired_at is 'from then on it is in no answer, as dr365 source retire says; moments before still have it. null: it counts. A run that reads it takes it back';
