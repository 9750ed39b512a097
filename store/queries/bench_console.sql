-- A large city on the console's map, invented: sensors along pipes, cases, and what stands.

-- name: put_cells
INSERT INTO grid_cells (code, west, south, east, north)
SELECT '330106' || lpad((n / 40)::text, 3, '0') || lpad((n %% 40)::text, 3, '0') || '001',
       120 + (n %% 40) * 0.01, 30.1 + (n / 40) * 0.01, 120.01 + (n %% 40) * 0.01,
       30.11 + (n / 40) * 0.01
FROM generate_series(0, 1599) AS n;

-- name: put_components
-- Twenty along each pipe, 70 m apart, each pipe somewhere and in some direction.
INSERT INTO components (code, code_list, class, name, lon, lat)
SELECT '3301060125' || lpad(n::text, 6, '0'), 'GB/T 30428.2-2013', '0125', 'place ' || n,
       120.01 + 0.38 * mod(7919 * (n / 20), 1009) / 1009 + 0.0007 * (n %% 20) * cos(n / 20),
       30.11 + 0.38 * mod(6367 * (n / 20), 1013) / 1013 + 0.0007 * (n %% 20) * sin(n / 20)
FROM generate_series(1, %(sensors)s) AS n;

-- name: put_devices
INSERT INTO devices (id, status, component, gateway, tags, adopted_at)
SELECT 'bench-' || lpad(n::text, 6, '0'), 'active', '3301060125' || lpad(n::text, 6, '0'),
       'gw-' || n / 50,
       jsonb_build_object('kind', (ARRAY['water', 'gas', 'power', 'flood', 'noise', 'cover'])
                                  [1 + (n / 20) %% 6], 'pipe', 'p-' || n / 20, 'zone', 'z' || n / 400),
       %(now)s
FROM generate_series(1, %(sensors)s) AS n;

-- name: put_channels
INSERT INTO channels (id, device, name, quantity, unit, interval)
SELECT id || '.pressure', id, 'pressure', 'pressure', 'MPa',
       CASE WHEN id = 'bench-000001' THEN interval 'PT1M' ELSE interval 'PT5M' END
FROM devices WHERE id LIKE 'bench-%%';

-- name: put_ledger
INSERT INTO ledger (device, day, received, stored, last_received, last_time)
SELECT id, (%(now)s AT TIME ZONE 'UTC')::date, 1, 1, %(now)s, %(now)s
FROM devices WHERE id LIKE 'bench-%%';

-- name: put_events
-- One a device, of which one in thirty stands now: the others are there to be turned on.
INSERT INTO events (id, rule, version, scope, subject, code_list, code, condition, severity, began,
                    raised, found, ended, standing, channels, peak, case_key, why, settled)
SELECT md5(c.id)::uuid,
       (ARRAY['water.pressure.low', 'health.silent', 'water.pressure.low', 'health.drift'])
       [1 + c.number %% 4],
       '1', 'device', c.device, 'GB/T 30428.2-2013', '0501', 'pipe-burst', 'yellow', %(now)s,
       %(now)s, %(now)s, NULL, CASE WHEN c.number %% 29 = 0 THEN 'standing' ELSE 'over' END,
       ARRAY[c.number], 1.2, 'bench ' || c.device,
       '{"title": {"en": "Water pressure too low", "zh": "供水压力过低"}, "because": "invented"}',
       '2000-01-01'
FROM channels c WHERE c.device LIKE 'bench-%%';

-- name: put_cases
-- Whose clocks run out over two days, some in the past; a few stand.
INSERT INTO cases (number, key, state, code_list, code, condition, title_zh, title_en, severity,
                   component, lon, lat, began, found, opened, stage, stage_due, stage_yellow)
SELECT 'B' || lpad(n::text, 6, '0'), 'bench case ' || n, 'handling', 'GB/T 30428.2-2013',
       kind.code, kind.condition, kind.zh, kind.en, 'yellow', k.code, k.lon, k.lat,
       %(now)s - interval '6 hours', %(now)s - interval '5 hours', %(now)s - interval '5 hours',
       'handling', CASE WHEN n %% 25 > 0 THEN clock.due END,
       CASE WHEN n %% 25 > 0 THEN clock.due - interval '2 hours' END
FROM generate_series(1, %(cases)s) AS n
CROSS JOIN LATERAL (SELECT %(now)s - interval '3 hours'
                           + mod(n * 7907, %(cases)s) * (interval '48 hours' / %(cases)s) AS due) clock
JOIN (VALUES (0, '0501', 'pipe-burst', '供水管道破裂', 'Water main burst'),
             (1, '0502', 'gas-leak', '燃气管道破裂', 'Gas pipe burst or leak'),
             (2, '0506', 'standing-water', '道路积水', 'Standing water on the road'),
             (3, '0103', 'cover-missing', '雨水井盖', 'Storm-drain cover missing'),
             (4, '0301', 'construction-noise', '施工扰民', 'Construction noise at night')
     ) AS kind (row, code, condition, zh, en) ON kind.row = n %% 5
JOIN components k ON k.code = '3301060125' || lpad((1 + mod(n * 9, %(sensors)s))::text, 6, '0');

-- name: make_partitions
SELECT make_partition(day) FROM generate_series(%(since)s, %(now)s, interval '7 days') AS day;

-- name: put_year
-- A reading a minute: a day's swing with a little noise.
INSERT INTO readings (channel, time, received, value, quality)
SELECT c.number, minute, minute, 340000 + 30000 * sin(extract(epoch FROM minute) / 13751)
       + 2000 * random(), 0
FROM channels c, generate_series(%(since)s, %(now)s, interval '1 minute') AS minute
WHERE c.id = 'bench-000001.pressure';

-- name: tidy
ANALYZE;

-- name: turn
-- Other devices each time: what stands ends, what has ended stands; told as the engine tells it.
WITH turned AS (
    UPDATE events SET standing = CASE standing WHEN 'standing' THEN 'over' ELSE 'standing' END
    WHERE id IN (SELECT md5('bench-' || lpad((1 + mod(n * 7919, %(sensors)s))::text, 6, '0')
                            || '.pressure')::uuid
                 FROM generate_series(%(first)s::integer, %(last)s::integer) AS n)
    RETURNING id
)
SELECT count(pg_notify('lifeline_live', json_build_object('kind', 'event', 'id', id)::text))
FROM turned;
