-- Steps of cases.

-- name: lock
{row} FOR NO KEY UPDATE;

-- name: row
-- What of a case its log does not say.
SELECT state, version, code_list, code, condition, grid_cell, component, lon, lat, severity, drill,
       description, address,
       (SELECT department FROM components WHERE components.code = cases.component) AS keeper
FROM cases WHERE id = %(id)s;

-- name: log
-- What a case is, is what these lines say. The rest are the system's remarks on its findings, of
-- which a storm makes thousands.
SELECT version, at, actor, role, verb, before, after, reason, details FROM case_log
WHERE case_id = %(id)s
  AND (verb NOT IN ('join', 'amend') OR role <> 'system'
       OR details ?| ARRAY['limit', 'department'])
ORDER BY version;

-- name: save
UPDATE cases SET
    state = %(state)s, version = %(version)s, department = %(department)s, outcome = %(outcome)s,
    source = %(source)s, exercise = %(exercise)s, level = %(level)s, handed_to = %(handed_to)s,
    due = %(due)s, stage = %(stage)s, stage_due = %(stage_due)s, stage_yellow = %(stage_yellow)s,
    filed = %(filed)s, dispatched = %(dispatched)s, verified = %(verified)s,
    fed_back = %(fed_back)s, inspected = %(inspected)s, passed = %(passed)s,
    confirmed = %(confirmed)s, closed = %(closed)s, handled_in_time = %(handled_in_time)s,
    returns = %(returns)s, redirects = %(redirects)s, reworks = %(reworks)s,
    extensions = %(extensions)s, urges = %(urges)s, supervised = %(supervised)s,
    suspended_until = %(suspended_until)s, exempt = %(exempt)s, satisfaction = %(satisfaction)s,
    request = %(request)s, approved = %(approved)s, returned = %(returned)s,
    fell_due = %(fell_due)s, verified_in_time = %(verified_in_time)s,
    filed_in_time = %(filed_in_time)s, dispatched_in_time = %(dispatched_in_time)s,
    inspected_in_time = %(inspected_in_time)s
WHERE id = %(id)s;

-- name: classify
UPDATE cases SET code_list = %(code_list)s, code = %(code)s, condition = %(condition)s,
       catalogue = %(catalogue)s, title_zh = %(title_zh)s, title_en = %(title_en)s
WHERE id = %(id)s;

-- name: put
-- What people know better of the place and the words of a case.
UPDATE cases SET grid_cell = %(grid_cell)s, component = %(component)s, lon = %(lon)s, lat = %(lat)s,
       severity = %(severity)s, description = %(description)s, address = %(address)s
WHERE id = %(id)s;

-- name: add_line
INSERT INTO case_log (case_id, version, at, actor, role, verb, before, after, reason, details)
VALUES (%(case_id)s, %(version)s, %(at)s, %(actor)s, %(role)s, %(verb)s, %(before)s, %(after)s,
        %(reason)s, %(details)s);

-- name: department_exists
SELECT EXISTS (SELECT FROM departments WHERE code = %(code)s);

-- name: tell
SELECT pg_notify('lifeline_live', %(news)s);
