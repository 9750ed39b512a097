-- Windows of maintenance, planned work, calibration and shelving.

-- name: add_window
INSERT INTO windows (reason, scope, subject, rules, began, until, planned_until, actor, why, created)
VALUES (%(reason)s, %(scope)s, %(subject)s, %(rules)s, %(began)s, %(until)s, %(until)s, %(actor)s,
        %(why)s, %(now)s)
RETURNING id;

-- name: end_window
-- Nothing is returned when it is over already. One that has not begun never will.
UPDATE windows SET until = greatest(%(now)s, began), ended_by = %(actor)s, ended_why = %(why)s
WHERE id = %(id)s AND until > %(now)s
RETURNING id;

-- name: windows_since
-- What may hold back events raised after a time.
SELECT id, reason, scope, subject, began, until, rules FROM windows
WHERE until >= %(since)s ORDER BY id;

-- name: known_subject
-- Whether any channel lies in a place of this scope and name.
SELECT EXISTS (
    SELECT FROM channels c JOIN devices d ON d.id = c.device
    WHERE CASE %(scope)s
        WHEN 'city' THEN %(subject)s = 'city'
        WHEN 'channel' THEN c.id = %(subject)s
        WHEN 'device' THEN d.id = %(subject)s
        WHEN 'component' THEN d.component = %(subject)s
        ELSE coalesce(c.tags ->> %(scope)s, d.tags ->> %(scope)s,
                      CASE %(scope)s WHEN 'gateway' THEN d.gateway END) = %(subject)s
    END
);

-- name: subject_within
-- Whether channels lie there, and all of them on components that a limited person may speak for.
SELECT %(scope)s <> 'city' AND coalesce(bool_and(EXISTS (
    SELECT FROM unnest(%(areas)s::text[], %(departments)s::text[]) AS r (area, department)
    WHERE starts_with(coalesce(k.grid_cell, left(d.component, 6), ''), r.area)
      AND r.department IN ('', k.department)
)), false)
FROM channels c JOIN devices d ON d.id = c.device LEFT JOIN components k ON k.code = d.component
WHERE CASE %(scope)s
    WHEN 'channel' THEN c.id = %(subject)s
    WHEN 'device' THEN d.id = %(subject)s
    WHEN 'component' THEN d.component = %(subject)s
    ELSE coalesce(c.tags ->> %(scope)s, d.tags ->> %(scope)s,
                  CASE %(scope)s WHEN 'gateway' THEN d.gateway END) = %(subject)s
END;

-- name: unknown_rules
-- Those that were never in force nor on trial: a misspelt one would hold nothing back.
SELECT given FROM unnest(%(rules)s::text[]) AS given
WHERE NOT EXISTS (SELECT FROM rule_versions v WHERE v.rule = given) ORDER BY given;
