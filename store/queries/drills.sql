-- Drills: what is on, what was done in them, what came of them.

-- name: add
INSERT INTO drills (scenario, title_zh, title_en, seed, state, began, until, started_by, lon, lat,
                    grid_cell, plan)
VALUES (%(scenario)s, %(title_zh)s, %(title_en)s, %(seed)s, 'preparing', %(began)s, %(until)s,
        %(started_by)s, %(lon)s, %(lat)s, %(grid_cell)s, %(plan)s)
RETURNING id;

-- name: still_on
-- Those that have not ended; none of them ends while the asking transaction lasts.
SELECT id FROM drills WHERE state <> 'ended' FOR SHARE;

-- name: lock
SELECT state, began, until FROM drills WHERE id = %(drill)s FOR UPDATE;

-- name: turn
UPDATE drills SET state = %(state)s, ended = coalesce(%(ended)s, ended),
    plan = coalesce(%(plan)s, plan) WHERE id = %(drill)s;

-- name: log
INSERT INTO drill_log (drill, number, at, who, verb, details)
SELECT %(drill)s, coalesce(max(number), 0) + 1, %(at)s, %(who)s, %(verb)s, %(details)s
FROM drill_log WHERE drill = %(drill)s;

-- name: interrupted
UPDATE drills SET state = 'interrupted' WHERE state IN ('preparing', 'running', 'paused', 'over')
RETURNING id;

-- name: put_device
INSERT INTO devices (id, status, gateway, lon, lat, time_zone, tags, adopted_at, exercise)
VALUES (%(device)s, 'active', %(gateway)s, %(lon)s, %(lat)s, %(time_zone)s, %(tags)s, %(at)s,
        %(drill)s);

-- name: put_channel
INSERT INTO channels (id, device, name, quantity, unit, lowest, highest, interval, reports_every,
                      tags, attributes)
VALUES (%(channel)s, %(device)s, %(name)s, %(quantity)s, %(unit)s, %(lowest)s, %(highest)s,
        %(interval)s, %(reports_every)s, %(tags)s, %(attributes)s);

-- name: retire
UPDATE devices SET status = 'retired' WHERE exercise = %(drill)s;

-- name: open_cases
SELECT id FROM cases WHERE drill = %(drill)s AND state NOT IN ('closed', 'rejected', 'void')
ORDER BY id;

-- name: middle
-- Where most of what is live stands: a drill is held there unless a place is named.
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY lon) AS lon,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY lat) AS lat
FROM devices WHERE status = 'active' AND exercise IS NULL AND lon IS NOT NULL AND lat IS NOT NULL;

-- name: cell
SELECT code, (west + east) / 2 AS lon, (south + north) / 2 AS lat FROM grid_cells
WHERE code = %(code)s AND (valid_until IS NULL OR valid_until > %(at)s);

-- name: drills
SELECT d.id, d.scenario, d.title_zh, d.title_en, d.seed, d.state, d.began, d.until, d.ended,
       d.started_by, d.lon, d.lat, d.grid_cell,
       (SELECT count(*) FROM devices v WHERE v.exercise = d.id) AS devices,
       (SELECT count(*) FROM events e WHERE e.exercise = d.id
        AND e.standing IN ('standing', 'over')) AS events,
       (SELECT count(*) FROM cases c WHERE c.drill = d.id) AS cases,
       (SELECT count(*) FROM cases c WHERE c.drill = d.id
        AND c.state NOT IN ('closed', 'rejected', 'void')) AS open_cases
FROM drills d
WHERE (%(drill)s::integer IS NULL OR d.id = %(drill)s)
  AND (%(before)s::integer IS NULL OR d.id < %(before)s)
  AND (%(on)s::boolean IS NULL OR (d.state <> 'ended') = %(on)s)
ORDER BY d.id DESC LIMIT %(limit)s;

-- name: plan
SELECT plan FROM drills WHERE id = %(drill)s;

-- name: log_lines
SELECT number, at, who, verb, details FROM drill_log WHERE drill = %(drill)s ORDER BY number;

-- name: cases
SELECT id, number, state, version, code_list, code, condition, title_zh, title_en, severity, lon,
       lat, department, source, began, found, opened, filed, dispatched, fed_back, closed, outcome,
       level, stage_due, stage_yellow
FROM cases WHERE drill = %(drill)s ORDER BY id;

-- name: case_lines
SELECT c.number AS case_number, l.at, l.actor, l.role, l.verb, l.before, l.after, l.reason
FROM cases c JOIN case_log l ON l.case_id = c.id
WHERE c.drill = %(drill)s ORDER BY l.at, c.id, l.version;

-- name: events
SELECT e.id, e.rule, e.code_list, e.code, e.condition, e.severity, e.began, e.raised, e.found,
       e.ended, e.standing, k.number AS case_number, e.why -> 'title' AS title,
       ARRAY(SELECT DISTINCT c.device FROM channels c WHERE c.number = ANY (e.channels)
             ORDER BY c.device) AS devices
FROM events e LEFT JOIN cases k ON k.id = e.case_id
WHERE e.exercise = %(drill)s AND NOT e.shadow ORDER BY e.began, e.id;

-- name: curves
-- Readings of some channels of a drill since its story began.
SELECT c.id AS channel, c.quantity, r.time, r.value, r.quality
FROM channels c JOIN devices d ON d.id = c.device
JOIN readings r ON r.channel = c.number
WHERE d.exercise = %(drill)s AND c.id = ANY (%(channels)s)
  AND r.time >= %(since)s AND r.time <= %(until)s AND r.value IS NOT NULL
ORDER BY c.id, r.time LIMIT %(limit)s;

-- name: senders
SELECT id AS device, gateway FROM devices WHERE exercise = %(drill)s ORDER BY id;

-- name: devices
-- The devices of a drill with their channels, as people choose among them.
SELECT d.id, d.gateway, d.tags ->> 'kind' AS kind, d.lon, d.lat, d.status,
       array_agg(c.id ORDER BY c.number) AS channels,
       array_agg(c.quantity ORDER BY c.number) AS quantities,
       (array_agg(c.unit ORDER BY c.number))[1] AS unit
FROM devices d JOIN channels c ON c.device = d.id
WHERE d.exercise = %(drill)s GROUP BY d.id ORDER BY min(c.number);
