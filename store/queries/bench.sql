-- A year of invented casework, stamped out inside the database; see deploy/bench/casework.

-- name: prepare
-- Rows that are copied, and how far copying has come: both last as long as the folder.
CREATE SCHEMA stamps;
CREATE TABLE stamps.progress (stage text PRIMARY KEY, reached bigint NOT NULL);
CREATE TABLE stamps.indexes (definition text NOT NULL, rank integer NOT NULL);
CREATE UNLOGGED TABLE stamps.copies (
    id bigint PRIMARY KEY,
    template bigint NOT NULL,
    shift interval NOT NULL,
    cell text NOT NULL,
    lon double precision NOT NULL,
    lat double precision NOT NULL
);

-- name: is_prepared
SELECT to_regclass('stamps.progress') IS NOT NULL;

-- name: reached
SELECT reached FROM stamps.progress WHERE stage = %(stage)s;

-- name: reach
INSERT INTO stamps.progress VALUES (%(stage)s, %(reached)s)
ON CONFLICT (stage) DO UPDATE SET reached = excluded.reached;

-- name: as_loader
-- Foreign keys and triggers rest: what is copied has passed them once.
SET session_replication_role = replica;
SET synchronous_commit = off;
SET work_mem = '256MB';
SET maintenance_work_mem = '1GB';
SET max_parallel_maintenance_workers = 2;

-- name: put_cells
COPY grid_cells (code, west, south, east, north, polygon) FROM STDIN;

-- name: put_department
INSERT INTO departments (code, name_zh, name_en) VALUES (%(code)s, %(zh)s, %(en)s)
ON CONFLICT (code) DO NOTHING;

-- name: put_component
INSERT INTO components (code, code_list, class, name, lon, lat, grid_cell)
VALUES (%(component)s, 'GB/T 30428.2-2013', '0207', %(name)s, %(lon)s, %(lat)s, %(cell)s)
ON CONFLICT (code) DO NOTHING;

-- name: put_device
INSERT INTO devices (id, status, component, lon, lat)
VALUES (%(device)s, 'active', %(component)s, %(lon)s, %(lat)s) ON CONFLICT (id) DO NOTHING;

-- name: put_channel
INSERT INTO channels (id, device, name, quantity, unit, tags)
VALUES (%(device)s || '.depth', %(device)s, 'depth', 'depth', 'm', '{"role": "road"}')
ON CONFLICT (id) DO NOTHING;

-- name: gauges
SELECT count(*) FROM devices WHERE id LIKE 'bench-gauge-%%';

-- name: channels
SELECT number, device FROM channels WHERE device = ANY (%(devices)s);

-- name: put_reading
-- Half an hour of a dry road: the rules in force find nothing in it themselves.
INSERT INTO readings (channel, time, received, value, quality)
SELECT %(channel)s, %(at)s - n * interval '1 minute', %(at)s - n * interval '1 minute',
       0.02, 0
FROM generate_series(0, 29) AS n
ON CONFLICT (channel, time) DO NOTHING;

-- name: make_partition
SELECT make_partition(%(at)s);

-- name: put_copies
COPY stamps.copies FROM STDIN;

-- name: put_case
INSERT INTO cases (id, number, key, state, code_list, code, condition, catalogue, title_zh,
                   title_en, severity, grid_cell, lon, lat, began, found, opened, first_public,
                   first_sensed, merged_into)
OVERRIDING SYSTEM VALUE
VALUES (%(id)s, %(id)s, %(id)s, 'reported', %(code_list)s, %(code)s, %(condition)s, %(catalogue)s,
        %(title_zh)s, %(title_en)s, %(severity)s, %(cell)s, %(lon)s, %(lat)s, %(opened)s,
        %(opened)s, %(opened)s, %(first_public)s, %(first_sensed)s, %(merged_into)s);

-- name: put_fired
INSERT INTO case_timers (case_id, run, kind, at, fired)
VALUES (%(case_id)s, %(run)s, %(kind)s, %(at)s, %(at)s)
ON CONFLICT (case_id, run, kind) DO UPDATE SET fired = excluded.fired;

-- name: put_event
INSERT INTO events (id, rule, version, scope, subject, code_list, code, condition, severity, began,
                    raised, found, ended, standing, channels, peak, case_key, why, case_id, settled,
                    lon, lat)
VALUES (%(event)s, 'invented-rule', '1', 'component', %(id)s, %(code_list)s, %(code)s,
        %(condition)s, %(severity)s, %(opened)s, %(opened)s, %(opened)s, %(opened)s, 'over',
        '{}', 1, %(id)s, %(why)s, %(id)s, %(opened)s, %(lon)s, %(lat)s);

-- name: put_evidence
INSERT INTO evidence (case_id, event_id, piece, frozen_at, body)
VALUES (%(id)s, %(event)s, 1, %(opened)s, %(why)s);

