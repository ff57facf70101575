-- The run that began last is found without reading all of the run log.

create index run_by_start on run (worker, source_id, started_at desc);
