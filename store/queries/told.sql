-- Events as they were last written.

-- name: told_since
-- For an engine that begins anew.
SELECT rule, version, scope, subject, code_list, code, condition, severity, began, raised, found,
       ended, standing, channels, peak, case_key, why, shadow, exercise
FROM events WHERE settled >= %(since)s AND (exercise IS NOT NULL) = %(exercise)s
ORDER BY began, id;

-- name: told_of_case
-- The events of a case, oldest first.
SELECT rule, version, scope, subject, code_list, code, condition, severity, began, raised, found,
       ended, standing, channels, peak, case_key, why, shadow, exercise
FROM events WHERE case_id = %(case_id)s
ORDER BY began, id;
