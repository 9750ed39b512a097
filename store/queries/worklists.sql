-- What posts have to do. `where` is one condition and what narrows it: each list is a
-- statement of its own, so that its index is found whatever else is asked.

-- name: page
-- What `found` finds, with what people read of it.
WITH {found}
SELECT f.rank, f.at, c.id, c.number, c.version, c.state, c.source, c.exercise, c.code, c.title_zh,
       c.title_en, c.severity, c.component, k.name AS component_name, c.grid_cell, c.address,
       c.lon, c.lat, c.department, d.name_zh AS department_zh, d.name_en AS department_en,
       c.opened, c.stage, c.stage_due, c.stage_yellow, c.due, c.level, c.supervised, c.urges,
       c.returns, c.reworks, c.extensions, c.request, c.suspended_until
FROM found f JOIN cases c USING (id)
LEFT JOIN components k ON k.code = c.component
LEFT JOIN departments d ON d.code = c.department
ORDER BY f.rank, f.at, f.id;

-- name: by_clock
-- By light, then by due; each light by the index, from where the page before ended. What has no
-- running clock comes last.
red AS (
    SELECT c.id, 1 AS rank, c.stage_due AS at FROM cases c
    WHERE {where} AND c.stage_due < %(now)s
      AND (c.stage_due, c.id) > (%(red_at)s::timestamptz, %(red_id)s::bigint)
    ORDER BY c.stage_due, c.id LIMIT %(limit)s
), yellow AS (
    SELECT c.id, 2, c.stage_due FROM cases c
    WHERE {where} AND c.stage_due >= %(now)s AND c.stage_yellow < %(now)s
      AND (c.stage_due, c.id) > (%(yellow_at)s::timestamptz, %(yellow_id)s::bigint)
    ORDER BY c.stage_due, c.id LIMIT %(limit)s
), green AS (
    SELECT c.id, 3, c.stage_due FROM cases c
    WHERE {where} AND c.stage_due >= %(now)s AND c.stage_yellow >= %(now)s
      AND (c.stage_due, c.id) > (%(green_at)s::timestamptz, %(green_id)s::bigint)
    ORDER BY c.stage_due, c.id LIMIT %(limit)s
), standing AS (
    SELECT c.id, 4, c.stage_due FROM cases c
    WHERE {where} AND c.stage_due IS NULL AND c.id > %(standing_id)s
    ORDER BY c.stage_due, c.id LIMIT %(limit)s
), found AS (
    SELECT * FROM red UNION ALL SELECT * FROM yellow UNION ALL SELECT * FROM green
    UNION ALL SELECT * FROM standing
    ORDER BY rank, at, id LIMIT %(limit)s
)

-- name: by_end
-- Who waits longest to be called back comes first; a case stands once, however many called.
found AS (
    SELECT c.id, 4 AS rank, k.ended AS at
    FROM callers k JOIN reports r ON r.id = k.report JOIN cases c ON c.id = r.case_id
    WHERE {where} AND k.called_back IS NULL AND k.erased IS NULL AND NOT r.exercise
      AND k.ended IS NOT NULL AND k.ended >= %(standing_at)s
      AND (k.ended, c.id) > (%(standing_at)s::timestamptz, %(standing_id)s::bigint)
    GROUP BY k.ended, c.id ORDER BY k.ended, c.id LIMIT %(limit)s
)

-- name: counts_by_clock
-- How many cases of each light, none counted further than is asked. In the order of the index,
-- or a planner without good statistics would rather read the whole table until it has enough.
SELECT (SELECT count(*) FROM (
            SELECT FROM cases c WHERE {where} AND c.stage_due < %(now)s
            ORDER BY c.stage_due, c.id LIMIT %(most)s) AS r) AS red,
       (SELECT count(*) FROM (
            SELECT FROM cases c
            WHERE {where} AND c.stage_due >= %(now)s AND c.stage_yellow < %(now)s
            ORDER BY c.stage_due, c.id LIMIT %(most)s) AS y) AS yellow,
       (SELECT count(*) FROM (
            SELECT FROM cases c
            WHERE {where} AND c.stage_due >= %(now)s AND c.stage_yellow >= %(now)s
            ORDER BY c.stage_due, c.id LIMIT %(most)s) AS g) AS green,
       (SELECT count(*) FROM (
            SELECT FROM cases c WHERE {where} AND c.stage_due IS NULL
            ORDER BY c.stage_due, c.id LIMIT %(most)s) AS s) AS standing;

-- name: counts_by_end
-- Callers, of whom one case may have several.
SELECT 0 AS red, 0 AS yellow, 0 AS green, count(*) AS standing FROM (
    SELECT FROM callers k JOIN reports r ON r.id = k.report JOIN cases c ON c.id = r.case_id
    WHERE {where} AND k.called_back IS NULL AND k.erased IS NULL AND NOT r.exercise
      AND k.ended IS NOT NULL
    LIMIT %(most)s) AS s;

-- name: in_state
c.state = {state} AND c.state NOT IN ('closed', 'rejected', 'void')

-- name: to_close
c.state = 'inspected' AND c.passed AND c.stage IS NOT NULL

-- name: to_rework
c.state = 'inspected' AND c.passed IS NOT TRUE

-- name: waiting_for_sensor
c.state = 'inspected' AND c.passed AND c.stage IS NULL

-- name: to_dispatch
c.state = 'filed' AND NOT c.returned

-- name: to_redirect
c.state = 'filed' AND c.returned

-- name: asked
c.request IN ('ask-extension', 'ask-suspension') AND NOT c.approved AND c.request IS NOT NULL

-- name: approved
c.request IN ('ask-extension', 'ask-suspension') AND c.approved AND c.request IS NOT NULL

-- name: appealed
c.request = 'appeal' AND NOT c.approved AND c.request IS NOT NULL

-- name: raised
c.level = %(level)s AND c.level > 1 AND c.state NOT IN ('closed', 'rejected', 'void')

-- name: supervised
c.supervised AND c.state NOT IN ('closed', 'rejected', 'void')

-- name: to_call_back
c.state IN ('closed', 'rejected', 'void')

-- name: of_department
AND c.department = %(department)s

-- name: in_district
AND c.district = %(district)s

-- name: in_street
AND c.street = %(street)s

-- name: in_community
AND c.community = %(community)s

-- name: in_cell
AND c.grid_cell = %(cell)s

-- name: at_level
AND c.level = %(level)s

-- name: of_class
AND c.code = %(code)s

-- name: of_severity
AND c.severity = %(severity)s

-- name: of_exercises
AND c.exercise = %(exercise)s

-- name: of_drill
AND c.drill = %(drill)s

-- name: with_text
AND (strpos(lower(concat_ws(' ', c.number, c.title_zh, c.title_en, c.address, c.description,
                            c.component)), lower(%(text)s)) > 0
     OR EXISTS (SELECT FROM components k WHERE k.code = c.component
                AND strpos(lower(k.name), lower(%(text)s)) > 0))

-- name: within
AND case_within(c, %(areas)s, %(departments)s)
