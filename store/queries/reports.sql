-- Reports of people and other systems, who called, and the joining of cases.

-- name: lock_number
-- Who sends one report twice at once is let in one after the other.
SELECT pg_advisory_xact_lock(hashtext(%(system)s), hashtext(%(external_id)s));

-- name: sent_before
SELECT r.id, r.case_id, c.number FROM reports r JOIN cases c ON c.id = r.case_id
WHERE r.system = %(system)s AND r.external_id = %(external_id)s;

-- name: case_to_join
SELECT number, exercise FROM cases WHERE id = %(id)s;

-- name: open_case
-- What of the row the log says is written with the log.
INSERT INTO cases (id, number, key, version, state, code_list, code, condition, title_zh, title_en,
                   severity, component, grid_cell, lon, lat, began, found, opened, description,
                   address, first_public)
OVERRIDING SYSTEM VALUE
VALUES (%(id)s, %(number)s, %(key)s, 1, 'reported', %(code_list)s, %(code)s, %(condition)s,
        %(title_zh)s, %(title_en)s, %(severity)s, %(component)s, %(grid_cell)s, %(lon)s, %(lat)s,
        %(began)s, %(found)s, %(opened)s, %(description)s, %(address)s, %(first_public)s);

-- name: add_report
INSERT INTO reports (id, case_id, source, system, external_id, actor, happened, reported, received,
                     text, code_list, code, condition, component, lon, lat, accuracy, address,
                     photos, severity, exercise, wished)
VALUES (%(id)s, %(case_id)s, %(source)s, %(system)s, %(external_id)s, %(actor)s, %(happened)s,
        %(reported)s, %(received)s, %(text)s, %(code_list)s, %(code)s, %(condition)s,
        %(component)s, %(lon)s, %(lat)s, %(accuracy)s, %(address)s, %(photos)s, %(severity)s,
        %(exercise)s, %(wished)s);

-- name: add_caller
INSERT INTO callers (report, name, phone) VALUES (%(report)s, %(name)s, %(phone)s);

-- name: component
SELECT code, code_list, class, name, lon AS component_lon, lat AS component_lat, grid_cell,
       department
FROM components WHERE code = %(code)s;

-- name: components_around
-- Those of a class in the cells around a point; how near they are is reckoned by whoever asks.
SELECT code, code_list, class, name, lon AS component_lon, lat AS component_lat, grid_cell,
       department
FROM components
WHERE class = %(code)s AND code_list = %(code_list)s
  AND lat BETWEEN %(south)s AND %(north)s AND lon BETWEEN %(west)s AND %(east)s
ORDER BY code;

-- name: page
-- Reports newest first. Who called is not among what is shown, only that somebody did.
SELECT r.id, c.number AS case_number, c.state AS case_state, r.source, r.system, r.external_id,
       r.actor, r.happened, r.reported, r.received, r.text, r.code_list, r.code, r.condition,
       r.component, r.lon, r.lat, r.accuracy, r.address, r.photos, r.severity, r.exercise,
       r.wished, k.report IS NOT NULL AS has_caller, k.called_back
FROM reports r JOIN cases c ON c.id = r.case_id LEFT JOIN callers k ON k.report = r.id
WHERE (%(id)s::uuid IS NULL OR r.id = %(id)s)
  AND (%(received)s::timestamptz IS NULL OR (r.received, r.id) < (%(received)s, %(before)s))
  AND (%(case_id)s::bigint IS NULL OR r.case_id = %(case_id)s)
  AND (%(source)s::text IS NULL OR r.source = %(source)s)
  AND (%(system)s::text IS NULL OR r.system = %(system)s)
  AND (%(external_id)s::text IS NULL OR r.external_id = %(external_id)s)
  AND (%(start)s::timestamptz IS NULL OR r.received >= %(start)s)
  AND (%(end)s::timestamptz IS NULL OR r.received < %(end)s)
  AND (%(areas)s::text[] IS NULL OR case_within(c, %(areas)s, %(departments)s::text[]))
