-- What is watched now, and what is not; drills are elsewhere. A device speaks of the city, or of itself: rules of the
-- pack `health` are about the device, those of `weather` are no alarm.

-- name: sensor_places
-- Every device in service that stands somewhere, by id: a map shows them all at once.
SELECT d.id, coalesce(d.lon, k.lon) AS lon, coalesce(d.lat, k.lat) AS lat,
       coalesce(d.tags ->> 'kind', '') AS kind, pipe_of(d.tags) AS pipe,
       coalesce(p.network, '') AS network
FROM devices d LEFT JOIN components k ON k.code = d.component
LEFT JOIN pipes p ON p.id = pipe_of(d.tags) AND p.network = network_of(d.tags)
WHERE d.status = 'active' AND d.exercise IS NOT DISTINCT FROM %(drill)s::integer
  AND coalesce(d.lon, k.lon) IS NOT NULL
  AND coalesce(d.lat, k.lat) IS NOT NULL
ORDER BY d.id;

-- name: sensor_states
-- The devices that are not normal, each with the gravest of what is known of it. What is found in
-- a window is held back and no standing event, so an alarm within one is of another rule.
WITH covered AS ({covered}), known AS (
    SELECT c.device, 1 AS rank, w.began AS since
    FROM covered v JOIN channels c ON c.number = v.channel JOIN windows w ON w.id = v."window"
    UNION ALL
    SELECT c.device,
           CASE WHEN e.rule IN ('health.silent', 'health.gateway-dead') THEN 2
                WHEN starts_with(e.rule, 'health.') THEN 0 ELSE 3 END,
           e.began
    FROM events e JOIN channels c ON c.number = ANY (e.channels)
    WHERE e.standing = 'standing' AND NOT e.shadow AND NOT starts_with(e.rule, 'weather.')
    UNION ALL
    SELECT device, 2, NULL FROM unnest(%(unheard)s::text[]) AS device
)
SELECT DISTINCT ON (known.device) known.device,
       (ARRAY['unwell', 'maintenance', 'silent', 'alarming'])[known.rank + 1] AS state, known.since
FROM known
JOIN devices d ON d.id = known.device AND d.status = 'active'
  AND d.exercise IS NOT DISTINCT FROM %(drill)s::integer
ORDER BY known.device, known.rank DESC, known.since;

-- name: covered
-- (window, channel) of the windows that are on: a place is a device, a component, or a tag. A
-- branch each, so that what names one device is found by its key.
SELECT w.id AS "window", c.number AS channel
FROM windows w JOIN channels c ON w.scope = 'channel' AND c.id = w.subject
WHERE w.began <= %(now)s AND w.until > %(now)s
UNION ALL
SELECT w.id, c.number
FROM windows w JOIN channels c ON w.scope = 'device' AND c.device = w.subject
WHERE w.began <= %(now)s AND w.until > %(now)s
UNION ALL
SELECT w.id, c.number
FROM windows w JOIN devices d ON w.scope = 'component' AND d.component = w.subject
JOIN channels c ON c.device = d.id
WHERE w.began <= %(now)s AND w.until > %(now)s
UNION ALL
SELECT w.id, c.number
FROM windows w JOIN devices d ON w.scope NOT IN ('channel', 'device', 'component')
JOIN channels c ON c.device = d.id
WHERE w.began <= %(now)s AND w.until > %(now)s
  AND CASE w.scope WHEN 'city' THEN w.subject = 'city' ELSE w.subject = coalesce(
      c.tags ->> w.scope, d.tags ->> w.scope, CASE w.scope WHEN 'gateway' THEN d.gateway END) END;

-- name: unheard
-- Devices in service of which nothing was ever heard: one look into the ledger each.
SELECT d.id FROM devices d
WHERE d.status = 'active' AND d.exercise IS NULL
  AND NOT coalesce((SELECT true FROM ledger l WHERE l.device = d.id LIMIT 1), false);

-- name: open_cases
-- Every open case, newest first, as little of it as a map shows.
SELECT c.number, c.lon, c.lat, c.code_list, c.code, c.condition, c.title_zh, c.title_en,
       c.severity, c.state, c.stage_due, c.stage_yellow, c.opened
FROM cases c
WHERE c.state NOT IN ('closed', 'rejected', 'void')
  AND c.exercise = (%(drill)s::integer IS NOT NULL)
  AND c.drill IS NOT DISTINCT FROM %(drill)s::integer
  AND (%(areas)s::text[] IS NULL OR case_within(c, %(areas)s, %(departments)s::text[]))
ORDER BY c.id DESC;
