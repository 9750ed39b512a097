-- Other systems call a device by a number that never changes; its name may hold any character.
ALTER TABLE devices ADD COLUMN number integer GENERATED ALWAYS AS IDENTITY UNIQUE;

-- What dashboards may read, and nothing else: no caller, no picture, no body of a message, no
-- person, and nothing of a drill. A role that is given this schema needs no table of ours; see
-- deploy/grafana/README.md. The names here stay when tables change.
CREATE SCHEMA dashboards;

CREATE VIEW dashboards.cases AS
SELECT c.id, c.number, c.state, c.state NOT IN ('closed', 'rejected', 'void') AS open, c.code_list,
       c.code, c.condition, c.title_zh, c.title_en, c.severity, c.source, c.level, c.stage,
       c.stage_due, c.opened, c.filed, c.closed, c.outcome, c.handled_in_time, c.district,
       coalesce(c.department, '') AS department, coalesce(d.name_zh, '') AS department_zh,
       coalesce(d.name_en, '') AS department_en, c.lon, c.lat,
       CASE WHEN c.state IN ('closed', 'rejected', 'void') THEN 'ended'
            WHEN c.stage_due IS NULL THEN 'standing'
            WHEN c.stage_due < now() THEN 'red'
            WHEN c.stage_yellow < now() THEN 'yellow'
            ELSE 'green' END AS light
FROM public.cases c LEFT JOIN public.departments d ON d.code = c.department
WHERE NOT c.exercise;

CREATE VIEW dashboards.events AS
SELECT e.id, e.rule, e.subject, e.severity, e.began, e.found, e.ended, e.standing, e.peak,
       c.number AS case_number,
       ARRAY(SELECT k.id FROM public.channels k WHERE k.number = ANY (e.channels)) AS channels
FROM public.events e LEFT JOIN public.cases c ON c.id = e.case_id
WHERE NOT e.shadow AND e.exercise IS NULL;

CREATE VIEW dashboards.devices AS
SELECT d.id, d.status, d.gateway, coalesce(d.lon, k.lon) AS lon, coalesce(d.lat, k.lat) AS lat,
       d.tags ->> 'kind' AS kind, heard.last_received, heard.last_time
FROM public.devices d LEFT JOIN public.components k ON k.code = d.component
LEFT JOIN LATERAL (
    SELECT last_received, last_time FROM public.ledger l
    WHERE l.device = d.id ORDER BY day DESC LIMIT 1
) heard ON true
WHERE d.exercise IS NULL;

CREATE VIEW dashboards.channels AS
SELECT c.id, c.device, c.name, c.quantity, nullif(c.lowest, '-Infinity') AS lowest,
       nullif(c.highest, 'Infinity') AS highest, c.number
FROM public.channels c JOIN public.devices d ON d.id = c.device
WHERE d.exercise IS NULL AND d.status <> 'quarantined';

-- Values are in the SI unit of the quantity; flags as in ingest/quality.py.
CREATE VIEW dashboards.readings AS
SELECT c.id AS channel, r.time, r.received, r.value, s.text AS state, r.quality,
       r.quality & public.unusable() = 0 AS usable
FROM dashboards.channels c JOIN public.readings r ON r.channel = c.number
LEFT JOIN public.states s ON s.number = r.state;

CREATE VIEW dashboards.readings_minute AS
SELECT c.id AS channel, r.time, r.count, r.mean, r.lowest, r.highest, r.last, r.flagged
FROM dashboards.channels c JOIN public.readings_minute r ON r.channel = c.number;

CREATE VIEW dashboards.readings_hour AS
SELECT c.id AS channel, r.time, r.count, r.mean, r.lowest, r.highest, r.last, r.flagged
FROM dashboards.channels c JOIN public.readings_hour r ON r.channel = c.number;

CREATE VIEW dashboards.ledger AS
SELECT l.device, l.day, l.received, l.stored, l.duplicate, l.rejected, l.quarantined, l.late,
       l.flagged, l.last_received, l.last_time
FROM public.ledger l
WHERE NOT EXISTS (SELECT FROM public.devices d WHERE d.id = l.device AND d.exercise IS NOT NULL);

CREATE VIEW dashboards.dead_letters AS
SELECT id, received, source, topic, format, device, reason, replayed_at IS NULL AS open, outcome
FROM public.dead_letters;

CREATE VIEW dashboards.quarantine AS
SELECT device, count(*) AS readings, max(received) AS last_received
FROM public.quarantine GROUP BY device;

CREATE VIEW dashboards.deliveries AS
SELECT subscription, state, since, attempts, status, trouble, delivered FROM public.deliveries;
