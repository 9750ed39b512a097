-- What is told to others, and how far it has come.

-- name: instance
SELECT name FROM instance;

-- name: name_instance
UPDATE instance SET name = %(name)s WHERE name <> %(name)s;

-- name: put
-- Lines just added to the log of one case, with what is known of the case now.
INSERT INTO outbox (source, subject, sequence, type, time, exercise, area, department, severity,
                    reported_by, case_id, data)
SELECT 'urn:lifeline:instance:' || (SELECT name FROM instance), c.number, l.version, l.type, l.at,
       c.exercise, coalesce(c.grid_cell, left(c.component, 6), ''), coalesce(c.department, ''),
       c.severity, c.source, c.id,
       jsonb_build_object(
           'number', c.number, 'version', l.version, 'verb', l.verb, 'role', l.role,
           'before', l.before, 'state', l.after, 'details', l.details,
           'reported_by', c.source, 'exercise', c.exercise,
           'code_list', c.code_list, 'code', c.code, 'condition', c.condition,
           'title', jsonb_build_object('zh', c.title_zh, 'en', c.title_en),
           'severity', c.severity, 'department', c.department, 'component', c.component,
           'grid_cell', c.grid_cell, 'lon', c.lon, 'lat', c.lat, 'level', c.level,
           'handed_to', c.handed_to, 'outcome', c.outcome, 'opened', c.opened, 'due', c.due)
FROM cases c
CROSS JOIN jsonb_to_recordset(%(lines)s) AS l (
    version integer, type text, at timestamptz, verb text, role text, before text, after text,
    details jsonb)
WHERE c.id = %(id)s
ORDER BY l.version;

-- name: sort_alone
-- One at a time: what is sorted later of a case must not overtake what came before it.
SELECT pg_try_advisory_xact_lock(4404);

-- name: waiting
SELECT id FROM outbox WHERE sorted IS NULL ORDER BY id LIMIT %(most)s;

-- name: address
-- To each subscription that asks for it.
INSERT INTO deliveries (subscription, event, subject, sequence, since, next_try)
SELECT s.name, o.id, o.subject, o.sequence, %(now)s, %(now)s
FROM outbox o
JOIN subscriptions s ON s.state IN ('active', 'paused')
    AND CASE s.exercises WHEN 'with' THEN true ELSE o.exercise = (s.exercises = 'only') END
    AND (s.types = '{}' OR o.type = ANY (s.types))
    AND (s.areas = '{}' OR EXISTS (SELECT FROM unnest(s.areas) AS a WHERE starts_with(o.area, a)))
    AND (s.departments = '{}' OR o.department = ANY (s.departments))
    AND (s.severities = '{}' OR o.severity = ANY (s.severities))
    AND (s.reported_by = '{}' OR o.reported_by = ANY (s.reported_by))
WHERE o.id = ANY (%(ids)s);

-- name: sorted
UPDATE outbox SET sorted = %(now)s WHERE id = ANY (%(ids)s);

-- name: hurry
-- A claim or an answer that a crash of the server takes back is only an event sent once more.
SET LOCAL synchronous_commit = off;

-- name: claim
-- The first that waits of each subject, if it is due: nobody else takes it before `until`.
WITH due AS (
    SELECT d.subscription, d.event
    FROM subscriptions s JOIN deliveries d ON d.subscription = s.name
    WHERE s.name = %(subscription)s AND s.state = 'active' AND coalesce(s.rests_until <= %(now)s, true)
      AND d.state = 'pending' AND d.next_try <= %(now)s
      -- As a value, not as a join: for that the planner reads all that waits where it does not
      -- know yet how much that is.
      AND d.sequence = (SELECT e.sequence FROM deliveries e
                        WHERE e.subscription = d.subscription AND e.subject = d.subject
                          AND e.state = 'pending'
                        ORDER BY e.sequence LIMIT 1)
    ORDER BY d.event LIMIT %(most)s
    FOR UPDATE OF d SKIP LOCKED
), claimed AS (
    UPDATE deliveries d
    SET next_try = %(until)s, attempts = d.attempts + 1, last_try = %(now)s
    FROM due WHERE d.subscription = due.subscription AND d.event = due.event
    RETURNING d.event, d.attempts, d.since
)
SELECT c.event, c.attempts, c.since, o.source, o.subject, o.sequence, o.type, o.time, o.exercise, o.data
FROM claimed c JOIN outbox o ON o.id = c.event ORDER BY o.id;

-- name: delivered
-- Also where the claim had run out: it is there.
UPDATE deliveries d SET state = 'delivered', delivered = %(now)s, status = a.status, trouble = ''
FROM unnest(%(events)s::bigint[], %(statuses)s::smallint[]) AS a (event, status)
WHERE d.subscription = %(subscription)s AND d.event = a.event AND d.state <> 'delivered';

