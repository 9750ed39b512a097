-- What verifying that a case is solved reads and writes.

-- name: events
-- Its findings that are facts about the city.
SELECT rule, version, scope, subject, code_list, code, condition, severity, began, raised, found,
       ended, standing, channels, peak, case_key, why, shadow, exercise
FROM events WHERE case_id = %(case_id)s AND standing IN ('standing', 'over') ORDER BY began, id;

-- name: spoke
-- The channels that findings rest on, as far as their devices are in use.
SELECT c.number, c.id, c.device, c.name, c.quantity, c.unit, c.lowest, c.highest,
       c.largest_rate, c.interval, c.reports_every, coalesce(d.component, ''),
       coalesce(c.lon, d.lon, 'NaN'), coalesce(c.lat, d.lat, 'NaN'),
       d.time_zone, d.tags || c.tags, c.attributes, c.states
FROM channels c JOIN devices d ON d.id = c.device
WHERE d.status = 'active' AND c.number = ANY (%(numbers)s::integer[])
ORDER BY c.number;

-- name: beside
-- Other channels of some quantities in the places that the findings are about, each kind of place
-- by an index of its own. What a channel's own tags say goes before its device's.
WITH places AS (
    SELECT scope, subject, jsonb_build_object(scope, subject) AS tag
    FROM unnest(%(scopes)s::text[], %(subjects)s::text[]) AS p (scope, subject)
), found AS (
    SELECT c.number FROM places p JOIN channels c ON c.id = p.subject WHERE p.scope = 'channel'
    UNION
    SELECT c.number FROM places p JOIN channels c ON c.device = p.subject WHERE p.scope = 'device'
    UNION
    SELECT c.number FROM places p JOIN devices d ON d.component = p.subject
    JOIN channels c ON c.device = d.id WHERE p.scope = 'component'
    UNION
    SELECT c.number FROM places p JOIN devices d ON d.tags @> p.tag
    JOIN channels c ON c.device = d.id WHERE NOT c.tags ? p.scope
    UNION
    SELECT c.number FROM places p JOIN channels c ON c.tags @> p.tag
)
SELECT c.number, c.id, c.device, c.name, c.quantity, c.unit, c.lowest, c.highest,
       c.largest_rate, c.interval, c.reports_every, coalesce(d.component, ''),
       coalesce(c.lon, d.lon, 'NaN'), coalesce(c.lat, d.lat, 'NaN'),
       d.time_zone, d.tags || c.tags, c.attributes, c.states
FROM found f JOIN channels c ON c.number = f.number JOIN devices d ON d.id = c.device
WHERE d.status = 'active' AND d.exercise IS NOT DISTINCT FROM %(exercise)s::integer
  AND c.quantity = ANY (%(quantities)s::text[])
  AND NOT c.number = ANY (%(numbers)s::integer[])
ORDER BY c.number;

-- name: write
INSERT INTO verifications (case_id, looked, holds, since, next_look, said, missing)
VALUES (%(case_id)s, %(looked)s, %(holds)s, %(since)s, %(next_look)s, %(said)s, %(missing)s)
ON CONFLICT (case_id) DO UPDATE SET
    looked = excluded.looked, holds = excluded.holds, since = excluded.since,
    next_look = excluded.next_look, said = excluded.said, missing = excluded.missing;

-- name: freeze
INSERT INTO confirmations (case_id, version, frozen_at, body)
VALUES (%(case_id)s, %(version)s, %(frozen_at)s, %(body)s);
