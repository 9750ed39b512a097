-- Runs of the stage clocks, and timers.

-- name: put_runs
-- Writes what differs: a step changes one or two of a case's runs.
INSERT INTO case_runs (case_id, number, stage, owner, limit_amount, limit_class, began, since, used,
                       due, yellow, ended, actor, role, in_time)
SELECT %(case_id)s, * FROM unnest(
    %(number)s::smallint[], %(stage)s::text[], %(owner)s::text[],
    %(limit_amount)s::double precision[], %(limit_class)s::text[], %(began)s::timestamptz[],
    %(since)s::timestamptz[], %(used)s::interval[], %(due)s::timestamptz[],
    %(yellow)s::timestamptz[], %(ended)s::timestamptz[], %(actor)s::text[], %(role)s::text[],
    %(in_time)s::boolean[]
)
EXCEPT
SELECT case_id, number, stage, owner, limit_amount, limit_class, began, since, used, due, yellow,
       ended, actor, role, in_time
FROM case_runs WHERE case_id = %(case_id)s
ON CONFLICT (case_id, number) DO UPDATE SET
    stage = EXCLUDED.stage, owner = EXCLUDED.owner, limit_amount = EXCLUDED.limit_amount,
    limit_class = EXCLUDED.limit_class, began = EXCLUDED.began, since = EXCLUDED.since,
    used = EXCLUDED.used, due = EXCLUDED.due, yellow = EXCLUDED.yellow, ended = EXCLUDED.ended,
    actor = EXCLUDED.actor, role = EXCLUDED.role, in_time = EXCLUDED.in_time;

-- name: set_timers
-- What has fired stays as it is and so never fires again; what is no longer wanted goes, or a year
-- of a big city would keep hundreds of millions of timers that never came to anything. One that
-- fires again and again keeps the time at which it does so next.
WITH wanted AS (
    SELECT * FROM unnest(
        %(runs)s::smallint[], %(kinds)s::text[], %(ats)s::timestamptz[]
    ) AS wanted (run, kind, at)
), called_off AS (
    DELETE FROM case_timers
    WHERE case_id = %(case_id)s AND fired IS NULL
      AND (run, kind) NOT IN (SELECT run, kind FROM wanted)
)
INSERT INTO case_timers (case_id, run, kind, at)
SELECT %(case_id)s, run, kind, at FROM wanted
WHERE NOT EXISTS (
    SELECT FROM case_timers t
    WHERE t.case_id = %(case_id)s AND t.run = wanted.run AND t.kind = wanted.kind
      AND (t.fired IS NOT NULL OR t.at = wanted.at
           OR (t.at IS NOT NULL AND t.kind = ANY (%(again)s)))
)
ON CONFLICT (case_id, run, kind) DO UPDATE SET at = EXCLUDED.at;

-- name: due_cases
-- The one whose timer is the oldest comes first.
SELECT case_id FROM (
    SELECT case_id, at FROM case_timers
    WHERE fired IS NULL AND at < %(now)s AND case_id <> ALL (%(but)s::bigint[])
    ORDER BY at LIMIT %(at_most)s
) AS oldest
GROUP BY case_id ORDER BY min(at);

-- name: waiting_since
SELECT min(at) FROM case_timers WHERE fired IS NULL AND at IS NOT NULL;

-- name: lock_case
-- Whoever has it now moves its timers too, or fires them.
SELECT FROM cases WHERE id = %(case_id)s FOR NO KEY UPDATE SKIP LOCKED;

-- name: due_timers
SELECT run, kind, at FROM case_timers
WHERE case_id = %(case_id)s AND fired IS NULL AND at < %(now)s ORDER BY at, kind;

-- name: mark
UPDATE case_timers SET fired = %(fired)s, at = %(at)s
WHERE case_id = %(case_id)s AND run = %(run)s AND kind = %(kind)s;
