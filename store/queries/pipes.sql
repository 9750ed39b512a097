-- Pipes: imported, seen from above, shown one by one; see store/import_pipes.py, store/pipes.py.

-- name: make_given
CREATE TEMPORARY TABLE given_pipes (LIKE pipes) ON COMMIT DROP;
ALTER TABLE given_pipes ALTER COLUMN course DROP NOT NULL, ALTER COLUMN points DROP NOT NULL,
    ALTER COLUMN length DROP NOT NULL, ALTER COLUMN extent DROP NOT NULL;

-- name: copy_given
COPY given_pipes (network, id, name, diameter, material, year, from_node, to_node, course, points,
                  length, extent) FROM STDIN;

-- name: put_given
-- What is given without a course goes; of the others only those that are new or differ are written.
-- A box of the course follows from it, and `=` of two boxes compares their sizes alone.
WITH gone AS (
    DELETE FROM pipes p USING given_pipes g
    WHERE p.network = g.network AND p.id = g.id AND g.course IS NULL
    RETURNING 1
), differing AS (
    SELECT g.*, p.id IS NULL AS added
    FROM given_pipes g LEFT JOIN pipes p ON p.network = g.network AND p.id = g.id
    WHERE g.course IS NOT NULL
      AND (p.id IS NULL
           OR (p.name, p.diameter, p.material, p.year, p.from_node, p.to_node, p.course, p.points)
           IS DISTINCT FROM
           (g.name, g.diameter, g.material, g.year, g.from_node, g.to_node, g.course, g.points))
), put AS (
    INSERT INTO pipes (network, id, name, diameter, material, year, from_node, to_node, course,
                       points, length, extent)
    SELECT network, id, name, diameter, material, year, from_node, to_node, course, points, length,
           extent
    FROM differing
    ON CONFLICT (network, id) DO UPDATE SET
        name = excluded.name, diameter = excluded.diameter, material = excluded.material,
        year = excluded.year, from_node = excluded.from_node, to_node = excluded.to_node,
        course = excluded.course, points = excluded.points, length = excluded.length,
        extent = excluded.extent
)
SELECT count(*) FILTER (WHERE added), count(*) FILTER (WHERE NOT added),
       (SELECT count(*) FROM gone)
FROM differing;

-- name: drop_given
DROP TABLE given_pipes;

-- name: networks
-- How many pipes each network has, and how long they are.
SELECT network, count(*) AS pipes, sum(length) AS length FROM pipes GROUP BY network;

-- name: seen
-- The largest pipes within a view, and how many there are: wide ones first, then long ones. Which
-- these are, the index knows.
WITH chosen AS (
    SELECT network, id, diameter, length, count(*) OVER () AS all_of_them
    FROM pipes
    WHERE extent && box(point(%(west)s, %(south)s), point(%(east)s, %(north)s))
      AND NOT network = ANY (%(without)s::text[])
    ORDER BY diameter DESC NULLS LAST, length DESC, network, id LIMIT %(most)s
)
SELECT p.network, p.id, p.diameter, p.course, p.points, c.all_of_them
FROM chosen c JOIN pipes p USING (network, id)
ORDER BY c.diameter DESC NULLS LAST, c.length DESC, network, id;

-- name: page
SELECT network, id, name, diameter, material, year, from_node, to_node, length, course, points
FROM pipes
WHERE (%(after)s::text IS NULL OR (network, id) > (%(after)s::text, %(after_id)s::text))
  AND (%(network)s::text IS NULL OR network = %(network)s)
  AND (%(west)s::float8 IS NULL
       OR extent && box(point(%(west)s, %(south)s), point(%(east)s, %(north)s)))
ORDER BY network, id LIMIT %(limit)s;

-- name: shown
SELECT network, id, name, diameter, material, year, from_node, to_node, length, course, points
FROM pipes WHERE network = %(network)s AND id = %(id)s;

-- name: sensors_on
-- The devices in service that are on it, of what is live or of a drill, by id.
SELECT d.id AS device, coalesce(d.lon, k.lon) AS lon, coalesce(d.lat, k.lat) AS lat,
       coalesce(k.name, '') AS component_name, coalesce(d.tags ->> 'role', '') AS role
FROM devices d LEFT JOIN components k ON k.code = d.component
WHERE pipe_of(d.tags) = %(id)s AND pipe_of(d.tags) <> '' AND network_of(d.tags) = %(network)s
  AND d.status = 'active' AND d.exercise IS NOT DISTINCT FROM %(drill)s::integer
ORDER BY d.id LIMIT 500;

-- name: cases_on
-- Open cases in which a sensor on it spoke, newest first.
SELECT c.number, c.state, c.code, c.title_zh, c.title_en, c.severity, c.stage_due, c.stage_yellow,
       c.opened, c.lon, c.lat
FROM cases c
WHERE c.id IN (
        SELECT e.case_id FROM events e
        WHERE e.standing IN ('standing', 'over') AND e.channels && ARRAY(
            SELECT n.number FROM devices d JOIN channels n ON n.device = d.id
            WHERE pipe_of(d.tags) = %(id)s AND pipe_of(d.tags) <> ''
              AND network_of(d.tags) = %(network)s
              AND d.exercise IS NOT DISTINCT FROM %(drill)s::integer))
  AND c.state NOT IN ('closed', 'rejected', 'void')
  AND c.exercise = (%(drill)s::integer IS NOT NULL)
  AND c.drill IS NOT DISTINCT FROM %(drill)s::integer
  AND (%(areas)s::text[] IS NULL OR case_within(c, %(areas)s, %(departments)s::text[]))
ORDER BY c.id DESC LIMIT 100;

-- name: pipes_of_case
-- The pipes that the sensors of a case which spoke are on.
SELECT p.network, p.id, p.name, p.diameter, p.material, p.year, p.from_node, p.to_node, p.length,
       p.course, p.points
FROM pipes p
WHERE (p.network, p.id) IN (
    SELECT network_of(d.tags), pipe_of(d.tags)
    FROM events e JOIN channels c ON c.number = ANY (e.channels) JOIN devices d ON d.id = c.device
    WHERE e.case_id = %(case_id)s AND e.standing IN ('standing', 'over'))
ORDER BY p.network, p.id LIMIT 20;
