-- Counts of casework, and the cases behind each. `source` is a function of migration 0015:
-- reported_cases, filed_cases, due_cases, or the same with tasks for posts and persons.

-- name: districts
-- Every district that has a case, '' among them where a place is unknown: one step of the index each.
WITH RECURSIVE each (district) AS (
    (SELECT coalesce(district, '') FROM cases WHERE NOT exercise
     ORDER BY coalesce(district, '') LIMIT 1)
    UNION ALL
    SELECT (SELECT coalesce(c.district, '') FROM cases c
            WHERE NOT exercise AND coalesce(c.district, '') > each.district
            ORDER BY coalesce(c.district, '') LIMIT 1)
    FROM each WHERE each.district IS NOT NULL
)
SELECT district FROM each WHERE district IS NOT NULL;

-- name: due_around
-- The last that fell due before a time, and the first from then on: one step of the index a district.
SELECT max(before.fell_due), min(ahead.fell_due)
FROM unnest(%(districts)s::text[]) AS each (district)
LEFT JOIN LATERAL (
    SELECT fell_due FROM cases WHERE NOT exercise AND fell_due IS NOT NULL
      AND coalesce(cases.district, '') = each.district AND fell_due < %(at)s
    ORDER BY fell_due DESC LIMIT 1
) before ON true
LEFT JOIN LATERAL (
    SELECT fell_due FROM cases WHERE NOT exercise AND fell_due IS NOT NULL
      AND coalesce(cases.district, '') = each.district AND fell_due >= %(at)s
    ORDER BY fell_due LIMIT 1
) ahead ON true;

-- name: within
-- What is evaluated: whose, where and when.
FROM {source}(%(districts)s::text[], %(since)s, %(until)s, %(at)s)
WHERE (%(area)s = '' OR starts_with(place, %(area)s))
  AND (%(department)s::text IS NULL OR department = %(department)s)
  AND (%(role)s::text IS NULL OR role = %(role)s)
  AND (%(person)s::text IS NULL OR actor = %(person)s);

-- name: of_row
-- Of what is evaluated, what stands behind one row.
  AND (%(exempt)s::boolean IS NULL OR exempt = %(exempt)s)
  AND (%(before)s::bigint IS NULL OR id < %(before)s)
  AND evaluated_under(%(by)s, place, department, role, actor, instant, %(zone)s) = %(key)s;

-- name: reported
SELECT evaluated_under(%(by)s, place, department, role, actor, instant, %(zone)s) AS key, exempt,
    count(*) FILTER (WHERE reported) AS reported,
    count(*) FILTER (WHERE taken_up) AS taken_up,
    count(*) FILTER (WHERE valid) AS valid,
    count(*) FILTER (WHERE duplicate) AS duplicate,
    count(*) FILTER (WHERE to_verify) AS to_verify,
    count(*) FILTER (WHERE verified_in_time) AS verified_in_time,
    count(*) FILTER (WHERE to_file) AS to_file,
    count(*) FILTER (WHERE filed_in_time) AS filed_in_time,
    count(*) FILTER (WHERE called_back) AS called_back,
    count(*) FILTER (WHERE satisfied) AS satisfied,
    count(*) FILTER (WHERE sensor_judged) AS sensor_judged,
    count(*) FILTER (WHERE sensor_real) AS sensor_real,
    count(*) FILTER (WHERE sensor_false) AS sensor_false
{within}
GROUP BY 1, 2;

-- name: filed
SELECT evaluated_under(%(by)s, place, department, role, actor, instant, %(zone)s) AS key, exempt,
    count(*) FILTER (WHERE filed) AS filed,
    count(*) FILTER (WHERE filed_rightly) AS filed_rightly,
    count(*) FILTER (WHERE public_first) AS public_first,
    count(*) FILTER (WHERE to_dispatch) AS to_dispatch,
    count(*) FILTER (WHERE dispatched_in_time) AS dispatched_in_time,
    count(*) FILTER (WHERE dispatched) AS dispatched,
    count(*) FILTER (WHERE dispatched_rightly) AS dispatched_rightly,
    count(*) FILTER (WHERE returned) AS returned,
    count(*) FILTER (WHERE told_and_sensed) AS told_and_sensed,
    count(*) FILTER (WHERE sensed_first) AS sensed_first
{within}
GROUP BY 1, 2;