-- name: put_report
INSERT INTO reports (id, case_id, source, system, external_id, actor, reported, received, text,
                     code_list, code, condition, component, lon, lat, address, photos, exercise)
VALUES (%(report)s, %(id)s, %(source)s, 'invented', %(id)s, %(actor)s, %(opened)s, %(opened)s,
        %(text)s, %(code_list)s, %(code)s, '', '', %(lon)s, %(lat)s, '', '{}', false);

-- name: put_caller
INSERT INTO callers (report, name, phone, ended, called_back)
VALUES (%(report)s, 'invented', '0', %(ended)s, %(called_back)s);

-- name: keep
-- Take the rows of a table away as patterns of the copies.
CREATE UNLOGGED TABLE {stamps} AS SELECT t.*, {template} AS template FROM {table} t;

-- name: template_cases
t.id;

-- name: template_callers
(SELECT case_id FROM reports r WHERE r.id = t.report);

-- name: template
t.case_id;

-- name: empty
TRUNCATE cases CASCADE;

-- name: columns
SELECT column_name, data_type FROM information_schema.columns
WHERE table_schema = 'public' AND table_name = %(table)s AND is_generated = 'NEVER'
ORDER BY ordinal_position;

-- name: stamp
INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE
SELECT {values} FROM stamps.copies c JOIN {stamps} t USING (template)
WHERE c.id > %(after)s AND c.id <= %(upto)s;

-- name: as_it_is
t.{column};

-- name: later
t.{column} + c.shift;

-- name: id
c.id;

-- name: uuid
-- Another for each copy, and the same wherever it stands.
md5(t.{column}::text || c.id)::uuid;

-- name: cases_number
to_char((t.opened + c.shift) AT TIME ZONE 'Asia/Shanghai', 'YYYYMMDD-')
    || lpad(c.id::text, greatest(6, length(c.id::text)), '0');

-- name: key
'case ' || c.id;

-- name: cell
c.cell;

-- name: lon
c.lon;

-- name: lat
c.lat;

-- name: cases_merged_into
CASE WHEN t.merged_into IS NOT NULL THEN greatest(c.id - 1, 1) END;

-- name: case_log_details
-- What is told by time or id moves with the copy.
CASE WHEN t.details ?| ARRAY['due', 'until', 'event'] THEN t.details || jsonb_strip_nulls(
    jsonb_build_object(
        'due', (t.details ->> 'due')::timestamptz + c.shift,
        'until', (t.details ->> 'until')::timestamptz + c.shift,
        'event', md5((t.details ->> 'event') || c.id)::uuid))
ELSE t.details END;

-- name: case_timers_fired
-- What lies behind the end of the year has fired; a look at sensors is never done with.
coalesce(t.fired + c.shift,
         CASE WHEN t.at + c.shift < %(now)s AND t.kind <> 'look' THEN t.at + c.shift END);

-- name: indexes
-- What is dropped while rows are copied, and how it comes again: keys of others go before the
-- keys that they lean on, and come after them. Keys of identity stay.
WITH here AS (
    SELECT c.oid, c.conname, c.conindid FROM pg_constraint c JOIN pg_class k ON k.oid = c.conrelid
    WHERE c.contype = 'p' AND k.relname = ANY (%(tables)s)
      AND k.relname NOT IN ('cases', 'events', 'reports', 'callers')
), constraints AS (
    SELECT oid, 2 AS rank FROM here
    UNION ALL
    SELECT oid, 1 FROM pg_constraint
    WHERE contype = 'f' AND conindid IN (SELECT conindid FROM here)
)
SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname),
       format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname,
              pg_get_constraintdef(oid)), rank
FROM constraints JOIN pg_constraint USING (oid)
UNION ALL
SELECT format('DROP INDEX %%I', indexname), indexdef, 3 FROM pg_indexes
WHERE schemaname = 'public' AND tablename = ANY (%(tables)s)
  AND indexname NOT IN (SELECT conname FROM pg_constraint)
ORDER BY rank;

-- name: hold_index
INSERT INTO stamps.indexes VALUES (%(definition)s, %(rank)s);

-- name: held_indexes
SELECT definition FROM stamps.indexes ORDER BY rank DESC;

-- name: let_index_go
DELETE FROM stamps.indexes WHERE definition = %(definition)s;

-- name: number_on
SELECT setval(pg_get_serial_sequence('cases', 'id'), (SELECT max(id) FROM cases));

-- name: tidy
VACUUM (ANALYZE) {table};

-- name: sizes
SELECT relname AS table, reltuples::bigint AS rows,
       pg_table_size(oid) AS bytes, pg_indexes_size(oid) AS index_bytes
