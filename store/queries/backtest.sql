-- name: past_cases
-- Cases of a stretch of time with their subjects: what people found them to be, if they did.
SELECT c.number, c.began,
       coalesce(max(e.ended), c.closed) AS ended,
       array_agg(DISTINCT e.subject) AS subjects,
       c.outcome, c.code
FROM cases c JOIN events e ON e.case_id = c.id
WHERE c.began < %(until)s::timestamptz AND coalesce(c.closed, 'infinity') >= %(since)s::timestamptz
  AND c.state <> 'void' AND coalesce(c.outcome, '') NOT IN ('exercise', 'duplicate')
GROUP BY c.id
ORDER BY c.began, c.id;

-- name: span
-- First and last reading since a time, and about how many readings there are between them.
SELECT min(time), max(time), count(*) FROM readings
WHERE time >= %(since)s::timestamptz AND time < %(until)s::timestamptz;
