-- Areas and grid cells: imported, listed, and found by a point; see store/areas.py.

-- name: known
-- Areas and cells, of level 0, that codes of a file are, or begin with; with what is kept of them.
SELECT code, level, name_zh, name_en, polygon, valid_until FROM areas
WHERE code = ANY (%(codes)s) OR left(code, 6) = ANY (%(counties)s)
UNION ALL
SELECT code, 0, name, '', polygon, valid_until FROM grid_cells WHERE code = ANY (%(codes)s);

-- name: put_areas
INSERT INTO areas (code, level, name_zh, name_en, polygon, west, south, east, north, valid_until)
SELECT code, level, name_zh, name_en, polygon, west, south, east, north, valid_until
FROM jsonb_to_recordset(%(rows)s::jsonb) AS given (
    code text, level smallint, name_zh text, name_en text, polygon jsonb, west float8,
    south float8, east float8, north float8, valid_until timestamptz)
ON CONFLICT (code) DO UPDATE SET
    name_zh = excluded.name_zh, name_en = excluded.name_en, polygon = excluded.polygon,
    west = excluded.west, south = excluded.south, east = excluded.east, north = excluded.north,
    valid_until = excluded.valid_until;

-- name: put_cells
INSERT INTO grid_cells (code, name, polygon, west, south, east, north, valid_until)
SELECT code, name_zh, polygon, west, south, east, north, valid_until
FROM jsonb_to_recordset(%(rows)s::jsonb) AS given (
    code text, name_zh text, polygon jsonb, west float8, south float8, east float8, north float8,
    valid_until timestamptz)
ON CONFLICT (code) DO UPDATE SET
    name = excluded.name, polygon = excluded.polygon, west = excluded.west,
    south = excluded.south, east = excluded.east, north = excluded.north,
    valid_until = excluded.valid_until;

-- name: page
-- Areas that begin with a code; ':' is what comes after the digit 9.
SELECT a.code, a.level, a.name_zh, a.name_en, a.valid_until,
       (SELECT count(*) FROM grid_cells c
        WHERE c.code ~>=~ a.code AND c.code ~<~ (a.code || ':')
          AND (c.valid_until IS NULL OR c.valid_until > %(at)s)) AS cells
FROM areas a
WHERE a.code ~>=~ %(within)s::text AND a.code ~<~ (%(within)s::text || ':')
  AND (%(level)s::integer IS NULL OR a.level = %(level)s)
  AND (%(after)s::text IS NULL OR a.code ~>~ %(after)s)
ORDER BY a.code USING ~<~ LIMIT %(limit)s;

-- name: shown
-- Areas and cells of these codes, the largest first.
SELECT code, level, name_zh, name_en, polygon, valid_until FROM areas WHERE code = ANY (%(codes)s)
UNION ALL
SELECT code, 0, name, '', polygon, valid_until FROM grid_cells WHERE code = ANY (%(codes)s)
ORDER BY 2 DESC, 1;

-- name: areas_around
-- The smallest first.
SELECT code, polygon FROM areas
WHERE polygon IS NOT NULL AND %(lon)s BETWEEN west AND east AND %(lat)s BETWEEN south AND north
  AND (valid_until IS NULL OR valid_until > %(at)s)
ORDER BY level, code;
