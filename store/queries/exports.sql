-- Whole tables in pieces, oldest first, for programs of others. Who called is in none of them.
-- Steps along the index of openings, so that the first row comes at once and nothing is sorted.

-- name: count
SELECT count(*) FROM cases c
WHERE (%(since)s::timestamptz IS NULL OR c.opened >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR c.opened < %(until)s);

-- name: cases
SELECT c.number, c.state, c.version, c.source, c.exercise, c.code_list, c.code, c.condition,
       c.catalogue, c.title_zh, c.title_en, c.severity, c.level, c.component, c.grid_cell,
       c.district, c.street, c.community, c.lon, c.lat, c.department, c.handed_to,
       m.number AS merged_into, c.description, c.address, c.began, c.found, c.first_sensed,
       c.first_public, c.opened, c.filed, c.dispatched, c.verified, c.due, c.fed_back, c.inspected,
       c.confirmed, c.closed, c.suspended_until, c.handled_in_time, c.passed, c.outcome, c.returns,
       c.redirects, c.reworks, c.extensions, c.urges, c.supervised, c.exempt, c.satisfaction
FROM cases c LEFT JOIN cases m ON m.id = c.merged_into
WHERE (%(since)s::timestamptz IS NULL OR c.opened >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR c.opened < %(until)s)
ORDER BY c.opened, c.id;

-- name: log
SELECT c.number AS case_number, l.version, l.at, l.actor, l.role, l.verb, l.before, l.after,
       l.reason, l.details::text AS details
FROM cases c JOIN case_log l ON l.case_id = c.id
WHERE (%(since)s::timestamptz IS NULL OR c.opened >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR c.opened < %(until)s)
ORDER BY c.opened, c.id, l.version;

-- name: runs
SELECT c.number AS case_number, r.number AS run, r.stage, r.owner, r.limit_amount, r.limit_class,
       r.began, r.since, extract(epoch FROM r.used)::double precision AS used, r.due, r.yellow,
       r.ended, r.actor, r.role, r.in_time
FROM cases c JOIN case_runs r ON r.case_id = c.id
WHERE (%(since)s::timestamptz IS NULL OR c.opened >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR c.opened < %(until)s)
ORDER BY c.opened, c.id, r.number;

-- name: reports
SELECT c.number AS case_number, r.id::text AS report, r.source, r.system, r.external_id, r.actor,
       r.happened, r.reported, r.received, r.text, r.code_list, r.code, r.condition, r.component,
       r.lon, r.lat, r.accuracy, r.address, array_to_string(r.photos, ' ') AS photos, r.severity,
       r.exercise, r.wished
FROM cases c JOIN reports r ON r.case_id = c.id
WHERE (%(since)s::timestamptz IS NULL OR c.opened >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR c.opened < %(until)s)
ORDER BY c.opened, c.id, r.received, r.id;