ORDER BY r.received DESC, r.id DESC LIMIT %(limit)s;

-- name: spot
SELECT id, code_list, code, condition, lon, lat, found, exercise, drill FROM cases WHERE id = %(id)s;

-- name: spots_around
-- Cases found around a point and a time, one look into the index for each square; what was joined
-- to another is not proposed again.
SELECT id, number, state, version, code_list, code, condition, title_zh, title_en, source, lon, lat, found,
       exercise, drill
FROM cases
WHERE lat IS NOT NULL
  AND floor(lat * 1000)::integer = ANY (%(rows)s)
  AND floor(lon * 1000)::integer = ANY (%(columns)s)
  AND found BETWEEN %(since)s AND %(until)s
  AND merged_into IS NULL;

-- name: move_reports
UPDATE reports SET case_id = %(case_id)s WHERE case_id = %(from_case)s RETURNING id;

-- name: merge
UPDATE cases SET merged_into = %(case_id)s WHERE id = %(from_case)s;

-- name: end_of_merging
-- Where what was in a case is now: in the one that it was joined to, or which that was joined to.
WITH RECURSIVE way AS (
    SELECT id, merged_into FROM cases WHERE id = %(id)s
    UNION
    SELECT c.id, c.merged_into FROM way w JOIN cases c ON c.id = w.merged_into
)
SELECT id FROM way WHERE merged_into IS NULL;

-- name: reports_back
UPDATE reports SET case_id = %(case_id)s
WHERE id = ANY (%(ids)s) AND case_id = %(from_case)s RETURNING id;

-- name: events_back
-- With those of the same cause that have come since.
UPDATE events SET case_id = %(case_id)s
WHERE case_id = %(from_case)s
  AND (id = ANY (%(ids)s)
       OR case_key IN (SELECT case_key FROM events WHERE id = ANY (%(ids)s) AND case_key <> ''))
RETURNING id;

-- name: look
SELECT name, phone, erased FROM callers WHERE report = %(report)s FOR NO KEY UPDATE;

-- name: add_look
INSERT INTO caller_looks (report, at, actor, why) VALUES (%(report)s, %(at)s, %(actor)s, %(why)s);

-- name: looks
SELECT at, actor, why FROM caller_looks WHERE report = %(report)s ORDER BY id;

-- name: end_of_case
-- When the case of a report ended; NULL while it is open.
SELECT CASE WHEN c.state IN ('closed', 'rejected', 'void') THEN
           (SELECT max(at) FROM case_log l WHERE l.case_id = c.id AND l.before <> l.after)
       END AS ended
FROM reports r JOIN cases c ON c.id = r.case_id WHERE r.id = %(report)s;

-- name: erase
UPDATE callers SET name = '', phone = '', erased = %(at)s, erased_by = %(actor)s,
       erased_why = %(why)s
WHERE report = %(report)s;

-- name: has_caller
SELECT EXISTS (SELECT FROM callers k JOIN reports r ON r.id = k.report
               WHERE r.case_id = %(case_id)s AND k.erased IS NULL
                 AND (%(report)s::text IS NULL OR k.report::text = %(report)s));

-- name: call_backs
-- Callers whose case has ended and whom nobody has called since, by report.
SELECT k.report, c.number AS case_number, c.state AS case_state, c.version, c.title_zh, c.title_en,
       c.outcome, c.closed, r.reported
FROM callers k JOIN reports r ON r.id = k.report JOIN cases c ON c.id = r.case_id
WHERE k.called_back IS NULL AND k.erased IS NULL AND NOT r.exercise
  AND c.state IN ('closed', 'rejected', 'void')
  AND (%(after)s::uuid IS NULL OR k.report > %(after)s)
  AND (%(areas)s::text[] IS NULL OR case_within(c, %(areas)s, %(departments)s::text[]))
ORDER BY k.report LIMIT %(limit)s;
