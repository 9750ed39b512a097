-- What the API reads. Each list is a page: sorted by a key that never changes, after the last key seen.

-- name: latest_readings
-- The newest reading of each channel whose device clock can be believed. `since` spares the
-- look into every old partition, which only channels long silent need.
SELECT c.number, r.time, r.received, r.value, s.text AS state, r.quality
FROM unnest(%(channels)s::integer[]) AS c (number)
CROSS JOIN LATERAL (
    SELECT time, received, value, state, quality FROM readings
    WHERE channel = c.number AND time >= %(since)s AND quality & %(wrong_clock)s = 0
    ORDER BY time DESC LIMIT 1
) r
LEFT JOIN states s ON s.number = r.state;

-- name: raw_readings
-- Readings of one channel, start <= time < stop, oldest first.
SELECT r.time, r.received, r.value, s.text AS state, r.quality
FROM readings r LEFT JOIN states s ON s.number = r.state
WHERE r.channel = %(channel)s AND r.time >= %(start)s AND r.time < %(stop)s
ORDER BY r.time LIMIT %(limit)s;

-- name: channels_of_devices
SELECT number, id, device, name, quantity FROM channels WHERE device = ANY (%(devices)s);

-- name: device_ledger
SELECT day, received, stored, duplicate, rejected, quarantined, late, flagged, last_received, last_time
FROM ledger WHERE device = %(device)s AND day > city_day(%(now)s) - %(days)s::integer ORDER BY day DESC;

-- name: events_page
-- Events, newest beginning first; the number of its case for who may see that.
SELECT e.id, e.rule, e.version, e.scope, e.subject, e.code_list, e.code, e.condition, e.severity,
       e.began, e.raised, e.found, e.ended, e.standing, e.peak, e.why, e.case_key, e.shadow,
       e.exercise AS drill,
       seen_number(k, %(areas)s::text[], %(departments)s::text[]) AS case_number,
       coalesce(k.grid_cell, k.district) AS case_place, k.department AS case_department,
       k.handed_to AS case_handed_to,
       ARRAY(SELECT c.id FROM channels c WHERE c.number = ANY (e.channels) ORDER BY c.id) AS channels
FROM events e LEFT JOIN cases k ON k.id = e.case_id
WHERE (%(id)s::uuid IS NULL OR e.id = %(id)s)
  AND (%(ids)s::uuid[] IS NULL OR e.id = ANY (%(ids)s))
  AND (%(began)s::timestamptz IS NULL OR (e.began, e.id) < (%(began)s, %(before)s))
  AND (%(rule)s::text IS NULL OR e.rule = %(rule)s)
  AND (%(severity)s::text IS NULL OR e.severity = %(severity)s)
  AND (%(standing)s::text IS NULL OR e.standing = %(standing)s)
  AND (%(shadow)s::boolean IS NULL OR e.shadow = %(shadow)s)
  AND (%(exercise)s::boolean IS NULL OR (e.exercise IS NOT NULL) = %(exercise)s)
  AND (%(drill)s::integer IS NULL OR e.exercise = %(drill)s)
  AND (%(case_id)s::bigint IS NULL OR e.case_id = %(case_id)s)
  AND (%(start)s::timestamptz IS NULL OR e.began >= %(start)s)
  AND (%(end)s::timestamptz IS NULL OR e.began < %(end)s)
ORDER BY e.began DESC, e.id DESC LIMIT %(limit)s;

-- name: cases_page
-- Cases, newest first, with names people know.
SELECT c.id, c.number, c.version, c.state, c.code_list, c.code, c.condition, c.title_zh, c.title_en,
       c.severity, c.component, k.name AS component_name, k.class, c.grid_cell, c.district, c.lon,
       c.lat,
       c.department, d.name_zh AS department_zh, d.name_en AS department_en,
       c.began, c.found, c.opened, c.filed, c.due, c.closed, c.outcome, c.source, c.exercise, c.drill, c.level,
       c.stage, c.stage_due, c.stage_yellow, c.description, c.address, c.handed_to, c.supervised,
       c.urges, c.suspended_until, c.exempt, c.satisfaction,
       (SELECT m.number FROM cases m WHERE m.id = c.merged_into) AS merged_into,
       (SELECT count(*) FROM events e WHERE e.case_id = c.id) AS events
