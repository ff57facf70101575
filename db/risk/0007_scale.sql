-- The runs that began last and those that concluded are found without reading all of the run log.

create index run_by_start on run (worker, source_id, started_at desc);
create index run_concluded on run (worker, source_id, finished_at desc) where status in ('succeeded', 'partial');
