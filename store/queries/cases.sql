-- Steps of cases.

-- name: lock
SELECT state, version, department, outcome FROM cases WHERE id = %(id)s FOR NO KEY UPDATE;

-- name: log
-- What moved the case. The system's remarks do not, and a storm makes thousands of them.
SELECT version, actor, role, verb, before FROM case_log
WHERE case_id = %(id)s AND verb NOT IN ('join', 'amend') ORDER BY version;

-- name: save
UPDATE cases SET state = %(state)s, version = %(version)s, department = %(department)s,
       outcome = %(outcome)s, closed = %(closed)s
WHERE id = %(id)s;

-- name: add_line
INSERT INTO case_log (case_id, version, at, actor, role, verb, before, after, reason, details)
VALUES (%(case_id)s, %(version)s, %(at)s, %(actor)s, %(role)s, %(verb)s, %(before)s, %(after)s,
        %(reason)s, %(details)s);

-- name: department_exists
SELECT EXISTS (SELECT FROM departments WHERE code = %(code)s);

-- name: tell
SELECT pg_notify('lifeline_live', %(news)s);