FROM cases c
LEFT JOIN components k ON k.code = c.component
LEFT JOIN departments d ON d.code = c.department
WHERE (%(id)s::bigint IS NULL OR c.id = %(id)s)
  AND (%(before)s::bigint IS NULL OR c.id < %(before)s)
  AND (%(states)s::text[] IS NULL OR c.state = ANY (%(states)s))
  AND (%(open)s::boolean IS NULL OR (c.state NOT IN ('closed', 'rejected', 'void')) = %(open)s)
  AND (%(code)s::text IS NULL OR c.code = %(code)s)
  AND (%(department)s::text IS NULL OR c.department = %(department)s)
  AND (%(severity)s::text IS NULL OR c.severity = %(severity)s)
  AND (%(area)s::text IS NULL OR starts_with(c.grid_cell, %(area)s))
  AND (%(exercise)s::boolean IS NULL OR c.exercise = %(exercise)s)
  AND (%(drill)s::integer IS NULL OR c.drill = %(drill)s)
  AND (%(areas)s::text[] IS NULL OR case_within(c, %(areas)s, %(departments)s::text[]))
  AND (%(light)s::text IS NULL OR %(light)s = CASE
           WHEN c.stage_due < %(now)s THEN 'red' WHEN c.stage_yellow < %(now)s THEN 'yellow'
           WHEN c.stage_due IS NOT NULL THEN 'green' ELSE 'standing' END)
  AND (%(text)s::text IS NULL
       OR strpos(lower(concat_ws(' ', c.number, c.title_zh, c.title_en, c.address, c.description,
                                 c.component, k.name)), lower(%(text)s)) > 0)
ORDER BY c.id DESC LIMIT %(limit)s;

-- name: case_id
-- By its number, or by its id; each by its index.
SELECT id FROM cases
WHERE number = %(case)s OR id = CASE WHEN %(case)s ~ '^[0-9]{1,18}$' THEN %(case)s::bigint END;

-- name: seen_case
-- The same for somebody who may not see all.
SELECT c.id FROM cases c
WHERE (c.number = %(case)s
       OR c.id = CASE WHEN %(case)s ~ '^[0-9]{1,18}$' THEN %(case)s::bigint END)
  AND case_within(c, %(areas)s::text[], %(departments)s::text[]);

-- name: case_log_lines
SELECT version, at, actor, role, verb, before, after, reason, details
FROM case_log WHERE case_id = %(case_id)s ORDER BY version;

-- name: case_runs
-- Whose clock ran, and whose runs.
SELECT r.number, r.stage, r.owner, d.name_zh AS owner_zh, d.name_en AS owner_en, r.limit_amount,
       r.limit_class, r.began, r.since, r.used, r.due, r.yellow, r.ended, r.actor, r.role, r.in_time
FROM case_runs r LEFT JOIN departments d ON d.code = r.owner
WHERE r.case_id = %(case_id)s ORDER BY r.number;

-- name: case_evidence
SELECT event_id, frozen_at, body FROM evidence WHERE case_id = %(case_id)s ORDER BY frozen_at, event_id;

-- name: case_verification
-- What its sensors said when they were last looked at, since it was last fed back.
SELECT v.looked, v.holds, v.since, v.next_look, v.said, v.missing
FROM verifications v JOIN cases c ON c.id = v.case_id
WHERE c.id = %(case_id)s AND v.looked >= c.fed_back
  AND c.state IN ('fed-back', 'inspecting', 'inspected', 'closed');

