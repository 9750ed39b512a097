-- name: letters
-- Dead letters to replay, oldest first: those of `ids`, or all that wait, of one likeness or any.
SELECT id, received, source, topic, format, device, payload, reason, record, replayed_at, outcome
FROM dead_letters
WHERE CASE WHEN %(ids)s::bigint[] IS NULL THEN replayed_at IS NULL AND discarded_at IS NULL
           ELSE id = ANY(%(ids)s) END
  AND (%(alike)s::text IS NULL OR alike = %(alike)s)
  AND id > %(after)s
ORDER BY id LIMIT %(limit)s;

-- name: replayed
UPDATE dead_letters SET replayed_at = %(at)s, outcome = %(outcome)s, discarded_at = NULL
WHERE id = %(id)s;

-- name: hold_letter
-- So that two who mend one letter at once do so one after the other.
SELECT replayed_at, discarded_at, outcome FROM dead_letters WHERE id = %(id)s FOR UPDATE;

-- name: log_letter
INSERT INTO dead_letter_log (letter, at, actor, verb, reason, payload, format, device, outcome)
VALUES (%(id)s, %(at)s, %(actor)s, %(verb)s, %(reason)s, %(payload)s, %(format)s, %(device)s,
        %(outcome)s);

-- name: discard_letters
-- Those of `ids` that wait still, or all of one likeness; each with a line in its log.
WITH put_aside AS (
    UPDATE dead_letters SET discarded_at = %(at)s
    WHERE replayed_at IS NULL AND discarded_at IS NULL
      AND CASE WHEN %(ids)s::bigint[] IS NULL THEN alike = %(alike)s ELSE id = ANY(%(ids)s) END
    RETURNING id
)
INSERT INTO dead_letter_log (letter, at, actor, verb, reason)
SELECT id, %(at)s, %(actor)s, 'discard', %(reason)s FROM put_aside RETURNING letter;

-- name: ledger
SELECT device, sum(received)::bigint, sum(stored)::bigint, sum(duplicate)::bigint,
       sum(rejected)::bigint, sum(quarantined)::bigint, sum(late)::bigint, sum(flagged)::bigint,
       max(last_received), max(last_time)
FROM ledger
WHERE day >= %(since)s AND (device = %(device)s OR %(device)s::text IS NULL AND NOT of_drill(device))
GROUP BY device ORDER BY device;

-- name: missing
-- What a device's channels should have sent between their first and last reading of the
-- stretch, by their interval, less what is stored.
SELECT channels.id,
       greatest(0, round(extract(epoch FROM sent.last - sent.first)
                         / extract(epoch FROM channels.interval))::bigint + 1 - sent.readings)
FROM channels CROSS JOIN LATERAL (
    SELECT count(*) AS readings, min(time) AS first, max(time) AS last FROM readings
    WHERE channel = channels.number AND quality & %(bad_clock)s = 0
      AND time >= %(since)s AND time < %(until)s
) AS sent
WHERE channels.device = %(device)s AND sent.readings > 0 AND channels.interval > interval '0'
ORDER BY channels.id;

-- name: drop_readings
SELECT drop_readings_before(%(moment)s);

-- name: note_dropped
-- Rollups older than the readings that are left can no longer be made anew.
INSERT INTO rollup_progress AS kept (rollup, received_until)
VALUES ('kept_from', date_trunc('week', %(moment)s::timestamptz, 'UTC'))
ON CONFLICT (rollup) DO UPDATE SET
    received_until = greatest(kept.received_until, excluded.received_until);

-- name: drop_untimed
DELETE FROM untimed WHERE received < %(moment)s;

-- name: drop_unadopted
DELETE FROM quarantine WHERE received < %(moment)s;

-- name: drop_letters
DELETE FROM dead_letters WHERE received < %(moment)s;

-- name: drop_audit
-- The oldest lines of the trail, so many at most, which are its lowest numbers; the trigger holds
-- that none goes in its first half year.
DELETE FROM audit
WHERE id IN (SELECT id FROM audit ORDER BY id LIMIT %(most)s) AND at < %(moment)s RETURNING id;

-- name: compress
SELECT compress_readings_after(%(age)s);

-- name: listen
-- Whoever changes channels, or the past of their readings, says so here.
LISTEN lifeline;