FROM pg_class WHERE relname = ANY (%(tables)s) AND relkind = 'r'
  AND relnamespace = 'public'::regnamespace ORDER BY bytes DESC;

-- name: some_cases
SELECT id FROM cases WHERE id = ANY (%(ids)s) ORDER BY id;

-- name: row
SELECT * FROM cases WHERE id = %(id)s;

-- name: runs
SELECT * FROM case_runs WHERE case_id = %(id)s ORDER BY number;

-- name: whole_log
SELECT * FROM case_log WHERE case_id = %(id)s ORDER BY version;

-- name: last_case
SELECT max(id) FROM cases;

-- name: busiest_department
SELECT department FROM cases WHERE state = 'handling' GROUP BY department
ORDER BY count(*) DESC LIMIT 1;

-- name: some_in_state
-- The newest cases of a state, as people see them.
SELECT id, version FROM cases
WHERE state = %(state)s AND state NOT IN ('closed', 'rejected', 'void')
ORDER BY id DESC LIMIT %(limit)s;

-- name: put_department
INSERT INTO departments (code, name_zh) VALUES (%(code)s, '') ON CONFLICT DO NOTHING;

-- name: put_bare_case
INSERT INTO cases (id, number, key, state, code_list, code, condition, title_zh, title_en, severity,
                   began, found, opened)
OVERRIDING SYSTEM VALUE
VALUES (%(id)s, %(id)s, %(id)s, 'reported', '', '', '', '', '', '', %(at)s, %(at)s, %(at)s);

-- name: forget_events
-- Of these lines, so that they can be told again.
DELETE FROM outbox WHERE sequence = %(sequence)s;

-- name: storm_reports
SELECT external_id, case_id FROM reports WHERE system = %(system)s;

-- name: storm_events
SELECT id, case_id FROM events WHERE id = ANY (%(ids)s);

-- name: storm_clocks
-- Clocks that run otherwise than the limits of the specification say.
SELECT r.case_id, r.stage, r.began, r.due FROM case_runs r JOIN cases c ON c.id = r.case_id
WHERE r.case_id = ANY (%(cases)s) AND r.ended IS NULL
  AND r.due IS DISTINCT FROM
      r.began + CASE r.stage WHEN 'handling' THEN %(flood)s ELSE %(intake)s END;

-- name: forget_storm
-- No reading says so: a judge that begins anew would take back what was settled of late.
UPDATE events SET settled = '2000-01-01' WHERE id = ANY (%(ids)s);

-- name: put_curve_channel
WITH device AS (INSERT INTO devices (id, status) VALUES (%(name)s, 'active') RETURNING id)
INSERT INTO channels (id, device, name, quantity, unit, interval)
SELECT id, id, 'pressure', 'pressure', 'Pa', make_interval(secs => %(interval)s) FROM device
RETURNING number;

-- name: search_components
INSERT INTO components (code, code_list, class, name, lon, lat)
SELECT '3301060103' || lpad(n::text, 6, '0'), 'GB/T 30428.2-2013', '0103',
       (ARRAY['文一路', '学院路', '古墩路', '丰潭路', '莫干山路', '余杭塘路', '竞舟路', '教工路'])[1 + n %% 8]
           || (ARRAY['积水点', '供水压力点', '燃气井', '变压器', '噪声点', '雨水井盖'])[1 + n %% 6] || ' ' || n,
       120, 30
FROM generate_series(1, %(devices)s::integer) AS n;

-- name: search_devices
INSERT INTO devices (id, status, component, gateway, tags)
SELECT kind || '-' || lpad(n::text, 6, '0'), 'active', '3301060103' || lpad(n::text, 6, '0'),
       'gw-' || n %% 400, jsonb_build_object('kind', kind, 'zone', 'z' || n %% 300)
FROM generate_series(1, %(devices)s::integer) AS n,
     LATERAL (SELECT (ARRAY['flood', 'water', 'gas', 'power', 'noise', 'cover'])[1 + n %% 6] AS kind) AS of;

-- name: search_channels
-- The number of devices is not asked for again: all that are there.
INSERT INTO channels (id, device, name, quantity, unit)
SELECT d.id || '/' || quantity, d.id, quantity, quantity, '1' FROM devices d,
    unnest(ARRAY['depth', 'level', 'pressure', 'flow', 'battery', 'signal', 'temperature',
                 'humidity', 'voltage', 'status']) AS quantity
WHERE %(devices)s > 0;

-- name: search_heard
INSERT INTO ledger (device, day, received, stored, last_received)
SELECT id, day, 10, 10, day + interval '1 hour'
FROM devices, generate_series(date '2026-10-28', date '2026-10-30', interval '1 day') AS day
WHERE %(devices)s > 0;

-- name: search_vacuum
VACUUM (ANALYZE);

-- name: pipes_vacuum
VACUUM ANALYZE pipes;
