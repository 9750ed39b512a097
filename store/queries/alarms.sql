-- What people were told, for the alarm report.

-- name: alarms
-- Findings that open cases, raised in a stretch of time or standing into it. Held back: told to
-- nobody at the time.
SELECT rule || ' · ' || subject AS name, severity, raised, ended, standing = 'explained' AS held
FROM events
WHERE raised < %(until)s AND (raised >= %(since)s OR ended IS NULL OR ended > %(since)s)
  AND case_key <> '' AND exercise IS NULL
  AND (standing IN ('standing', 'over') OR (standing = 'explained' AND why ? 'held_back'))
ORDER BY raised, id;
