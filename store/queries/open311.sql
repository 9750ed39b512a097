-- What the public sees of cases. Exercises are never among it, nor is any reason or person.

-- name: requests
-- Cases of the services named, newest first; a condition is '' where nobody has settled which.
WITH chosen AS MATERIALIZED (          -- first, so that only what is told is looked up further
    SELECT c.id, s.service
    FROM cases c
    -- Not a join, which PostgreSQL takes for far more choosy than it is: it would sort all cases.
    CROSS JOIN LATERAL (
        SELECT s.service
        FROM unnest(%(lists)s::text[], %(codes)s::text[], %(conditions)s::text[], %(names)s::text[],
                    %(services)s::text[]) AS s (code_list, code, condition, name, service)
        WHERE (s.code_list, s.code, s.condition) = (c.code_list, c.code, c.condition)
          -- A list may use a number for a component and for an event.
          AND (c.condition <> '' OR starts_with(c.title_zh, s.name))
        LIMIT 1
    ) s
    WHERE NOT c.exercise AND c.code = ANY (%(codes)s)
      AND (%(numbers)s::text[] IS NULL OR c.number = ANY (%(numbers)s))
      AND (%(start)s::timestamptz IS NULL OR c.opened >= %(start)s)
      AND (%(end)s::timestamptz IS NULL OR c.opened <= %(end)s)
      AND (%(states)s::text[] IS NULL OR c.state = ANY (%(states)s))
    ORDER BY c.opened DESC, c.id DESC LIMIT %(most)s
)
SELECT c.number, c.state, m.number AS merged_into, chosen.service, c.condition, c.opened, c.due,
       coalesce(c.closed, (SELECT l.at FROM case_log l WHERE l.case_id = c.id
                           ORDER BY l.version DESC LIMIT 1)) AS updated,
       c.lat, c.lon, c.component, k.name AS component_name,
       d.name_zh AS department_zh, d.name_en AS department_en, told.text, told.address
FROM chosen
JOIN cases c ON c.id = chosen.id
LEFT JOIN cases m ON m.id = c.merged_into
LEFT JOIN components k ON k.code = c.component
LEFT JOIN departments d ON d.code = c.department
-- Only who reports by this door knows that what they write is published.
LEFT JOIN LATERAL (
    SELECT r.text, r.address FROM reports r
    WHERE r.case_id = c.id AND starts_with(r.system, 'open311:')
    ORDER BY r.received, r.id LIMIT 1
) told ON true
ORDER BY c.opened DESC, c.id DESC;

-- name: number_of_report
SELECT c.number FROM reports r JOIN cases c ON c.id = r.case_id
WHERE r.id = %(report)s AND NOT c.exercise;
