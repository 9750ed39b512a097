-- What is not watched now, and why, drills apart: a statement a source, each a page by its key, all with the same
-- columns. `kind` is the tag of devices: flood, gas, ...

-- name: gateway_down
-- Its devices are blind until it is back; they are told once, here.
SELECT e.id::text AS key, 'gateway-down' AS reason, e.scope, e.subject, '' AS name, behind.kinds,
       e.began AS since, NULL::timestamptz AS until, ARRAY[e.rule] AS rules, '' AS actor, '' AS why,
       behind.devices, behind.lon, behind.lat,
       seen_number(k, %(areas)s::text[], %(departments)s::text[]) AS case_number
FROM events e LEFT JOIN cases k ON k.id = e.case_id
CROSS JOIN LATERAL (
    SELECT count(DISTINCT d.id)::integer AS devices, avg(coalesce(d.lon, p.lon)) AS lon,
           avg(coalesce(d.lat, p.lat)) AS lat,
           coalesce(array_agg(DISTINCT d.tags ->> 'kind') FILTER (WHERE d.tags ? 'kind'), '{{}}')
               AS kinds
    FROM channels c JOIN devices d ON d.id = c.device LEFT JOIN components p ON p.code = d.component
    WHERE c.number = ANY (e.channels)
) behind
WHERE e.standing = 'standing' AND NOT e.shadow AND e.exercise IS NULL
  AND e.rule = 'health.gateway-dead'
  AND (%(after)s::text IS NULL OR e.id::text > %(after)s)
  AND (%(kind)s::text IS NULL OR %(kind)s = ANY (behind.kinds))
ORDER BY e.id::text LIMIT %(limit)s;

-- name: silent
SELECT * FROM ({unwell}) found WHERE reason = 'silent' ORDER BY key LIMIT %(limit)s;

-- name: unreliable
-- It speaks, and cannot be believed: stuck, drifting, in another unit, by a wrong clock. A battery
-- that is low still measures.
SELECT * FROM ({unwell}) found WHERE reason = 'unreliable' ORDER BY key LIMIT %(limit)s;

-- name: unwell
-- Devices that rules of health speak of, a row for what is silent and one for what is wrong.
SELECT d.id AS key, CASE WHEN e.rule = 'health.silent' THEN 'silent' ELSE 'unreliable' END AS reason,
       'device' AS scope, d.id AS subject, coalesce(min(p.name), '') AS name,
       array_remove(ARRAY[min(d.tags ->> 'kind')], NULL) AS kinds, min(e.began) AS since,
       NULL::timestamptz AS until, array_agg(DISTINCT e.rule ORDER BY e.rule) AS rules,
       '' AS actor, '' AS why, 1 AS devices, min(coalesce(d.lon, p.lon)) AS lon,
       min(coalesce(d.lat, p.lat)) AS lat, 
       min(seen_number(k, %(areas)s::text[], %(departments)s::text[])) AS case_number
FROM events e JOIN channels c ON c.number = ANY (e.channels) JOIN devices d ON d.id = c.device
LEFT JOIN components p ON p.code = d.component LEFT JOIN cases k ON k.id = e.case_id
WHERE e.standing = 'standing' AND NOT e.shadow AND starts_with(e.rule, 'health.')
  AND e.rule NOT IN ('health.gateway-dead', 'health.battery') AND d.status = 'active'
  AND d.exercise IS NULL
  AND (%(after)s::text IS NULL OR d.id > %(after)s)
  AND (%(kind)s::text IS NULL OR d.tags ->> 'kind' = %(kind)s)
GROUP BY d.id, 2;

-- name: never_heard
-- In service, and nothing was ever heard of it.
SELECT d.id AS key, 'never-heard' AS reason, 'device' AS scope, d.id AS subject,
       coalesce(p.name, '') AS name, array_remove(ARRAY[d.tags ->> 'kind'], NULL) AS kinds,
       d.adopted_at AS since, NULL::timestamptz AS until, '{{}}'::text[] AS rules, '' AS actor,
       '' AS why, 1 AS devices, coalesce(d.lon, p.lon) AS lon, coalesce(d.lat, p.lat) AS lat,
       NULL AS case_number
FROM devices d LEFT JOIN components p ON p.code = d.component
WHERE d.status = 'active' AND d.exercise IS NULL
  AND NOT coalesce((SELECT true FROM ledger l WHERE l.device = d.id LIMIT 1), false)
  AND (%(after)s::text IS NULL OR d.id > %(after)s)
  AND (%(kind)s::text IS NULL OR d.tags ->> 'kind' = %(kind)s)
ORDER BY d.id LIMIT %(limit)s;

-- name: windows
-- Maintenance, planned work, calibration, shelving: what is found there is held back.
WITH covered AS MATERIALIZED ({covered})
SELECT lpad(w.id::text, 19, '0') AS key, w.reason, w.scope, w.subject,
       coalesce(place.name, '') AS name, place.kinds, w.began AS since, w.until, w.rules, w.actor,
       w.why, place.devices, place.lon, place.lat, NULL AS case_number
FROM windows w CROSS JOIN LATERAL (
    SELECT count(DISTINCT d.id)::integer AS devices, avg(coalesce(d.lon, p.lon)) AS lon,
           avg(coalesce(d.lat, p.lat)) AS lat,
           coalesce(array_agg(DISTINCT d.tags ->> 'kind') FILTER (WHERE d.tags ? 'kind'), '{{}}')
               AS kinds,
           CASE WHEN count(DISTINCT d.id) = 1 THEN min(p.name) END AS name
    FROM covered v JOIN channels c ON c.number = v.channel JOIN devices d ON d.id = c.device
    LEFT JOIN components p ON p.code = d.component
    WHERE v."window" = w.id
) place
WHERE w.began <= %(now)s AND w.until > %(now)s
  AND (%(reason)s::text IS NULL OR w.reason = %(reason)s)
  AND (%(after)s::text IS NULL OR lpad(w.id::text, 19, '0') > %(after)s)
  AND (%(kind)s::text IS NULL OR %(kind)s = ANY (place.kinds))
