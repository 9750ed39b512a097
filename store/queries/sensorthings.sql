-- The entity sets of SensorThings. Each is a subquery of composed statements: what a query does


-- name: Thing
SELECT d.number AS id, d.id AS name, coalesce(nullif(k.name, ''), d.tags ->> 'kind', d.id) AS description,
       d.tags || jsonb_strip_nulls(jsonb_build_object('status', d.status, 'component', d.component,
           'class', k.class, 'gateway', nullif(d.gateway, ''))) AS properties
FROM devices d LEFT JOIN components k ON k.code = d.component
WHERE d.status <> 'quarantined' AND d.exercise IS NULL

-- name: Location
SELECT d.number AS id, coalesce(nullif(k.name, ''), d.id) AS name, 'Where ' || d.id || ' stands' AS description,
       'application/geo+json' AS "encodingType",
       jsonb_build_object('type', 'Point', 'coordinates', jsonb_build_array(
           coalesce(d.lon, k.lon), coalesce(d.lat, k.lat))) AS location,
       point(coalesce(d.lon, k.lon), coalesce(d.lat, k.lat)) AS _point,
       jsonb_strip_nulls(jsonb_build_object('cell', k.grid_cell)) AS properties
FROM devices d LEFT JOIN components k ON k.code = d.component
WHERE d.status <> 'quarantined' AND d.exercise IS NULL AND coalesce(d.lon, k.lon) IS NOT NULL
  AND coalesce(d.lat, k.lat) IS NOT NULL

-- name: HistoricalLocation
-- Moves are not kept: there is the present place, since the device was adopted.
SELECT d.number AS id, coalesce(d.adopted_at, d.first_seen) AS time
FROM devices d LEFT JOIN components k ON k.code = d.component
WHERE d.status <> 'quarantined' AND d.exercise IS NULL AND coalesce(d.lon, k.lon) IS NOT NULL
  AND coalesce(d.lat, k.lat) IS NOT NULL AND coalesce(d.adopted_at, d.first_seen) IS NOT NULL

