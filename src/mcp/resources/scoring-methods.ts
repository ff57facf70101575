/** How the numbers in the answers come about, short; the formulas with their sources are in the DOCS of the program. */
export const SCORING_METHODS = `# Scoring methods

Two rules come first: what is not known is null, never 0 and never green; and the inventory is the denominator, so a job
without a single session is judged.

## Health score, 0 to 100, higher is better

Weighted sum: failure_rate 0.35, trend_analysis 0.25, pattern_recognition 0.20, protected_objects 0.10, repository_health 0.10.
An unknown part counts 50 with the range 0 to 100. The grade is from the lower end: A 85, B 70, C 50, D 30, else F; "?" if less
than 60 % is known. Points lost per part add up to 100 minus the score.

Success rates weigh runs by age (half-life 14 days within 90) and have an 80 % Wilson interval; a job is ranked by its rate
shrunk toward that of all jobs. Fresh: age of the last good end over the RPO, up to 1 OK, up to 2 LATE, else BREACHED; none NEVER.

## Capacity

Several models are weighted by how well they forecast the past of the repository; the band is calibrated to hold 80 %. A
threshold (80, 90, 100 %) has an early, a likely and a late day; priority is from the early one. Earlier forecasts are scored
when their day has come; the share inside the band and the bias stand in the answer.

## Efficiency

Factor: bytes of data per stored byte. Score against jobs of the same kind. Waste: reclaimable space and what a reduction like
that of the peers would free, no byte twice. Appliances reduce data behind the counters: null.

## Recovery

Time to restore: quantiles of past trials, from size and rate where there are few. p_in_time is the probability to meet the RTO,
with a range; UNPROVEN and UNTESTED are no compliance. Confidence 0 to 100 from age and outcome of tests, points and targets.

## Risk, 0 to 100, higher is worse

Each hazard has a probability q within 30 days, with an 80 % range, a basis (measured, pooled, assumed, none) and an age; evidence
that ages drifts to its prior. With severity s: hazard rate = -ln(1 - s q), score = 100 (1 - e^(-sum)). Contributions add up to the
score. Severities: recover 0.8, gap 0.6, capacity 0.5, integrity 0.4. Priority = tier weight times (score + half of what the
range adds); CRITICAL 70, HIGH 50, MEDIUM 30. What is not known widens the range and raises the priority.

## Plans

Written from rules for the largest hazard of a listed risk; expected effect by the same formula with the changed facts; success
is checked by later runs, never by word.
`;