-- name: due
SELECT evaluated_under(%(by)s, place, department, role, actor, instant, %(zone)s) AS key, exempt,
    count(*) FILTER (WHERE due) AS due,
    count(*) FILTER (WHERE handled) AS handled,
    count(*) FILTER (WHERE handled_in_time) AS handled_in_time,
    count(*) FILTER (WHERE closed) AS closed,
    count(*) FILTER (WHERE closed_in_time) AS closed_in_time,
    count(*) FILTER (WHERE reworked) AS reworked,
    count(*) FILTER (WHERE to_inspect) AS to_inspect,
    count(*) FILTER (WHERE inspected_in_time) AS inspected_in_time,
    sum(reworks) AS reworks,
    sum(handling_hours) AS handling_hours
{within}
GROUP BY 1, 2;

-- name: behind_reported
-- Newest first. Somebody with two tasks in a case has it once here.
SELECT DISTINCT id {within}
  {of_row}
  AND CASE %(measure)s
      WHEN 'reported' THEN reported WHEN 'taken_up' THEN taken_up WHEN 'valid' THEN valid
      WHEN 'duplicate' THEN duplicate WHEN 'to_verify' THEN to_verify
      WHEN 'verified_in_time' THEN verified_in_time WHEN 'to_file' THEN to_file
      WHEN 'filed_in_time' THEN filed_in_time WHEN 'called_back' THEN called_back
      WHEN 'satisfied' THEN satisfied WHEN 'sensor_judged' THEN sensor_judged
      WHEN 'sensor_real' THEN sensor_real WHEN 'sensor_false' THEN sensor_false END
ORDER BY id DESC LIMIT %(limit)s;

-- name: behind_filed
SELECT DISTINCT id {within}
  {of_row}
  AND CASE %(measure)s
      WHEN 'filed' THEN filed WHEN 'filed_rightly' THEN filed_rightly
      WHEN 'public_first' THEN public_first WHEN 'to_dispatch' THEN to_dispatch
      WHEN 'dispatched_in_time' THEN dispatched_in_time WHEN 'dispatched' THEN dispatched
      WHEN 'dispatched_rightly' THEN dispatched_rightly WHEN 'returned' THEN returned
      WHEN 'told_and_sensed' THEN told_and_sensed WHEN 'sensed_first' THEN sensed_first END
ORDER BY id DESC LIMIT %(limit)s;

-- name: behind_due
SELECT DISTINCT id {within}
  {of_row}
  AND CASE %(measure)s
      WHEN 'due' THEN due WHEN 'handled' THEN handled WHEN 'handled_in_time' THEN handled_in_time
      WHEN 'closed' THEN closed WHEN 'closed_in_time' THEN closed_in_time
      WHEN 'reworked' THEN reworked WHEN 'to_inspect' THEN to_inspect
      WHEN 'inspected_in_time' THEN inspected_in_time WHEN 'reworks' THEN reworks > 0
      WHEN 'handling_hours' THEN handled END
ORDER BY id DESC LIMIT %(limit)s;