-- name: case_confirmations
SELECT version, frozen_at, body FROM confirmations WHERE case_id = %(case_id)s ORDER BY version;

-- name: dead_letters_page
-- Dead letters, newest first.
SELECT id, received, source, topic, format, device, reason, alike, record, payload, replayed_at,
       discarded_at, outcome
FROM dead_letters
WHERE (%(id)s::bigint IS NULL OR id = %(id)s)
  AND (%(id)s::bigint IS NOT NULL OR NOT starts_with(topic, 'drill/'))
  AND (%(before)s::bigint IS NULL OR id < %(before)s)
  AND (%(device)s::text IS NULL OR device = %(device)s)
  AND (%(alike)s::text IS NULL OR alike = %(alike)s)
  AND (%(open)s::boolean IS NULL OR (replayed_at IS NULL AND discarded_at IS NULL) = %(open)s)
ORDER BY id DESC LIMIT %(limit)s;

-- name: dead_letter_reasons
-- What is wrong with those that wait, most frequent first.
SELECT alike, count(*) AS letters, count(DISTINCT nullif(device, '')) AS devices,
       min(received) AS first_received, max(received) AS last_received, max(id) AS newest,
       (array_agg(reason ORDER BY id DESC))[1] AS reason
FROM dead_letters
WHERE replayed_at IS NULL AND discarded_at IS NULL AND NOT starts_with(topic, 'drill/')
GROUP BY alike ORDER BY letters DESC, alike LIMIT 200;

-- name: dead_letter_lines
SELECT at, actor, verb, reason, payload, format, device, outcome
FROM dead_letter_log WHERE letter = %(letter)s ORDER BY id;

-- name: quarantine_page
-- Unknown devices and unknown fields of known ones, with what they sent so far.
SELECT q.device, array_agg(DISTINCT q.name ORDER BY q.name) AS names, count(*) AS readings,
       min(q.time) AS first_time, max(q.time) AS last_time, max(q.received) AS last_received,
       max(q.topic) AS topic, bool_or(d.id IS NOT NULL AND d.status = 'active') AS known,
       array_agg(DISTINCT q.sender) FILTER (WHERE q.sender NOT IN ('', q.device)) AS senders
FROM quarantine q LEFT JOIN devices d ON d.id = q.device
WHERE (%(device)s::text IS NULL OR q.device = %(device)s)
  AND (%(after)s::text IS NULL OR q.device > %(after)s) AND NOT of_drill(q.device)
GROUP BY q.device ORDER BY q.device LIMIT %(limit)s;

-- name: quarantine_fields
-- Each field of an unknown device: what it sent last, how much, and how often.
SELECT f.name, f.readings, f.first_time, f.last_time, f.units, f.sends_text, f.lowest, f.highest,
       f.states, last.time, last.received, last.value, last.state, last.unit, last.quality,
       (SELECT make_interval(secs => percentile_disc(0.5) WITHIN GROUP (ORDER BY apart))
        FROM (SELECT extract(epoch FROM time - lag(time) OVER (ORDER BY time))::float8 AS apart
              FROM (SELECT time FROM quarantine
                    WHERE device = %(device)s AND name = f.name
                    ORDER BY time DESC LIMIT 200) AS late) AS pauses
        WHERE apart > 0) AS interval
FROM (
    SELECT name, count(*) AS readings, min(time) AS first_time, max(time) AS last_time,
           coalesce(array_agg(DISTINCT unit) FILTER (WHERE unit <> ''), '{}') AS units,
           bool_and(value IS NULL AND state IS NOT NULL) AS sends_text,
           min(value) AS lowest, max(value) AS highest,
           coalesce((array_agg(DISTINCT state) FILTER (WHERE state IS NOT NULL))[1:12], '{}')
               AS states
    FROM quarantine WHERE device = %(device)s GROUP BY name
) AS f
CROSS JOIN LATERAL (
    SELECT time, received, value, state, unit, quality FROM quarantine
    WHERE device = %(device)s AND name = f.name ORDER BY time DESC LIMIT 1
) AS last
ORDER BY f.name;