ORDER BY w.id LIMIT %(limit)s;

-- name: rule_off
-- Rules that this program brings along as active, and of which no version is in force.
SELECT s.rule AS key, 'rule-off' AS reason, 'rule' AS scope, s.rule AS subject, '' AS name,
       '{{}}'::text[] AS kinds, coalesce(last.at, gone.since) AS since, NULL::timestamptz AS until,
       ARRAY[s.rule] AS rules, coalesce(last.actor, '') AS actor, coalesce(last.reason, '') AS why,
       0 AS devices, NULL::float8 AS lon, NULL::float8 AS lat, NULL AS case_number
FROM shipped_rules s
LEFT JOIN LATERAL (SELECT max(v.in_force_until) AS since FROM rule_versions v
                   WHERE v.rule = s.rule AND NOT v.shadow) gone ON true
LEFT JOIN LATERAL (SELECT at, actor, reason FROM rule_log l WHERE l.rule = s.rule
                   ORDER BY l.id DESC LIMIT 1) last ON true
WHERE s.status = 'active' AND %(kind)s::text IS NULL
  AND NOT EXISTS (SELECT FROM rule_versions v
                  WHERE v.rule = s.rule AND NOT v.shadow AND v.in_force_until IS NULL)
  AND (%(after)s::text IS NULL OR s.rule > %(after)s)
ORDER BY s.rule LIMIT %(limit)s;

-- name: stranger
-- Devices that nobody has adopted: what they say is kept, and judged by nobody. Stepped through
-- by the index, one look each, however much waits.
WITH RECURSIVE strangers AS (
    (SELECT device FROM quarantine WHERE %(after)s::text IS NULL OR device > %(after)s
     ORDER BY device LIMIT 1)
    UNION ALL
    SELECT (SELECT q.device FROM quarantine q WHERE q.device > s.device ORDER BY q.device LIMIT 1)
    FROM strangers s WHERE s.device IS NOT NULL
)
SELECT s.device AS key, 'stranger' AS reason, 'device' AS scope, s.device AS subject, '' AS name,
       '{{}}'::text[] AS kinds, said.since, NULL::timestamptz AS until, '{{}}'::text[] AS rules,
       '' AS actor, said.fields AS why, 1 AS devices, d.lon, d.lat, NULL AS case_number
FROM strangers s LEFT JOIN devices d ON d.id = s.device
CROSS JOIN LATERAL (SELECT min(q.received) AS since,
                           string_agg(DISTINCT q.name, ', ' ORDER BY q.name) AS fields
                    FROM quarantine q WHERE q.device = s.device) said
WHERE s.device IS NOT NULL AND NOT of_drill(s.device) AND %(kind)s::text IS NULL
ORDER BY s.device LIMIT %(limit)s;

-- name: no_sensor
-- Grid cells in which sensors of a kind that the city has elsewhere are not: `kinds` are those
-- that are missing. A device without a component lies in the cells whose bounds hold it.
WITH placed AS (
    SELECT p.grid_cell AS cell, d.tags ->> 'kind' AS kind
    FROM devices d JOIN components p ON p.code = d.component
    WHERE d.status = 'active' AND d.exercise IS NULL AND p.grid_cell IS NOT NULL
    UNION ALL
    SELECT g.code, d.tags ->> 'kind'
    FROM devices d LEFT JOIN components p ON p.code = d.component
    JOIN grid_cells g ON box(point(g.west, g.south), point(g.east, g.north))
                         && box(point(coalesce(d.lon, p.lon), coalesce(d.lat, p.lat)),
                                point(coalesce(d.lon, p.lon), coalesce(d.lat, p.lat)))
    WHERE d.status = 'active' AND d.exercise IS NULL AND p.grid_cell IS NULL
), watched AS (
    SELECT cell, array_agg(DISTINCT kind) AS kinds, count(*)::integer AS devices
    FROM placed GROUP BY cell
), known AS (
    SELECT array_agg(kind ORDER BY kind) AS kinds FROM (
        SELECT DISTINCT d.tags ->> 'kind' AS kind FROM devices d
        WHERE d.status = 'active' AND d.exercise IS NULL AND d.tags ? 'kind'
          AND (%(kind)s::text IS NULL OR d.tags ->> 'kind' = %(kind)s)
    ) AS each
)
SELECT g.code AS key, 'no-sensor' AS reason, 'grid_cell' AS scope, g.code AS subject, g.name,
       missing.kinds, NULL::timestamptz AS since, NULL::timestamptz AS until,
       '{{}}'::text[] AS rules, '' AS actor, '' AS why, coalesce(w.devices, 0) AS devices,
       (g.west + g.east) / 2 AS lon, (g.south + g.north) / 2 AS lat, NULL AS case_number
FROM grid_cells g CROSS JOIN known LEFT JOIN watched w ON w.cell = g.code
CROSS JOIN LATERAL (
    SELECT array_agg(kind ORDER BY kind) AS kinds FROM unnest(known.kinds) AS kind
    WHERE kind <> ALL (coalesce(w.kinds, '{{}}'))
) missing
WHERE missing.kinds IS NOT NULL AND (g.valid_until IS NULL OR g.valid_until > %(now)s)
  AND (%(after)s::text IS NULL OR g.code > %(after)s)
ORDER BY g.code LIMIT %(limit)s;

-- name: count
SELECT reason, count(*) FROM ({found}) AS found GROUP BY reason;