-- name: missed
-- Cases of a period that sensors could have found and did not, or too late: of a class that a rule in
-- force watches, in a cell that has a sensor. Newest first.
WITH watched AS (
    SELECT DISTINCT body #>> '{{event,code_list}}' AS code_list, body #>> '{{event,code}}' AS code,
           body #>> '{{event,condition}}' AS condition
    FROM rule_versions
    WHERE NOT shadow AND in_force_from < %(until)s
      AND (in_force_until IS NULL OR in_force_until > %(since)s)
), cells AS (
    SELECT DISTINCT k.grid_cell FROM devices d JOIN components k ON k.code = d.component
    WHERE d.status = 'active' AND d.exercise IS NULL AND k.grid_cell IS NOT NULL
)
SELECT c.id FROM {source}(%(districts)s::text[], %(since)s, %(until)s, %(at)s) AS f
JOIN cases c ON c.id = f.id
WHERE c.first_public IS NOT NULL AND NOT f.sensed_first
  AND (%(area)s = '' OR starts_with(f.place, %(area)s))
  AND (%(department)s::text IS NULL OR f.department = %(department)s)
  AND (%(exempt)s::boolean IS NULL OR f.exempt = %(exempt)s)
  AND (%(before)s::bigint IS NULL OR f.id < %(before)s)
  AND evaluated_under(%(by)s, f.place, f.department, role, actor, instant, %(zone)s) = %(key)s
  AND (f.told_and_sensed
       OR c.grid_cell IN (SELECT grid_cell FROM cells)
          AND EXISTS (SELECT FROM watched w WHERE w.code_list = c.code_list
                      AND (w.code = c.code OR w.code = 'component' AND w.condition = c.condition)))
ORDER BY f.id DESC LIMIT %(limit)s;

-- name: lead
-- How long the sensors knew before the public told, over the cases that both found: the median.
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY lead_hours) FROM {source}(
    %(districts)s::text[], %(since)s, %(until)s, %(at)s)
WHERE told_and_sensed AND (%(area)s = '' OR starts_with(place, %(area)s))
  AND (%(department)s::text IS NULL OR department = %(department)s);

-- name: sensors
-- Sensors of an area, and what came of the readings that their intervals promise, over the whole
-- days of the ledger. Nobody makes up for another: of each device at most what was expected.
WITH days AS (
    SELECT city_day(%(since)s::timestamptz - interval '1 us') + 1 AS first,
           city_day(least(%(until)s, %(at)s)::timestamptz) AS last
), sensors AS (
    SELECT d.id, greatest(city_midnight(days.first), d.adopted_at, d.first_seen) AS since,
           city_midnight(days.last) AS until
    FROM devices d LEFT JOIN components k ON k.code = d.component CROSS JOIN days
    WHERE d.status = 'active' AND d.exercise IS NULL AND coalesce(d.adopted_at, d.first_seen, %(since)s) < %(until)s
      AND starts_with(coalesce(k.grid_cell, left(d.component, 6), ''), %(within)s)
), expected AS (
    SELECT s.id, sum(extract(epoch FROM s.until - s.since) / extract(epoch FROM c.interval)) AS readings
    FROM sensors s JOIN channels c ON c.device = s.id
    WHERE c.interval > interval '0' AND s.until > s.since GROUP BY s.id
), received AS (
    SELECT device, sum(stored - flagged) AS readings FROM ledger, days
    WHERE day >= days.first AND day < days.last
    GROUP BY device
)
SELECT (SELECT count(*) FROM sensors), sum(e.readings)::double precision,
       sum(least(e.readings, greatest(coalesce(r.readings, 0), 0)))::double precision
FROM expected e LEFT JOIN received r ON r.device = e.id;

-- name: names
SELECT code, name_zh, name_en FROM departments WHERE code = ANY (%(codes)s::text[])
UNION ALL
SELECT code, name_zh, name_en FROM areas WHERE code = ANY (%(codes)s::text[])
UNION ALL
-- The whole, where one city is known.
SELECT '', min(name_zh), min(name_en) FROM areas
WHERE level = 4 AND valid_until IS NULL AND '' = ANY (%(codes)s::text[])
HAVING count(*) = 1;

-- name: listed
SELECT c.id, c.number, c.state, c.source, c.code_list, c.code, c.title_zh, c.title_en, c.grid_cell,
       c.department, c.opened, c.filed, c.due, c.fed_back, c.closed, c.handled_in_time, c.returns,
       c.redirects, c.reworks, c.outcome, c.exempt, c.satisfaction
FROM cases c WHERE c.id = ANY (%(ids)s::bigint[]) ORDER BY c.id DESC;