-- name: quarantine_messages
-- The newest readings of an unknown device as they came, together what came at one time.
SELECT received, topic, sender, time,
       jsonb_object_agg(name, coalesce(to_jsonb(value), to_jsonb(state), 'null'::jsonb)) AS values,
       jsonb_object_agg(name, unit) FILTER (WHERE unit <> '') AS units
FROM quarantine WHERE device = %(device)s
GROUP BY received, topic, sender, time ORDER BY received DESC, time DESC LIMIT %(limit)s;

-- name: store_counts
-- Small counts of what is live for the gauges; none reads readings, nor all that waits in quarantine: its
-- devices are stepped through by the index, one look each.
WITH RECURSIVE strangers AS (
    (SELECT device FROM quarantine ORDER BY device LIMIT 1)
    UNION ALL
    SELECT (SELECT q.device FROM quarantine q WHERE q.device > s.device ORDER BY q.device LIMIT 1)
    FROM strangers s WHERE s.device IS NOT NULL
)
SELECT (SELECT count(*) FROM devices WHERE status = 'active' AND exercise IS NULL) AS devices,
       (SELECT count(*) FROM channels WHERE NOT of_drill(id)) AS channels,
       (SELECT count(*) FROM cases
        WHERE state NOT IN ('closed', 'rejected', 'void') AND NOT exercise) AS open_cases,
       (SELECT count(*) FROM cases
        WHERE state NOT IN ('closed', 'rejected', 'void') AND NOT exercise AND due < %(now)s)
           AS overdue_cases,
       (SELECT count(*) FROM events
        WHERE standing = 'standing' AND NOT shadow AND exercise IS NULL) AS standing_events,
       (SELECT count(*) FROM dead_letters
        WHERE replayed_at IS NULL AND discarded_at IS NULL
          AND NOT starts_with(topic, 'drill/')) AS open_dead_letters,
       (SELECT count(device) FROM strangers WHERE NOT of_drill(device)) AS quarantined_devices;

-- name: answers
SELECT 1 AS one;

-- name: listen
-- Who stores an event or changes a case says so here.
LISTEN lifeline_live;

-- name: newest_receipt
-- When the newest live reading reached us: one look into the ledger a device, however long it is.
SELECT max(newest.last_received) AS received
FROM devices d CROSS JOIN LATERAL (
    SELECT last_received FROM ledger l WHERE l.device = d.id ORDER BY day DESC LIMIT 1
) newest
WHERE d.exercise IS NULL;

-- name: windows_page
SELECT w.id, w.reason, w.scope, w.subject, w.rules, w.began, w.until, w.planned_until, w.actor, w.why,
       w.created, w.ended_by, w.ended_why,
       (SELECT count(*) FROM events e WHERE e.why -> 'held_back' ->> 'window' = w.id::text
        AND e.why ? 'held_back' AND e.standing = 'explained') AS held_back
FROM windows w
WHERE (%(id)s::bigint IS NULL OR w.id = %(id)s)
  AND (%(before)s::bigint IS NULL OR w.id < %(before)s)
  AND (%(at)s::timestamptz IS NULL OR (w.began <= %(at)s AND w.until > %(at)s))
ORDER BY w.id DESC LIMIT %(limit)s;

-- name: deliveries_waiting
SELECT count(*) FILTER (WHERE state = 'pending') AS pending,
       count(*) FILTER (WHERE state = 'failed') AS failed,
       min(since) FILTER (WHERE state = 'pending') AS since
FROM deliveries WHERE state IN ('pending', 'failed');

-- name: sorted
-- A list in another order than its own: without a limit of its own all that it finds is sorted.
SELECT * FROM ({base}) AS e WHERE {after} ORDER BY {order} LIMIT %(most)s;
