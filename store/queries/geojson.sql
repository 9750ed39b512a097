-- What has a place and no list of its own. Bounds are west, south, east, north.

-- name: components_page
SELECT k.code, k.code_list, k.class, k.name, k.state, k.accuracy, k.grid_cell, k.department,
       k.lon, k.lat
FROM components k
WHERE (%(after)s::text IS NULL OR k.code > %(after)s)
  AND (%(code)s::text IS NULL OR k.class = %(code)s)
  AND (%(grid_cell)s::text IS NULL OR starts_with(k.grid_cell, %(grid_cell)s))
  AND (%(west)s::float8 IS NULL OR (k.lon BETWEEN %(west)s AND %(east)s
                                    AND k.lat BETWEEN %(south)s AND %(north)s))
ORDER BY k.code LIMIT %(limit)s;

-- name: grid_cells_page
SELECT g.code, g.name, g.valid_until, g.polygon, g.west, g.south, g.east, g.north
FROM grid_cells g
WHERE (%(after)s::text IS NULL OR g.code > %(after)s)
  AND (%(grid_cell)s::text IS NULL OR starts_with(g.code, %(grid_cell)s))
  AND (%(west)s::float8 IS NULL
       OR box(point(g.west, g.south), point(g.east, g.north))
          && box(point(%(west)s, %(south)s), point(%(east)s, %(north)s)))
ORDER BY g.code LIMIT %(limit)s;
