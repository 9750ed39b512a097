-- Evaluation. What an indicator counts is a column here under its own name (cases/indicators.py),
-- so that a number and the list of cases behind it are one definition.

ALTER TABLE cases
    -- As its log says (cases/judged.py): whether the last judged run of each stage was in time.
    ADD COLUMN verified_in_time boolean,
    ADD COLUMN filed_in_time boolean,
    ADD COLUMN dispatched_in_time boolean,
    ADD COLUMN inspected_in_time boolean,
    -- 应结案: handled or past its deadline, whichever came first, or the deadline ahead. NULL: its
    -- clock has not begun, stands, or needs to run no more.
    ADD COLUMN fell_due timestamptz;

-- A district's month lies together, with all that is counted of it, so that the table itself need
-- not be read. `district` stands beside the expression over it because the planner asks for the
-- column itself before it reads an index alone.
CREATE INDEX cases_reported ON cases ((coalesce(district, '')), opened) INCLUDE (
    id, district, grid_cell, department, exempt, source, state, outcome, filed, stage, stage_due,
    verified_in_time, filed_in_time, satisfaction
) WHERE NOT exercise;
CREATE INDEX cases_filed ON cases ((coalesce(district, '')), filed) INCLUDE (
    id, district, grid_cell, department, exempt, source, state, outcome, stage, stage_due,
    dispatched, dispatched_in_time, redirects, returns, first_public, first_sensed
) WHERE NOT exercise AND filed IS NOT NULL;
CREATE INDEX cases_due ON cases ((coalesce(district, '')), fell_due) INCLUDE (
    id, district, grid_cell, department, exempt, state, stage, stage_due, dispatched, fed_back,
    handled_in_time, reworks, inspected_in_time
) WHERE NOT exercise AND fell_due IS NOT NULL;
-- Without it the planner takes any district for a two-hundredth: it has no use for what ANALYZE
-- learns of an expression in a partial index.
CREATE STATISTICS cases_by_district ON (coalesce(district, '')) FROM cases;
-- An index is read alone only where the table has been vacuumed; a fifth of a year's cases, the
-- default, would leave the last two months without.
ALTER TABLE cases SET (autovacuum_vacuum_scale_factor = 0.02,
                       autovacuum_vacuum_insert_scale_factor = 0.02);

-- The cohorts of a period, as of the moment `now_at`: plain SELECTs, so that the planner sees
-- through them. `place` is the grid cell, or the district where no cell is known.
CREATE FUNCTION reported_cases(
    districts text[], since timestamptz, until timestamptz, now_at timestamptz
) RETURNS TABLE (
    id bigint, instant timestamptz, place text, department text, exempt boolean,
    role text, actor text,
    reported boolean, taken_up boolean, valid boolean, duplicate boolean,
    to_verify boolean, verified_in_time boolean, to_file boolean, filed_in_time boolean,
    called_back boolean, satisfied boolean,
    sensor_judged boolean, sensor_real boolean, sensor_false boolean
) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT id, opened, coalesce(grid_cell, district, ''), coalesce(department, ''), exempt, '', '',
        true,
        filed IS NOT NULL,
        filed IS NOT NULL AND state NOT IN ('void', 'rejected'),
        coalesce(outcome = 'duplicate', false),
        verified_in_time IS NOT NULL OR coalesce(stage = 'verify' AND stage_due < now_at, false),
        coalesce(verified_in_time AND NOT coalesce(stage = 'verify' AND stage_due < now_at, false), false),
        filed IS NOT NULL OR coalesce(stage = 'filing' AND stage_due < now_at, false),
        coalesce(filed IS NOT NULL AND filed_in_time
                 AND NOT coalesce(stage = 'filing' AND stage_due < now_at, false), false),
        satisfaction IS NOT NULL,
        coalesce(satisfaction IN ('satisfied', 'fair'), false),
        source = 'sensor' AND coalesce(outcome IN ('real', 'false', 'sensor-fault', 'planned-work'), false),
        source = 'sensor' AND coalesce(outcome = 'real', false),
        source = 'sensor' AND coalesce(outcome IN ('false', 'sensor-fault'), false)
    FROM cases
    WHERE NOT exercise AND coalesce(district, '') = ANY (districts)
      AND opened >= since AND opened < least(until, now_at)
$$;