-- name: Datastream
SELECT c.number AS id, c.id AS name, coalesce(q.zh || ' ', '') || c.quantity || ', ' || c.device AS description,
       jsonb_build_object('name', coalesce(q.unit_name, c.unit), 'symbol', coalesce(q.unit, c.unit),
                          'definition', coalesce(q.unit_definition, '')) AS "unitOfMeasurement",
       'http://www.opengis.net/def/observationType/OGC-OM/2.0/'
           || CASE WHEN c.quantity = 'status' OR c.states <> '{{}}' THEN 'OM_Observation'
                   ELSE 'OM_Measurement' END AS "observationType",
       (SELECT to_char(ends.first AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '/'
            || to_char(ends.last AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
        FROM (SELECT (SELECT r.time FROM readings r WHERE r.channel = c.number
                      ORDER BY r.time LIMIT 1) AS first,
                     (SELECT r.time FROM readings r WHERE r.channel = c.number
                      ORDER BY r.time DESC LIMIT 1) AS last) ends) AS "phenomenonTime",
       c.tags || jsonb_build_object('channel', c.id, 'field', c.name) AS properties,
       d.number AS _thing, c.quantity AS _quantity
FROM channels c JOIN devices d ON d.id = c.device
LEFT JOIN jsonb_to_recordset(%(quantities)s) AS q (name text, unit text, zh text, unit_name text,
                                                   unit_definition text) ON q.name = c.quantity
WHERE d.status <> 'quarantined' AND d.exercise IS NULL

-- name: Sensor
-- The instrument behind a channel; the page about it is its description in HTML.
SELECT c.number AS id, c.id AS name, c.quantity || ' instrument of ' || c.device AS description,
       'text/html' AS "encodingType", %(site)s || '/#/sensors/' || c.id AS metadata,
       jsonb_strip_nulls(jsonb_build_object(
           'interval', extract(epoch FROM c.interval),
           'lowest', CASE WHEN c.lowest > '-Infinity' THEN c.lowest END,
           'highest', CASE WHEN c.highest < 'Infinity' THEN c.highest END,
           'largest_rate', CASE WHEN c.largest_rate < 'Infinity' THEN c.largest_rate END)) AS properties
FROM channels c JOIN devices d ON d.id = c.device
WHERE d.status <> 'quarantined' AND d.exercise IS NULL

-- name: ObservedProperty
SELECT q.name AS id, q.name AS name, 'urn:lifeline:quantity:' || q.name AS definition,
       q.zh AS description, jsonb_build_object('unit', q.unit) AS properties
FROM jsonb_to_recordset(%(quantities)s) AS q (name text, unit text, zh text)

-- name: Observation
SELECT r.channel || '-' || (extract(epoch FROM r.time) * 1000000)::bigint AS id,
       r.time AS "phenomenonTime", r.received AS "resultTime",
       coalesce(to_jsonb(r.value), to_jsonb(s.text)) AS result,
       jsonb_build_object('flags', r.quality, 'usable', r.quality & unusable() = 0) AS "resultQuality",
       r.value AS _value, s.text AS _state, r.channel AS _channel,
       coalesce(d.component, 'device-' || d.number) AS _feature
FROM readings r JOIN channels c ON c.number = r.channel JOIN devices d ON d.id = c.device
LEFT JOIN states s ON s.number = r.state
WHERE d.status <> 'quarantined' AND d.exercise IS NULL

-- name: FeatureOfInterest
SELECT k.code AS id, coalesce(nullif(k.name, ''), k.code) AS name,
       k.code_list || ' ' || k.class AS description, 'application/geo+json' AS "encodingType",
       jsonb_build_object('type', 'Point', 'coordinates', jsonb_build_array(k.lon, k.lat)) AS feature,
       point(k.lon, k.lat) AS _point,
       jsonb_strip_nulls(jsonb_build_object('cell', k.grid_cell, 'state', k.state)) AS properties
FROM components k
WHERE EXISTS (SELECT FROM devices d WHERE d.component = k.code AND d.status <> 'quarantined' AND d.exercise IS NULL)
UNION ALL
SELECT 'device-' || d.number, d.id, 'The surroundings of ' || d.id, 'application/geo+json',
       CASE WHEN d.lon IS NOT NULL AND d.lat IS NOT NULL
            THEN jsonb_build_object('type', 'Point', 'coordinates', jsonb_build_array(d.lon, d.lat))
            ELSE '{{"type": "GeometryCollection", "geometries": []}}'::jsonb END,
       point(d.lon, d.lat), '{{}}'::jsonb
FROM devices d
WHERE d.component IS NULL AND d.status <> 'quarantined' AND d.exercise IS NULL

-- name: bounds
-- What is read together is of one moment, and nobody's filter keeps the database busy for long.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;

-- name: patience
SELECT set_config('statement_timeout', %(milliseconds)s, true);

-- name: page
SELECT {columns} FROM ({base}) AS {alias} WHERE {condition} ORDER BY {order} LIMIT %(limit)s OFFSET %(skip)s;

-- name: page_of_each
-- The first of those that belong to each of several.
SELECT given.key AS _given, found.*
FROM unnest({keys}) AS given (key)
CROSS JOIN LATERAL (
    SELECT {columns} FROM ({base}) AS {alias}
    WHERE {column} = given.key AND ({condition}) ORDER BY {order} LIMIT %(limit)s OFFSET %(skip)s
) AS found;

-- name: count
SELECT count(*) FROM ({base}) AS {alias} WHERE {condition};

-- name: count_of_each
SELECT given.key AS _given, (SELECT count(*) FROM ({base}) AS {alias}
                             WHERE {column} = given.key AND ({condition})) AS count
FROM unnest({keys}) AS given (key);
