-- Backtests that people asked for; see store/backtests.py.

-- name: ask
INSERT INTO backtests (rules, pack, since, until, channels, zone, labels, actor, asked)
VALUES (%(rules)s, %(pack)s, %(since)s, %(until)s, %(channels)s, %(zone)s, %(labels)s, %(actor)s,
        %(asked)s)
RETURNING id;

-- name: waiting
SELECT count(*) FROM backtests WHERE state IN ('waiting', 'running');

-- name: page
-- Newest first; `ahead` is how many are to be done before it.
SELECT b.id, b.rules, b.since, b.until, b.channels, b.zone, b.labels, b.actor, b.asked, b.began,
       b.ended, b.state, b.progress, b.readings, b.trouble,
       CASE WHEN b.state = 'waiting' THEN
           (SELECT count(*) FROM backtests o WHERE o.state IN ('waiting', 'running') AND o.id < b.id)
       ELSE 0 END AS ahead
FROM backtests b
WHERE (%(id)s::bigint IS NULL OR b.id = %(id)s) AND (%(before)s::bigint IS NULL OR b.id < %(before)s)
  AND (%(rule)s::text IS NULL OR %(rule)s = ANY (b.rules))
ORDER BY b.id DESC LIMIT %(limit)s;

-- name: pack
SELECT pack FROM backtests WHERE id = %(id)s;

-- name: result
SELECT report, pictures FROM backtest_results WHERE backtest = %(id)s;

-- name: table
SELECT CASE %(table)s WHEN 'events' THEN events WHEN 'notes' THEN notes ELSE cases END
FROM backtest_results WHERE backtest = %(id)s;

-- name: cancel
UPDATE backtests SET state = 'cancelled', ended = %(at)s
WHERE id = %(id)s AND state IN ('waiting', 'running') RETURNING id;

-- name: alone
-- One process at a time runs backtests of a database; the lock goes with its session.
SELECT pg_try_advisory_lock(hashtext('lifeline backtests'));

-- name: interrupt
-- Those that were running when their process ended.
UPDATE backtests SET state = 'interrupted', ended = %(at)s WHERE state = 'running' RETURNING id;

-- name: take
-- The oldest that waits.
UPDATE backtests SET state = 'running', began = %(at)s
WHERE id = (SELECT min(id) FROM backtests WHERE state = 'waiting') RETURNING id;

-- name: wanted
SELECT state <> 'cancelled' FROM backtests WHERE id = %(id)s;

-- name: given
SELECT pack, since, until, channels, zone, labels FROM backtests WHERE id = %(id)s;

-- name: tell
UPDATE backtests SET progress = %(progress)s, readings = %(readings)s
WHERE id = %(id)s AND state = 'running';

-- name: keep
-- A result counts only if nobody has cancelled it meanwhile.
WITH done AS (
    UPDATE backtests SET state = 'done', ended = %(at)s, progress = 1, readings = %(readings)s
    WHERE id = %(id)s AND state = 'running' RETURNING id
)
INSERT INTO backtest_results (backtest, report, pictures, events, notes, cases)
SELECT id, %(report)s, %(pictures)s, %(events)s, %(notes)s, %(cases)s FROM done;

-- name: fail
UPDATE backtests SET state = 'failed', ended = %(at)s, trouble = %(trouble)s
WHERE id = %(id)s AND state = 'running';

-- name: drop_old
DELETE FROM backtests WHERE state NOT IN ('waiting', 'running')
  AND id <= (SELECT id FROM backtests ORDER BY id DESC OFFSET %(kept)s LIMIT 1);

-- name: recorded
-- What was found at the time by the versions then in force, and the cases it is in.
SELECT count(*) AS events, count(DISTINCT case_id) AS cases FROM events
WHERE rule = ANY (%(rules)s) AND NOT shadow AND standing IN ('standing', 'over')
  AND raised >= %(since)s AND raised < %(until)s;