CREATE FUNCTION filed_cases(
    districts text[], since timestamptz, until timestamptz, now_at timestamptz
) RETURNS TABLE (
    id bigint, instant timestamptz, place text, department text, exempt boolean,
    role text, actor text,
    filed boolean, filed_rightly boolean, public_first boolean,
    to_dispatch boolean, dispatched_in_time boolean,
    dispatched boolean, dispatched_rightly boolean, returned boolean,
    told_and_sensed boolean, sensed_first boolean, lead_hours double precision
) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT id, cases.filed, coalesce(grid_cell, district, ''), coalesce(department, ''), exempt, '', '',
        true,
        -- A duplicate was a problem; what is duplicate is counted by its own rate.
        state NOT IN ('void', 'rejected') OR coalesce(outcome = 'duplicate', false),
        source IN ('hotline', 'police', 'system')
            AND (first_sensed IS NULL OR first_public IS NULL OR first_public < first_sensed)
          OR source = 'sensor' AND coalesce(first_public < first_sensed, false),
        dispatched IS NOT NULL OR coalesce(stage = 'dispatch' AND stage_due < now_at, false),
        coalesce(dispatched_in_time AND NOT coalesce(stage = 'dispatch' AND stage_due < now_at, false), false),
        dispatched IS NOT NULL,
        dispatched IS NOT NULL AND redirects = 0,
        dispatched IS NOT NULL AND returns > 0,
        first_public IS NOT NULL AND first_sensed IS NOT NULL,
        coalesce(first_sensed < first_public, false),
        extract(epoch FROM first_public - first_sensed)::double precision / 3600
    FROM cases
    WHERE NOT exercise AND cases.filed IS NOT NULL AND coalesce(district, '') = ANY (districts)
      AND cases.filed >= since AND cases.filed < least(until, now_at)
$$;

CREATE FUNCTION due_cases(
    districts text[], since timestamptz, until timestamptz, now_at timestamptz
) RETURNS TABLE (
    id bigint, instant timestamptz, place text, department text, exempt boolean,
    role text, actor text,
    due boolean, handled boolean, handled_in_time boolean, closed boolean, closed_in_time boolean,
    reworked boolean, to_inspect boolean, inspected_in_time boolean,
    reworks smallint, handling_hours double precision, fed_back timestamptz
) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT id, fell_due, coalesce(grid_cell, district, ''), coalesce(department, ''), exempt, '', '',
        true,
        state IN ('fed-back', 'inspecting', 'inspected', 'closed'),
        coalesce(state IN ('fed-back', 'inspecting', 'inspected', 'closed') AND handled_in_time, false),
        state = 'closed',
        coalesce(state = 'closed' AND handled_in_time, false),
        reworks > 0,
        inspected_in_time IS NOT NULL OR coalesce(stage = 'inspect' AND stage_due < now_at, false),
        coalesce(inspected_in_time AND NOT coalesce(stage = 'inspect' AND stage_due < now_at, false), false),
        reworks,
        CASE WHEN state IN ('fed-back', 'inspecting', 'inspected', 'closed')
             THEN extract(epoch FROM fed_back - dispatched)::double precision / 3600 ELSE 0 END,
        fed_back
    FROM cases
    WHERE NOT exercise AND fell_due IS NOT NULL AND coalesce(district, '') = ANY (districts)
      AND fell_due >= since AND fell_due < least(until, now_at)
$$;

-- The same by who did what: a row for each run of a stage that was judged, under who ended it by
-- doing the work, and for the report. Each row counts only in what is that stage's doing.
CREATE FUNCTION reported_tasks(
    districts text[], since timestamptz, until timestamptz, now_at timestamptz
) RETURNS TABLE (
    id bigint, instant timestamptz, place text, department text, exempt boolean,
    role text, actor text,
    reported boolean, taken_up boolean, valid boolean, duplicate boolean,
    to_verify boolean, verified_in_time boolean, to_file boolean, filed_in_time boolean,
    called_back boolean, satisfied boolean,
    sensor_judged boolean, sensor_real boolean, sensor_false boolean
) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT c.id, c.instant, c.place, c.department, c.exempt, t.role, t.actor,
        t.stage = 'report', t.stage = 'report' AND c.taken_up, t.stage = 'report' AND c.valid,
        t.stage = 'report' AND c.duplicate,
        t.stage = 'verify', t.stage = 'verify' AND t.in_time,
        t.stage = 'filing' AND c.taken_up, t.stage = 'filing' AND c.taken_up AND t.in_time,
        false, false, false, false, false
    FROM reported_cases(districts, since, until, now_at) AS c
    CROSS JOIN LATERAL (
        SELECT stage, r.role, r.actor, in_time FROM case_runs r
        WHERE r.case_id = c.id AND in_time IS NOT NULL
          AND (stage = 'verify' AND r.role = 'inspector'
               OR stage = 'filing' AND r.role IN ('system', 'shift-lead'))
        UNION ALL
        SELECT 'report', l.role, l.actor, true FROM case_log l
        WHERE l.case_id = c.id AND l.version = 1
    ) AS t
