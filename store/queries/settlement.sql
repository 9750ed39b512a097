-- What settling events reads and writes; one transaction, see store/settlement.py.

-- name: write_events
-- Write the events that are new or changed, in the order of their ids (so that two writers
-- never wait for each other in a ring), and return them with what they were before. An event
-- that says nothing new is not even locked.
WITH incoming AS (
    SELECT * FROM jsonb_to_recordset(%(events)s::jsonb) AS e (
        id uuid, rule text, version text, scope text, subject text, code_list text, code text,
        condition text, severity text, began timestamptz, raised timestamptz, found timestamptz,
        ended timestamptz, standing text, channels integer[], peak double precision,
        case_key text, why jsonb, shadow boolean, exercise integer)
), before AS (
    SELECT e.id, e.standing, e.ended, e.channels, e.why -> 'group' AS grouped_by FROM events e JOIN incoming i ON i.id = e.id
), written AS (
    INSERT INTO events (id, rule, version, scope, subject, code_list, code, condition, severity,
                        began, raised, found, ended, standing, channels, peak, case_key, why,
                        shadow, exercise, settled)
    SELECT i.id, i.rule, i.version, i.scope, i.subject, i.code_list, i.code, i.condition,
           i.severity, i.began, i.raised, i.found, i.ended, i.standing, i.channels, i.peak,
           i.case_key, i.why, i.shadow, i.exercise, %(now)s
    FROM incoming i
    WHERE NOT EXISTS (
        SELECT FROM events e
        WHERE e.id = i.id
          AND (e.version, e.severity, e.raised, e.found, e.ended, e.standing, e.channels, e.peak, e.why)
              IS NOT DISTINCT FROM
              (i.version, i.severity, i.raised, i.found, i.ended, i.standing, i.channels, i.peak, i.why))
    ORDER BY i.id
    ON CONFLICT (id) DO UPDATE SET
        version = excluded.version, severity = excluded.severity, raised = excluded.raised,
        found = excluded.found, ended = excluded.ended, standing = excluded.standing,
        channels = excluded.channels, peak = excluded.peak, why = excluded.why,
        settled = excluded.settled
    WHERE (events.version, events.severity, events.raised, events.found, events.ended,
           events.standing, events.channels, events.peak, events.why)
          IS DISTINCT FROM
          (excluded.version, excluded.severity, excluded.raised, excluded.found, excluded.ended,
           excluded.standing, excluded.channels, excluded.peak, excluded.why)
    RETURNING id, case_key, standing, case_id, channels, why -> 'group' AS grouped_by
)
SELECT w.id, w.case_key, w.standing, w.case_id, b.standing AS was, b.ended AS was_ended,
       coalesce(b.channels, '{}') AS known,
       (w.grouped_by, w.channels) IS DISTINCT FROM (b.grouped_by, b.channels) AS regrouped
FROM written w LEFT JOIN before b ON b.id = w.id
ORDER BY w.case_key, w.id;

-- name: requalify
-- The hours of what changed are to be rolled up anew.
WITH changed AS (
    UPDATE readings r SET quality = q.quality
    FROM unnest(%(channel)s::integer[], %(time)s::timestamptz[], %(quality)s::smallint[])
         AS q (channel, time, quality)
    WHERE r.channel = q.channel AND r.time = q.time AND r.quality <> q.quality
      AND r.time BETWEEN %(first)s AND %(last)s
    RETURNING r.channel, r.time
)
INSERT INTO rollup_redo (channel, since, until)
SELECT channel, min(time), max(time) FROM changed GROUP BY channel, date_trunc('hour', time);

-- name: lock_cases_of_cause
-- The open case of the cause, by its own key or because a finding of the key has joined it, and
-- those that its changed events are in.
-- Each way by its index: a condition with OR would read every open case of the city.
SELECT id, key, state FROM cases
WHERE (id = ANY (%(ids)s) OR state NOT IN ('closed', 'rejected', 'void'))
  AND id IN (SELECT unnest(%(ids)s::bigint[])
             UNION SELECT id FROM cases
             WHERE key = %(key)s AND state NOT IN ('closed', 'rejected', 'void')
             UNION SELECT case_id FROM events
             WHERE case_key = %(key)s AND case_key <> '' AND standing IN ('standing', 'over'))
