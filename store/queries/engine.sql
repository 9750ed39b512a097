-- name: save_checkpoint
INSERT INTO checkpoints (engine, received_until, saved_at)
VALUES (%(engine)s, %(received_until)s, %(saved_at)s)
ON CONFLICT (engine) DO UPDATE SET received_until = excluded.received_until,
    saved_at = excluded.saved_at;

-- name: drop_parts
DELETE FROM checkpoint_parts WHERE engine = %(engine)s;

-- name: add_parts
COPY checkpoint_parts (engine, number, body) FROM STDIN (FORMAT binary);

-- name: load_checkpoint
SELECT received_until, saved_at FROM checkpoints WHERE engine = %(engine)s;

-- name: load_parts
SELECT body FROM checkpoint_parts WHERE engine = %(engine)s ORDER BY number;

-- name: last_receipt
-- The newest stamp of receipt; the checkpoint spares the look at what is older.
SELECT coalesce(
    (SELECT max(received) FROM readings
     WHERE received > coalesce((SELECT max(received_until) FROM checkpoints), '-infinity')),
    (SELECT max(received_until) FROM checkpoints)
);

-- name: take_rejudge
-- Hand over, and forget when the transaction commits, which channels' past has changed: of live
-- ones, or of those of drills.
WITH taken AS (
    DELETE FROM rejudge r
    WHERE %(exercise)s = EXISTS (
        SELECT FROM channels c JOIN devices d ON d.id = c.device
        WHERE c.number = r.channel AND d.exercise IS NOT NULL)
    RETURNING channel, since
)
SELECT channel, min(since) FROM taken GROUP BY channel ORDER BY channel;

-- name: ask_rejudge
INSERT INTO rejudge (channel, since)
SELECT * FROM unnest(%(channel)s::integer[], %(since)s::timestamptz[]);

-- name: tell
-- Wake whoever keeps channels or an engine in memory; delivered with the commit.
SELECT pg_notify('lifeline', %(what)s);

-- name: listened
INSERT INTO listening AS kept (source, began, until)
VALUES (%(source)s, %(began)s, %(until)s)
ON CONFLICT (source, began) DO UPDATE SET until = greatest(kept.until, excluded.until);

-- name: not_listening
-- The gaps between the stretches in which at least one source was listened to. After a gap
-- only what was listened to since its end counts.
SELECT lower(gap), upper(gap) FROM (
    SELECT unnest(tstzmultirange(tstzrange(min(began), greatest(max(until), %(now)s)))
                  - range_agg(tstzrange(began, until, '[]'))) AS gap
    FROM listening WHERE until >= coalesce(%(after)s::timestamptz, '-infinity')
) AS gaps ORDER BY 1;
