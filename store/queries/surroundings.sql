-- What stands around an event when it becomes a case: its channels, component, cell, readings.

-- name: speakers
-- The event's channels in their order, each with its component.
SELECT c.number, c.id, c.device, c.quantity, d.tags || c.tags AS tags,
       coalesce(c.lon, d.lon, k.lon) AS lon, coalesce(c.lat, d.lat, k.lat) AS lat,
       k.code, k.code_list, k.class, k.name, k.lon AS component_lon, k.lat AS component_lat,
       k.grid_cell, k.department
FROM unnest(%(channels)s::integer[]) WITH ORDINALITY AS spoke (number, place)
JOIN channels c ON c.number = spoke.number
JOIN devices d ON d.id = c.device
LEFT JOIN components k ON k.code = d.component
ORDER BY spoke.place;

-- name: components_named
-- The components that a subject names: by their code, or by an attribute of the scope's name.
-- Two are enough to know that there is not one.
SELECT code, code_list, class, name, lon AS component_lon, lat AS component_lat, grid_cell, department
FROM components
WHERE code = %(subject)s OR attributes @> jsonb_build_object(%(scope)s::text, %(subject)s::text)
ORDER BY code LIMIT 2;

-- name: cells_around
-- The index of boxes finds them among tens of thousands; its comparison is a little wide.
SELECT code, polygon FROM grid_cells
WHERE box(point(west, south), point(east, north))
      @> box(point(%(lon)s, %(lat)s), point(%(lon)s, %(lat)s))
  AND %(lon)s BETWEEN west AND east AND %(lat)s BETWEEN south AND north
  AND (valid_until IS NULL OR valid_until > %(at)s)
ORDER BY code;

-- name: cell_of_drill
SELECT grid_cell FROM drills WHERE id = %(drill)s;

-- name: window
SELECT channel, time, received, value, coalesce(state, -1) AS state, quality FROM readings
WHERE channel = ANY (%(channels)s) AND time BETWEEN %(start)s AND %(stop)s
ORDER BY channel, time;

-- name: neighbours
-- The last good reading, within an hour before, of channels of the same quantity in the zone.
SELECT c.id, c.quantity, r.time, r.value
FROM (
    SELECT c.number, c.id, c.quantity
    FROM channels c JOIN devices d ON d.id = c.device
    WHERE c.quantity = %(quantity)s AND NOT c.number = ANY (%(channels)s)
      AND d.exercise IS NOT DISTINCT FROM %(exercise)s::integer
      AND coalesce(c.tags ->> 'zone', d.tags ->> 'zone') = %(zone)s
    ORDER BY c.id LIMIT 12
) c
CROSS JOIN LATERAL (
    SELECT time, value FROM readings
    WHERE channel = c.number AND time BETWEEN %(at)s - interval '1 hour' AND %(at)s
      AND quality & %(unusable)s = 0 AND value IS NOT NULL
    ORDER BY time DESC LIMIT 1
) r
ORDER BY c.id;

-- name: devices
-- What became of the readings of the event's devices, over the week before.
SELECT device, sum(received)::bigint AS received, sum(stored)::bigint AS stored,
       sum(duplicate)::bigint AS duplicate, sum(rejected)::bigint AS rejected,
       sum(quarantined)::bigint AS quarantined, sum(late)::bigint AS late,
       sum(flagged)::bigint AS flagged
FROM ledger
WHERE device = ANY (%(devices)s) AND day BETWEEN city_day(%(at)s) - 7 AND city_day(%(at)s)
GROUP BY device ORDER BY device;

-- name: sensors_of_case
-- The channels that spoke in a case, and those that its evidence names beside them.
WITH spoke AS (
    SELECT DISTINCT unnest(channels) AS number FROM events
    WHERE case_id = %(case_id)s AND standing IN ('standing', 'over')
), beside AS (
    SELECT DISTINCT n ->> 'channel' AS id
    FROM evidence CROSS JOIN LATERAL jsonb_path_query(body, '$.neighbours[*]') AS n
    WHERE case_id = %(case_id)s
)
SELECT c.id AS channel, c.device, c.quantity, coalesce(c.lon, d.lon, k.lon) AS lon,
       coalesce(c.lat, d.lat, k.lat) AS lat, s.number IS NOT NULL AS spoke
FROM channels c JOIN devices d ON d.id = c.device
LEFT JOIN components k ON k.code = d.component LEFT JOIN spoke s ON s.number = c.number
WHERE c.number IN (SELECT number FROM spoke) OR c.id IN (SELECT id FROM beside)
ORDER BY spoke DESC, c.id LIMIT 500;

-- name: components_within
-- By their classes, which are few: so the index of places finds them among millions.
SELECT code, code_list, class, name, state, lon, lat FROM components
WHERE class = ANY (%(classes)s) AND lat BETWEEN %(south)s AND %(north)s
  AND lon BETWEEN %(west)s AND %(east)s
ORDER BY abs(lat - %(lat)s) + abs(lon - %(lon)s), code LIMIT 500;

-- name: open_cases_within
SELECT id, number, state, code, title_zh, title_en, severity, exercise, stage_due, stage_yellow,
       lon, lat
FROM cases c
WHERE floor(lat * 1000)::integer = ANY (%(rows)s)
  AND floor(lon * 1000)::integer = ANY (%(columns)s)
  AND lat IS NOT NULL AND state NOT IN ('closed', 'rejected', 'void') AND id <> %(case_id)s
  AND exercise = %(exercise)s
  AND (%(areas)s::text[] IS NULL OR case_within(c, %(areas)s::text[], %(departments)s::text[]))
  AND (exercise, coalesce(drill, 0))
      = (SELECT exercise, coalesce(drill, 0) FROM cases WHERE id = %(case_id)s)
ORDER BY id DESC LIMIT 500;

-- name: where_is_case
SELECT lon, lat, exercise FROM cases WHERE id = %(case_id)s;