ORDER BY id FOR NO KEY UPDATE;

-- name: closed_of_cause
-- The case of the cause that was closed last, by its own key or a finding's: each by an index.
SELECT c.id
FROM (SELECT id FROM cases WHERE key = %(key)s
      UNION
      SELECT case_id FROM events
      WHERE case_key = %(key)s AND case_key <> '' AND standing IN ('standing', 'over')) AS theirs
JOIN cases c ON c.id = theirs.id
WHERE c.state = 'closed' AND c.outcome = 'real'
ORDER BY c.closed DESC, c.id DESC LIMIT 1;

-- name: related_symptoms
-- Findings in other open cases that may have one cause with a new one: of its class nearby, or on
-- one of its paths; of live ones, or of the same drill. Each by an index of its own.
WITH beside AS (
    SELECT id FROM events
    WHERE code = %(code)s AND lat BETWEEN %(south)s::float8 AND %(north)s::float8
      AND lon BETWEEN %(west)s::float8 AND %(east)s::float8
      AND standing IN ('standing', 'over') AND NOT case_id = ANY (%(but)s)
      AND exercise IS NOT DISTINCT FROM %(exercise)s::integer
      AND began BETWEEN %(began)s - %(within)s AND %(began)s + %(within)s
), along AS (
    SELECT DISTINCT ON (case_id) id FROM events
    WHERE paths && %(paths)s::text[]
      AND standing IN ('standing', 'over') AND NOT case_id = ANY (%(but)s)
      AND exercise IS NOT DISTINCT FROM %(exercise)s::integer
      AND began BETWEEN %(began)s - %(within)s AND %(began)s + %(within)s
    ORDER BY case_id, id
)
SELECT c.id AS case_id, e.code_list, e.code, e.began, e.lon, e.lat, e.near, e.paths
FROM (SELECT id FROM beside UNION SELECT id FROM along) AS found
JOIN events e USING (id) JOIN cases c ON c.id = e.case_id
WHERE c.state NOT IN ('closed', 'rejected', 'void')
ORDER BY c.id, e.id;

-- name: symptoms_of_case
-- What a case rests on, with what each finding is grouped by.
SELECT id, case_key, standing, channels, code_list, code, began, lon, lat, near, paths
FROM events WHERE case_id = %(case_id)s AND standing IN ('standing', 'over') ORDER BY began, id;

-- name: cases_of_events
SELECT id, case_id FROM events WHERE id = ANY (%(ids)s);

-- name: part
UPDATE events SET case_id = NULL WHERE id = ANY (%(ids)s);

-- name: rekey
-- The key of a case is that of what it rests on, unless another open case has it by now.
UPDATE cases SET key = %(key)s
WHERE id = %(case_id)s AND key <> %(key)s AND NOT EXISTS (
    SELECT FROM cases WHERE key = %(key)s AND state NOT IN ('closed', 'rejected', 'void'));

-- name: settle_at
-- Where an event is and what it is grouped by, kept with it so that those of its cause find it.
UPDATE events SET lon = %(lon)s, lat = %(lat)s, near = %(near)s, paths = %(paths)s
WHERE id = %(id)s;

-- name: move_events
UPDATE events SET case_id = %(case_id)s WHERE case_id = %(from_case)s RETURNING id;

-- name: move_evidence
-- Frozen pieces stay where they were frozen, and stand in the other case too.
INSERT INTO evidence (case_id, event_id, piece, frozen_at, body)
SELECT %(case_id)s, event_id, piece, frozen_at, body FROM evidence WHERE case_id = %(from_case)s
ON CONFLICT DO NOTHING;

-- name: merged_into
UPDATE cases SET merged_into = %(case_id)s WHERE id = %(from_case)s;

