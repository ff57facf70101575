/** The field's own words, one meaning each, as the answers use them. */
export const GLOSSARY = `# Glossary

| word | meaning |
| --- | --- |
| source | a Veeam Backup & Replication server, or an Azure Backup vault; everything belongs to one |
| session | one execution of a job at the source; a retry is a session of its own |
| run | one scheduled execution of a job with its automatic retries folded in; what rates count |
| run of a worker | one reading of a source by one of our workers: health, capacity, efficiency, rto, risk, remediation |
| workload | a protected machine or object, however many backups hold it |
| restore point | a state that can be restored; in Azure a recovery point |
| safe point | the newest restore point for which a test or a later clean one is proof |
| repository, extent | where backups lie; a scale-out repository consists of extents |
| backup chain | a full backup and the increments that need it |
| immutability | until when a file cannot be deleted |
| RPO | how old the newest usable restore point may be; a default unless dr365.toml sets one |
| RTO | how long a restore may take; likewise |
| tier | business importance, 1 highest; from rules in dr365.toml, else assumed |
| trial | an attempt to bring one machine back, or to verify that it would come back |
| incident | jobs that failed together more often than chance explains |
| finding | something wrong, by a fixed rule, with its evidence |
| hazard | what may go wrong within 30 days: gap, capacity, integrity, recover |
| risk | an item (workload, job, repository, incident) with its hazards, score and priority |
| plan | steps against a risk, with expected effect and a machine-checked success; advice only |
| band | range that holds the true value with 80 % |
| stale | older than 2.2 times the usual gap between runs, 26 hours for what runs daily |
| partial | a run that concluded without something it could not read |
| completeness | how many endpoints were read in full, and why others were not |
| as_of | the moment an answer is about: what was known then |
| not_known | what could not be measured; null in a field means the same, never zero and never fine |

Rates are 0 to 1, scores 0 to 100, sizes bytes (GB 2^30, TB 2^40), times UTC unless a field says local.
`;
