-- Devices and channels as people look for them: a page of ids by the conditions that were given,
-- then what is shown of those on the page. Pages go by a key that only grows, after the last seen.

-- name: devices
-- Devices of a page with what stands against them now and when we last heard of them.
WITH page AS MATERIALIZED (
    SELECT d.id, {key} AS key
    FROM devices d {more}
    WHERE {conditions} ORDER BY {order} LIMIT %(limit)s
), standing AS (
    SELECT c.device, array_agg(DISTINCT e.rule ORDER BY e.rule) AS rules
    FROM events e JOIN channels c ON c.number = ANY (e.channels)
    WHERE e.standing = 'standing' AND NOT e.shadow AND c.device IN (SELECT id FROM page)
    GROUP BY c.device
)
SELECT d.id, page.key, d.status, d.component, k.class, k.name AS component_name, k.department,
       d.gateway, coalesce(d.lon, k.lon) AS lon, coalesce(d.lat, k.lat) AS lat, d.tags,
       d.first_seen, d.adopted_at, heard.last_time, heard.last_received,
       coalesce(standing.rules, '{{}}') AS standing,
       ARRAY(SELECT c.id FROM channels c WHERE c.device = d.id ORDER BY c.id) AS channels
FROM page JOIN devices d ON d.id = page.id
LEFT JOIN components k ON k.code = d.component
LEFT JOIN LATERAL (
    SELECT last_time, last_received FROM ledger l
    WHERE l.device = d.id ORDER BY day DESC LIMIT 1
) heard ON true
LEFT JOIN standing ON standing.device = d.id
ORDER BY {page_order};

-- name: channels
-- Channels of a page with where they are and what they belong to.
WITH page AS MATERIALIZED (
    SELECT c.number, {key} AS key
    FROM channels c {more}
    WHERE {conditions} ORDER BY {order} LIMIT %(limit)s
)
SELECT c.number, c.id, page.key, c.device, c.name, c.quantity, c.unit AS wire_unit, c.lowest,
       c.highest, c.largest_rate, c.interval, c.reports_every, coalesce(c.lon, d.lon) AS lon,
       coalesce(c.lat, d.lat) AS lat, d.tags || c.tags AS tags, c.attributes, c.states,
       d.component, k.name AS component_name, d.status
FROM page JOIN channels c ON c.number = page.number
JOIN devices d ON d.id = c.device
LEFT JOIN components k ON k.code = d.component
ORDER BY {page_order};

-- name: device_id
d.id = %(id)s

-- name: device_live
d.exercise IS NULL

-- name: device_drill
d.exercise = %(drill)s

-- name: channel_live
-- The first spares the second for nearly all: a search of a common word looks at many.
(NOT starts_with(c.id, 'drill-') OR NOT of_drill(c.id))

-- name: channel_drill
starts_with(c.id, 'drill-' || %(drill)s || '.')

-- name: device_grams
grams(d.search) @> %(grams)s::text[]

-- name: device_said
d.search LIKE {term}

-- name: device_status
d.status = %(status)s

-- name: device_kind
d.tags ->> 'kind' = %(kind)s

-- name: device_zone
d.tags ->> 'zone' = %(zone)s

-- name: device_component
d.component = %(component)s

-- name: device_quantity
EXISTS (SELECT FROM channels c WHERE c.device = d.id AND c.quantity = %(quantity)s)

-- name: device_alarming
-- What stands against it is not only its own health.
d.id IN (SELECT c.device FROM events e JOIN channels c ON c.number = ANY (e.channels)
         WHERE e.standing = 'standing' AND NOT e.shadow AND NOT starts_with(e.rule, 'health.'))

-- name: device_unwell
d.id IN (SELECT c.device FROM events e JOIN channels c ON c.number = ANY (e.channels)
         WHERE e.standing = 'standing' AND NOT e.shadow AND starts_with(e.rule, 'health.'))

-- name: device_well
d.id NOT IN (SELECT c.device FROM events e JOIN channels c ON c.number = ANY (e.channels)
             WHERE e.standing = 'standing' AND NOT e.shadow)

-- name: channel_id
c.id = %(id)s

-- name: channel_grams
grams(c.search) @> %(grams)s::text[]

-- name: channel_said
c.search LIKE {term}

-- name: channel_contains
strpos(lower(c.id), lower(%(contains)s)) > 0

-- name: channel_device
c.device = %(device)s

-- name: channel_quantity
c.quantity = %(quantity)s

-- name: channel_kind
coalesce(c.tags ->> 'kind', d.tags ->> 'kind') = %(kind)s

-- name: channel_zone
coalesce(c.tags ->> 'zone', d.tags ->> 'zone') = %(zone)s

-- name: channel_component
d.component = %(component)s

-- name: channel_status
d.status = %(status)s

-- name: channel_tags
d.tags || c.tags @> %(tags)s

-- name: channel_alarming
c.number IN (SELECT unnest(e.channels) FROM events e
             WHERE e.standing = 'standing' AND NOT e.shadow AND NOT starts_with(e.rule, 'health.'))

-- name: channel_unwell
c.number IN (SELECT unnest(e.channels) FROM events e
             WHERE e.standing = 'standing' AND NOT e.shadow AND starts_with(e.rule, 'health.'))

-- name: channel_well
c.number NOT IN (SELECT unnest(e.channels) FROM events e
                 WHERE e.standing = 'standing' AND NOT e.shadow)

-- name: with_device
JOIN devices d ON d.id = c.device

-- name: with_component
LEFT JOIN components k ON k.code = d.component

-- name: with_heard
LEFT JOIN LATERAL (SELECT last_received FROM ledger l
                   WHERE l.device = d.id ORDER BY day DESC LIMIT 1) heard ON true

-- name: key_device_id
d.id

-- name: key_device_name
coalesce(k.name, '')

-- name: key_device_heard
coalesce(extract(epoch FROM heard.last_received), 0)::float8

-- name: key_channel_id
c.id

-- name: key_channel_quantity
c.quantity
