-- What people were told, for the alarm report.

-- name: alarms
-- Findings that open cases, raised in a stretch of time. Held back: told to nobody at the time.
SELECT rule || ' · ' || subject AS name, severity, raised, ended, standing = 'explained' AS held
FROM events
WHERE raised >= %(since)s AND raised < %(until)s AND case_key <> ''
  AND (standing IN ('standing', 'over') OR (standing = 'explained' AND why ? 'held_back'))
ORDER BY raised, id;
