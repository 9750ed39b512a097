-- Cases of the version before the whole workflow; see migration 0019.

-- name: next
-- With whether the log tells of another condition than it was filed under, but not of its limit.
SELECT f.case_id, EXISTS (
    SELECT FROM case_log l
    WHERE l.case_id = f.case_id AND l.verb = 'amend' AND l.details ? 'due' AND NOT l.details ? 'limit'
) AS relimited
FROM former_cases f
ORDER BY f.case_id LIMIT %(most)s FOR UPDATE SKIP LOCKED;

-- name: written
DELETE FROM former_cases WHERE case_id = ANY (%(ids)s);