-- name: not_delivered
-- Whoever tried later says more than an answer that comes after its claim ran out.
UPDATE deliveries SET state = %(state)s, next_try = %(next_try)s, status = %(status)s, trouble = %(trouble)s
WHERE subscription = %(subscription)s AND event = %(event)s AND state = 'pending'
  AND attempts = %(attempts)s;

-- name: too_old
-- What could not be sent for so long, because its subscription was paused or rests, has failed.
UPDATE deliveries SET state = 'failed', trouble = 'not sent in time: ' || coalesce(nullif(trouble, ''), 'never tried')
WHERE state = 'pending' AND since < %(before)s AND next_try <= %(now)s;

-- name: forget
-- With its deliveries. Nothing goes before all have had their time.
DELETE FROM outbox o WHERE o.id IN (
    SELECT id FROM outbox WHERE sorted < %(before)s
    AND NOT EXISTS (SELECT FROM deliveries d WHERE d.event = outbox.id AND d.state = 'pending')
    ORDER BY sorted LIMIT %(most)s);

-- name: subscribe
INSERT INTO subscriptions (name, url, secret, mode, handshake, exercises, types, areas, departments,
                           severities, reported_by, created)
VALUES (%(name)s, %(url)s, %(secret)s, %(mode)s, %(handshake)s, %(exercises)s, %(types)s, %(areas)s,
        %(departments)s, %(severities)s, %(reported_by)s, %(now)s)
ON CONFLICT (name) DO NOTHING RETURNING name;

-- name: targets
-- To whom there may be something to send now.
SELECT name, url, secret, mode, handshake, agreed, rate, unanswered FROM subscriptions
WHERE state = 'active' AND coalesce(rests_until <= %(now)s, true) ORDER BY name;

-- name: subscriptions
SELECT name, url, mode, handshake, exercises, types, areas, departments, severities, reported_by,
       state, created, agreed, rate, rests_until, unanswered, trouble,
       (SELECT count(*) FROM deliveries d WHERE d.subscription = s.name AND d.state = 'pending') AS pending,
       (SELECT count(*) FROM deliveries d WHERE d.subscription = s.name AND d.state = 'failed') AS failed,
       (SELECT max(delivered) FROM deliveries d WHERE d.subscription = s.name) AS last_delivered
FROM subscriptions s
WHERE %(name)s::text IS NULL OR name = %(name)s
ORDER BY name;

-- name: agree
UPDATE subscriptions SET agreed = %(now)s, rate = %(rate)s, rests_until = NULL, unanswered = 0, trouble = ''
WHERE name = %(name)s;

-- name: rest
UPDATE subscriptions SET rests_until = %(until)s, unanswered = %(unanswered)s, trouble = %(trouble)s
WHERE name = %(name)s;

-- name: answered
UPDATE subscriptions SET unanswered = 0, rests_until = NULL, trouble = ''
WHERE name = %(name)s AND (unanswered > 0 OR trouble <> '' OR rests_until IS NOT NULL);

-- name: set_state
UPDATE subscriptions SET state = %(state)s, trouble = %(trouble)s, rests_until = NULL, unanswered = 0,
       agreed = CASE WHEN %(state)s = 'active' THEN NULL ELSE agreed END
WHERE name = %(name)s AND state <> 'ended' RETURNING name;

-- name: drop_pending
UPDATE deliveries SET state = 'failed', trouble = 'the subscription has ended'
WHERE subscription = %(name)s AND state = 'pending';

-- name: deliveries
SELECT d.event, d.subject, d.sequence, o.type, o.time, d.state, d.attempts, d.since, d.last_try,
       CASE WHEN d.state = 'pending' THEN d.next_try END AS next_try, d.status, d.trouble, d.delivered
FROM deliveries d JOIN outbox o ON o.id = d.event
WHERE d.subscription = %(name)s
  AND (%(state)s::text IS NULL OR d.state = %(state)s)
  AND (%(subject)s::text IS NULL OR d.subject = %(subject)s)
  AND (%(before)s::bigint IS NULL OR d.event < %(before)s)
ORDER BY d.event DESC LIMIT %(limit)s;

-- name: send_again
UPDATE deliveries SET state = 'pending', since = %(now)s, next_try = %(now)s, attempts = 0, delivered = NULL
WHERE subscription = %(name)s AND state <> 'pending'
  AND CASE WHEN %(event)s::bigint IS NULL THEN state = 'failed' ELSE event = %(event)s END
RETURNING event;
