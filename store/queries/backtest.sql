-- name: past_cases
-- Cases of a stretch of time with their subjects: what people found them to be, if they did. One
-- that no sensor found is a miss where its component has channels and a rule speaks of its
-- condition. A drill's is none.
WITH of_time AS (
    SELECT id, number, began, closed, outcome, code, condition, component, state FROM cases
    WHERE began < %(until)s::timestamptz AND coalesce(closed, 'infinity') >= %(since)s::timestamptz
      AND state NOT IN ('void', 'rejected') AND NOT exercise
      AND coalesce(outcome, '') NOT IN ('exercise', 'duplicate')
)
SELECT c.number, c.began,
       CASE WHEN bool_or(e.ended IS NULL) THEN c.closed ELSE max(e.ended) END AS ended,
       array_agg(DISTINCT e.subject) AS subjects,
       c.outcome, c.code
FROM of_time c JOIN events e ON e.case_id = c.id AND e.standing IN ('standing', 'over')
GROUP BY c.id, c.number, c.began, c.closed, c.outcome, c.code
UNION ALL
SELECT c.number, c.began, c.closed, ARRAY[c.component], c.outcome, c.code
FROM of_time c
WHERE c.state = 'closed' AND c.outcome = 'real'
  AND NOT EXISTS (SELECT FROM events e
                  WHERE e.case_id = c.id AND e.standing IN ('standing', 'over'))
  AND EXISTS (SELECT FROM devices d JOIN channels h ON h.device = d.id
              WHERE d.component = c.component)
  AND EXISTS (SELECT FROM rule_versions r
              WHERE r.body -> 'event' ->> 'condition' = c.condition)
ORDER BY 2, 1;

-- name: span
-- First and last reading since a time, and about how many readings there are between them.
SELECT min(time), max(time), count(*) FROM readings
WHERE time >= %(since)s::timestamptz AND time < %(until)s::timestamptz;