-- name: case_named
SELECT number, key FROM cases WHERE id = %(id)s;

-- name: lock_grouping
SELECT pg_advisory_xact_lock(hashtext('lifeline grouping'));

-- name: lock_grouping_of_drills
-- A lock of their own: what is live never waits for a drill.
SELECT pg_advisory_xact_lock(hashtext('lifeline grouping of drills'));

-- name: next_case
SELECT nextval(pg_get_serial_sequence('cases', 'id')) AS id;

-- name: open_case
-- Nothing is returned when the cause has an open case by now.
INSERT INTO cases (id, number, key, version, state, code_list, code, condition, title_zh, title_en,
                   severity, component, grid_cell, lon, lat, department, began, found, opened,
                   catalogue, first_sensed, exercise, drill)
OVERRIDING SYSTEM VALUE
VALUES (%(id)s, %(number)s, %(key)s, %(version)s, %(state)s, %(code_list)s, %(code)s,
        %(condition)s, %(title_zh)s, %(title_en)s, %(severity)s, %(component)s, %(grid_cell)s,
        %(lon)s, %(lat)s, %(department)s, %(began)s, %(found)s, %(opened)s,
        %(catalogue)s, %(found)s, %(drill)s::integer IS NOT NULL, %(drill)s)
ON CONFLICT (key) WHERE state NOT IN ('closed', 'rejected', 'void') DO NOTHING
RETURNING id;

-- name: attach_events
UPDATE events SET case_id = %(case_id)s WHERE id = ANY (%(ids)s);

-- name: cause
-- What the events of a case add up to, by those that are facts about the city.
SELECT count(*) AS events,
       count(*) FILTER (WHERE standing = 'standing') AS standing,
       min(began) AS began,
       min(found) AS found,
       (%(severities)s::text[])[max(array_position(%(severities)s::text[], severity))] AS severity,
       (array_agg(id ORDER BY began, id))[1] AS leading
FROM events WHERE case_id = %(case_id)s AND standing IN ('standing', 'over');

-- name: case_facts
SELECT code_list, code, condition, title_zh, title_en, severity, component, grid_cell, lon, lat,
       department, began, found, opened
FROM cases WHERE id = %(case_id)s;

-- name: amend_case
UPDATE cases SET
    code_list = %(code_list)s, code = %(code)s, condition = %(condition)s, title_zh = %(title_zh)s,
    title_en = %(title_en)s, severity = %(severity)s, component = %(component)s,
    grid_cell = %(grid_cell)s, lon = %(lon)s, lat = %(lat)s, department = %(department)s,
    began = %(began)s, found = %(found)s
WHERE id = %(case_id)s;

-- name: events
SELECT rule, version, scope, subject, code_list, code, condition, severity, began, raised, found,
       ended, standing, channels, peak, case_key, why, shadow, exercise
FROM events WHERE id = ANY (%(ids)s);

-- name: freeze
-- The case's row is locked, so nobody else counts its pieces now.
INSERT INTO evidence (case_id, event_id, piece, frozen_at, body)
SELECT %(case_id)s, %(event_id)s, coalesce(max(piece), 0) + 1, %(frozen_at)s, %(body)s
FROM evidence WHERE case_id = %(case_id)s AND event_id = %(event_id)s;

-- name: put_departments
-- Before any lock is held: whoever waits here for another writer holds nothing that one needs.
INSERT INTO departments (code, name_zh, name_en)
SELECT given.code, given.name_zh, given.name_en
FROM jsonb_to_recordset(%(departments)s::jsonb) AS given (code text, name_zh text, name_en text)
WHERE NOT EXISTS (
    SELECT FROM departments d WHERE d.code = given.code AND d.name_zh <> d.code
)
ORDER BY given.code
ON CONFLICT (code) DO UPDATE  -- an assets file knows only the code, and stood it in for the name
    SET name_zh = excluded.name_zh, name_en = excluded.name_en
    WHERE departments.name_zh = departments.code;
