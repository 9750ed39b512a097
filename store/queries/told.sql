-- Events for an engine that begins anew.

-- name: told_since
SELECT rule, version, scope, subject, code_list, code, condition, severity, began, raised, found,
       ended, standing, channels, peak, case_key, why
FROM events WHERE found >= %(found)s
ORDER BY found, id;
