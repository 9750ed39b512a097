-- Warnings: messages are added, never changed.

-- name: next_number
SELECT nextval('warning_numbers');

-- name: lock_warning
-- Whoever follows up on a warning holds it until the transaction ends: nobody else numbers its next message.
SELECT pg_advisory_xact_lock(hashtextextended('warning', %(number)s));

-- name: messages_of
SELECT message FROM warnings WHERE number = %(number)s ORDER BY version;

-- name: found
SELECT number, version, case_id FROM warnings WHERE identifier = %(identifier)s;

-- name: add
INSERT INTO warnings (number, version, identifier, case_id, status, kind, colour, sent, expires,
                      actor, role, reason, message, document)
VALUES (%(number)s, %(version)s, %(identifier)s, %(case_id)s, %(status)s, %(kind)s, %(colour)s,
        %(sent)s, %(expires)s, %(actor)s, %(role)s, %(reason)s, %(message)s, %(document)s);

-- name: case_facts
SELECT c.id, c.number, c.exercise, c.state, c.source, c.title_zh, c.title_en, c.code_list, c.code,
       c.condition, c.severity, c.began, c.verified IS NOT NULL AS verified,
       c.first_sensed IS NOT NULL AS sensed, c.lon, c.lat, c.grid_cell, k.name AS component_name,
       g.polygon, g.west, g.south, g.east, g.north
FROM cases c
LEFT JOIN components k ON k.code = c.component
LEFT JOIN grid_cells g ON g.code = c.grid_cell
WHERE c.id = %(id)s;

-- name: cells
SELECT code, name, polygon, west, south, east, north FROM grid_cells WHERE code = ANY (%(cells)s);

-- name: warnings_page
-- Messages, newest first. `state`: only the last of each warning, in force or ended; `of`: only of the
-- warning that this message is of.
SELECT w.number, w.version, w.identifier, c.number AS case_number, w.status, w.kind, w.colour,
       w.sent, w.expires, w.actor, w.role, w.reason, w.message,
       %(areas)s::text[] IS NULL OR c.id IS NOT NULL
           AND case_within(c, %(areas)s, %(departments)s::text[]) AS theirs,
       NOT EXISTS (SELECT FROM warnings l WHERE l.number = w.number AND l.version > w.version)
           AND w.kind <> 'Cancel' AND w.expires > %(now)s AS standing
FROM warnings w LEFT JOIN cases c ON c.id = w.case_id
WHERE (%(identifier)s::text IS NULL OR w.identifier = %(identifier)s)
  AND (%(sent)s::timestamptz IS NULL
       OR (w.sent, w.number, w.version) < (%(sent)s, %(number)s, %(version)s))
  AND (%(status)s::text IS NULL OR w.status = %(status)s)
  AND (%(case_id)s::bigint IS NULL OR w.case_id = %(case_id)s)
  AND (%(of)s::text IS NULL
       OR w.number = (SELECT o.number FROM warnings o WHERE o.identifier = %(of)s))
  AND (%(state)s::text IS NULL
       OR (NOT EXISTS (SELECT FROM warnings l WHERE l.number = w.number AND l.version > w.version)
           AND (w.kind <> 'Cancel' AND w.expires > %(now)s) = (%(state)s = 'in-force')))
ORDER BY w.sent DESC, w.number DESC, w.version DESC LIMIT %(limit)s;

-- name: document
SELECT document FROM warnings WHERE identifier = %(identifier)s;

-- name: to_warn_of
-- Open cases filed of late that nobody has warned of, of the severities that need no person. By
-- when they were opened there is an index; who files after more than a week warns in person.
SELECT c.id FROM cases c
WHERE c.severity = ANY (%(colours)s)
  AND c.filed > %(since)s AND c.opened > %(since)s::timestamptz - interval '7 days'
  AND c.state NOT IN ('closed', 'rejected', 'void')
  AND (c.lat IS NOT NULL OR c.grid_cell IS NOT NULL)
  AND NOT EXISTS (SELECT FROM warnings w WHERE w.case_id = c.id)
ORDER BY c.id LIMIT %(at_most)s;

-- name: to_call_off
-- The last messages of warnings that the system gave, that stand although their case has ended.
SELECT w.identifier FROM warnings w JOIN cases c ON c.id = w.case_id
WHERE w.role = 'system' AND w.kind <> 'Cancel' AND w.expires > %(now)s
  AND c.state IN ('closed', 'rejected', 'void')
  AND NOT EXISTS (SELECT FROM warnings l WHERE l.number = w.number AND l.version > w.version)
ORDER BY w.number LIMIT %(at_most)s;
