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
        case_key text, why jsonb, shadow boolean)
), before AS (
    SELECT e.id, e.standing, e.channels FROM events e JOIN incoming i ON i.id = e.id
), written AS (
    INSERT INTO events (id, rule, version, scope, subject, code_list, code, condition, severity,
                        began, raised, found, ended, standing, channels, peak, case_key, why,
                        shadow, settled)
    SELECT i.id, i.rule, i.version, i.scope, i.subject, i.code_list, i.code, i.condition,
           i.severity, i.began, i.raised, i.found, i.ended, i.standing, i.channels, i.peak,
           i.case_key, i.why, i.shadow, %(now)s
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
    RETURNING id, case_key, standing, case_id
)
SELECT w.id, w.case_key, w.standing, w.case_id, b.standing AS was,
       coalesce(b.channels, '{}') AS known
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
SELECT id, key, state FROM cases
WHERE id = ANY (%(ids)s)
   OR (state NOT IN ('closed', 'void')
       AND (key = %(key)s
            OR id IN (SELECT case_id FROM events
                      WHERE case_key = %(key)s AND standing IN ('standing', 'over'))))
ORDER BY id FOR NO KEY UPDATE;

-- name: related_symptoms
-- Findings in other open cases that may have one cause with a new one: of its class nearby, or on
-- one of its paths.
SELECT c.id AS case_id, e.code_list, e.code, e.began, e.lon, e.lat, e.why
FROM events e JOIN cases c ON c.id = e.case_id
WHERE c.state NOT IN ('closed', 'void') AND NOT c.id = ANY (%(but)s)
  AND e.standing IN ('standing', 'over')
  AND e.began BETWEEN %(began)s - %(within)s AND %(began)s + %(within)s
  AND ((e.code_list = %(code_list)s AND e.code = %(code)s
        AND e.lat BETWEEN %(lat)s::float8 - 0.01 AND %(lat)s::float8 + 0.01)
       OR e.why -> 'group' -> 'paths' ?| %(paths)s::text[])
ORDER BY c.id, e.id;

-- name: settle_at
-- Where an event is, kept with it so that those near it find it.
UPDATE events SET lon = %(lon)s, lat = %(lat)s WHERE id = %(id)s;

-- name: move_events
UPDATE events SET case_id = %(case_id)s WHERE case_id = %(from_case)s RETURNING id;

-- name: move_evidence
-- Frozen pieces stay where they were frozen, and stand in the other case too.
INSERT INTO evidence (case_id, event_id, piece, frozen_at, body)
SELECT %(case_id)s, event_id, piece, frozen_at, body FROM evidence WHERE case_id = %(from_case)s
ON CONFLICT DO NOTHING;

-- name: number_of_case
SELECT number FROM cases WHERE id = %(id)s;


-- name: lock_grouping
SELECT pg_advisory_xact_lock(hashtext('lifeline grouping'));

-- name: next_case
SELECT nextval(pg_get_serial_sequence('cases', 'id')) AS id;

-- name: open_case
-- Nothing is returned when the cause has an open case by now.
INSERT INTO cases (id, number, key, version, state, code_list, code, condition, title_zh, title_en,
                   severity, component, grid_cell, lon, lat, department, began, found, opened, due)
OVERRIDING SYSTEM VALUE
VALUES (%(id)s, %(number)s, %(key)s, %(version)s, %(state)s, %(code_list)s, %(code)s,
        %(condition)s, %(title_zh)s, %(title_en)s, %(severity)s, %(component)s, %(grid_cell)s,
        %(lon)s, %(lat)s, %(department)s, %(began)s, %(found)s, %(opened)s, %(due)s)
ON CONFLICT (key) WHERE state NOT IN ('closed', 'void') DO NOTHING
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
       department, began, found, opened, due
FROM cases WHERE id = %(case_id)s;

-- name: amend_case
UPDATE cases SET
    code_list = %(code_list)s, code = %(code)s, condition = %(condition)s, title_zh = %(title_zh)s,
    title_en = %(title_en)s, severity = %(severity)s, component = %(component)s,
    grid_cell = %(grid_cell)s, lon = %(lon)s, lat = %(lat)s, department = %(department)s,
    began = %(began)s, found = %(found)s, due = %(due)s
WHERE id = %(case_id)s;

-- name: event
SELECT rule, version, scope, subject, code_list, code, condition, severity, began, raised, found,
       ended, standing, channels, peak, case_key, why, shadow
FROM events WHERE id = %(id)s;

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