$$;

CREATE FUNCTION filed_tasks(
    districts text[], since timestamptz, until timestamptz, now_at timestamptz
) RETURNS TABLE (
    id bigint, instant timestamptz, place text, department text, exempt boolean,
    role text, actor text,
    filed boolean, filed_rightly boolean, public_first boolean,
    to_dispatch boolean, dispatched_in_time boolean,
    dispatched boolean, dispatched_rightly boolean, returned boolean,
    told_and_sensed boolean, sensed_first boolean, lead_hours double precision
) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT c.id, c.instant, c.place, c.department, c.exempt, t.role, t.actor,
        t.stage = 'filing', t.stage = 'filing' AND c.filed_rightly, false,
        t.stage = 'dispatch' AND c.dispatched, t.stage = 'dispatch' AND c.dispatched AND t.in_time,
        t.stage = 'dispatch' AND c.dispatched, t.stage = 'dispatch' AND c.dispatched_rightly,
        t.stage = 'dispatch' AND c.returned,
        false, false, NULL::double precision
    FROM filed_cases(districts, since, until, now_at) AS c
    CROSS JOIN LATERAL (
        SELECT stage, r.role, r.actor, in_time FROM case_runs r
        WHERE r.case_id = c.id AND in_time IS NOT NULL
          AND (stage = 'filing' AND r.role IN ('system', 'shift-lead')
               OR stage = 'dispatch' AND r.role IN ('system', 'dispatcher'))
    ) AS t
$$;

CREATE FUNCTION due_tasks(
    districts text[], since timestamptz, until timestamptz, now_at timestamptz
) RETURNS TABLE (
    id bigint, instant timestamptz, place text, department text, exempt boolean,
    role text, actor text,
    due boolean, handled boolean, handled_in_time boolean, closed boolean, closed_in_time boolean,
    reworked boolean, to_inspect boolean, inspected_in_time boolean,
    reworks smallint, handling_hours double precision
) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT c.id, c.instant, c.place, c.department, c.exempt, t.role, t.actor,
        t.stage = 'handling', t.stage = 'handling' AND c.handled,
        t.stage = 'handling' AND c.handled AND t.in_time, t.stage = 'handling' AND c.closed,
        t.stage = 'handling' AND c.closed AND t.in_time, t.stage = 'handling' AND c.reworked,
        t.stage = 'inspect', t.stage = 'inspect' AND t.in_time,
        CASE WHEN t.stage = 'handling' THEN c.reworks ELSE 0::smallint END,
        CASE WHEN t.stage = 'handling' THEN c.handling_hours ELSE 0 END
    FROM due_cases(districts, since, until, now_at) AS c
    CROSS JOIN LATERAL (
        SELECT stage, r.role, r.actor, in_time FROM case_runs r
        WHERE r.case_id = c.id AND in_time IS NOT NULL
          AND (stage = 'handling' AND c.handled AND r.ended = c.fed_back
               OR stage = 'inspect' AND r.role = 'inspector')
    ) AS t
$$;

-- What a row is counted under, by the dimension asked for; '' where it is not known.
CREATE FUNCTION evaluated_under(
    dimension text, place text, department text, role text, actor text, instant timestamptz,
    zone text
) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE dimension
        WHEN 'department' THEN department
        WHEN 'district' THEN left(place, 6)
        WHEN 'street' THEN CASE WHEN length(place) >= 9 THEN left(place, 9) ELSE '' END
        WHEN 'community' THEN CASE WHEN length(place) >= 12 THEN left(place, 12) ELSE '' END
        WHEN 'cell' THEN CASE WHEN length(place) >= 14 THEN place ELSE '' END
        WHEN 'role' THEN role
        WHEN 'person' THEN role || ' ' || actor
        WHEN 'month' THEN to_char(instant AT TIME ZONE zone, 'YYYY-MM')
        ELSE '' END
$$;
