-- name: channels
SELECT c.number, c.id, c.device, c.name, c.quantity, c.unit, c.lowest, c.highest,
       c.largest_rate, c.interval, c.reports_every, coalesce(d.component, ''),
       coalesce(c.lon, d.lon, k.lon, 'NaN'), coalesce(c.lat, d.lat, k.lat, 'NaN'),
       d.time_zone, d.tags || c.tags, c.attributes, c.states, d.exercise
FROM channels c
JOIN devices d ON d.id = c.device
LEFT JOIN components k ON k.code = d.component
WHERE d.status = 'active' AND (%(device)s::text IS NULL OR c.device = %(device)s)
ORDER BY c.number;

-- name: known
-- What an import must not contradict.
SELECT id, device, name, quantity, interval < interval '1 minute' FROM channels;

-- name: put_department
INSERT INTO departments (code, name_zh) VALUES (%(department)s, %(department)s)
ON CONFLICT (code) DO NOTHING;

-- name: put_grid_cell
INSERT INTO grid_cells (code) VALUES (%(grid_cell)s) ON CONFLICT (code) DO NOTHING;

-- name: put_component
-- What a row leaves out stays as it was.
INSERT INTO components AS kept (code, code_list, class, name, lon, lat, grid_cell, department,
                                state, accuracy)
VALUES (%(component)s, %(code_list)s, coalesce(%(class)s, ''), coalesce(%(component_name)s, ''),
        %(lon)s, %(lat)s, %(grid_cell)s, %(department)s,
        coalesce(%(component_state)s, 'intact'), coalesce(%(component_accuracy)s, ''))
ON CONFLICT (code) DO UPDATE SET
    code_list = excluded.code_list,
    class = coalesce(%(class)s, kept.class),
    name = coalesce(%(component_name)s, kept.name),
    grid_cell = coalesce(excluded.grid_cell, kept.grid_cell),
    department = coalesce(excluded.department, kept.department),
    state = coalesce(%(component_state)s, kept.state),
    accuracy = coalesce(%(component_accuracy)s, kept.accuracy)
WHERE (kept.code_list, kept.class, kept.name, kept.grid_cell, kept.department, kept.state,
       kept.accuracy)
    IS DISTINCT FROM
      (excluded.code_list, coalesce(%(class)s, kept.class), coalesce(%(component_name)s, kept.name),
       coalesce(excluded.grid_cell, kept.grid_cell), coalesce(excluded.department, kept.department),
       coalesce(%(component_state)s, kept.state), coalesce(%(component_accuracy)s, kept.accuracy));

-- name: put_device
INSERT INTO devices AS kept (id, status, component, gateway, lon, lat, time_zone, tags, adopted_at)
VALUES (%(device)s, 'active', %(component)s, coalesce(%(gateway)s, ''), %(lon)s, %(lat)s,
        coalesce(%(time_zone)s, 'Asia/Shanghai'), %(device_tags)s, now())
ON CONFLICT (id) DO UPDATE SET
    status = 'active',
    component = coalesce(excluded.component, kept.component),
    gateway = coalesce(%(gateway)s, kept.gateway),
    lon = coalesce(excluded.lon, kept.lon),
    lat = coalesce(excluded.lat, kept.lat),
    time_zone = coalesce(%(time_zone)s, kept.time_zone),
    tags = kept.tags || excluded.tags,
    adopted_at = coalesce(kept.adopted_at, excluded.adopted_at);

-- name: put_channel
INSERT INTO channels AS kept (id, device, name, quantity, unit, lowest, highest, largest_rate,
                              interval, reports_every, lon, lat, tags, attributes, states)
VALUES (%(channel)s, %(device)s, %(name)s, %(quantity)s, %(unit)s, %(lowest)s, %(highest)s,
        %(largest_rate)s, %(interval)s, %(reports_every)s, %(lon)s, %(lat)s, %(tags)s,
        %(attributes)s, %(states)s)
ON CONFLICT (id) DO UPDATE SET
    unit = excluded.unit, lowest = excluded.lowest, highest = excluded.highest,
    largest_rate = excluded.largest_rate, interval = excluded.interval,
    reports_every = excluded.reports_every, lon = excluded.lon, lat = excluded.lat,
    tags = excluded.tags, attributes = excluded.attributes, states = excluded.states
WHERE (kept.unit, kept.lowest, kept.highest, kept.largest_rate, kept.interval, kept.reports_every,
       kept.lon, kept.lat, kept.tags, kept.attributes, kept.states)
    IS DISTINCT FROM
      (excluded.unit, excluded.lowest, excluded.highest, excluded.largest_rate, excluded.interval,
       excluded.reports_every, excluded.lon, excluded.lat, excluded.tags, excluded.attributes,
       excluded.states)
RETURNING number, xmax = 0 AS is_new;

-- name: redo_minutes
-- A channel that is now read more than once a minute has minutes kept: make those of its past.
INSERT INTO rollup_redo (channel, since, until)
SELECT channel, min(time), max(time) FROM readings_hour WHERE channel = %(channel)s
GROUP BY channel;
