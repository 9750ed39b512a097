-- name: make_partition
SELECT make_partition(%(moment)s);

-- name: copy
COPY readings (channel, time, received, value, quality, state) FROM STDIN (FORMAT BINARY);

-- name: make_incoming
-- The session's own table for readings that may be there already.
CREATE TEMPORARY TABLE IF NOT EXISTS incoming (
    channel integer, time timestamptz, received timestamptz,
    value double precision, quality smallint, state integer
) ON COMMIT DELETE ROWS;

-- name: empty_incoming
TRUNCATE incoming;

-- name: copy_incoming
COPY incoming (channel, time, received, value, quality, state) FROM STDIN (FORMAT BINARY);

-- name: add_incoming
-- Which of the incoming were new. In the order of the key, so that two writers that store
-- the same readings wait for each other and do not lock up.
WITH added AS (
    INSERT INTO readings (channel, time, received, value, quality, state)
    SELECT channel, time, received, value, quality, state FROM incoming ORDER BY channel, time
    ON CONFLICT (channel, time) DO NOTHING
    RETURNING channel, time
)
SELECT array_agg(channel), array_agg(time) FROM added;

-- name: known_digests
SELECT digest FROM untimed WHERE digest = ANY(%(digests)s::bytea[]);

-- name: put_digests
INSERT INTO untimed (digest, received)
SELECT DISTINCT unnest(%(digests)s::bytea[]), %(received)s::timestamptz ORDER BY 1
ON CONFLICT (digest) DO UPDATE SET received = excluded.received;

-- name: quarantine
INSERT INTO quarantine (device, name, time, received, value, state, unit, quality, source, topic,
                        sender)
SELECT * FROM unnest(
    %(device)s::text[], %(name)s::text[], %(time)s::timestamptz[], %(received)s::timestamptz[],
    %(value)s::double precision[], %(state)s::text[], %(unit)s::text[], %(quality)s::smallint[],
    %(source)s::text[], %(topic)s::text[], %(sender)s::text[])
     AS unknown (device, name, time, received, value, state, unit, quality, source, topic, sender)
ORDER BY device, name, time, sender
ON CONFLICT (device, name, time, sender) DO NOTHING
RETURNING device;

-- name: letter_is_there
-- A redelivered message that was a dead letter already is not another.
SELECT 1 FROM dead_letters
WHERE sha256(payload) = sha256(%(payload)s) AND source = %(source)s AND topic = %(topic)s
  AND reason = %(reason)s
LIMIT 1;

-- name: put_letter
INSERT INTO dead_letters (received, source, topic, format, device, payload, reason, record)
VALUES (%(received)s, %(source)s, %(topic)s, %(format)s, %(device)s, %(payload)s, %(reason)s,
        %(record)s::jsonb);

-- name: book_channels
-- Add a drain's counts, given by channel, to the ledger of the channels' devices.
INSERT INTO ledger AS kept (device, day, received, stored, duplicate, late, flagged,
                            last_received, last_time)
SELECT channels.device, (SELECT city_day(%(now)s)), sum(drain.received), sum(drain.stored),
       sum(drain.received) - sum(drain.stored), sum(drain.late), sum(drain.flagged),
       %(now)s,
       timestamptz 'epoch' + max(nullif(drain.last_time, %(never)s)) * interval '1 microsecond'
FROM unnest(%(channel)s::integer[], %(received)s::bigint[], %(stored)s::bigint[],
            %(late)s::bigint[], %(flagged)s::bigint[], %(last_time)s::bigint[])
     AS drain (channel, received, stored, late, flagged, last_time)
JOIN channels ON channels.number = drain.channel
GROUP BY channels.device ORDER BY channels.device
ON CONFLICT (device, day) DO UPDATE SET
    received = kept.received + excluded.received,
    stored = kept.stored + excluded.stored,
    duplicate = kept.duplicate + excluded.duplicate,
    late = kept.late + excluded.late,
    flagged = kept.flagged + excluded.flagged,
    last_received = greatest(kept.last_received, excluded.last_received),
    last_time = greatest(kept.last_time, excluded.last_time);

-- name: book_devices
-- Likewise for what did not become a reading, given by device.
INSERT INTO ledger AS kept (device, day, received, rejected, quarantined, duplicate, last_received)
SELECT device, (SELECT city_day(%(now)s)), received, rejected, quarantined,
       received - rejected - quarantined, %(now)s
FROM unnest(%(device)s::text[], %(received)s::bigint[], %(rejected)s::bigint[],
            %(quarantined)s::bigint[]) AS drain (device, received, rejected, quarantined)
ORDER BY device
ON CONFLICT (device, day) DO UPDATE SET
    received = kept.received + excluded.received,
    rejected = kept.rejected + excluded.rejected,
    quarantined = kept.quarantined + excluded.quarantined,
    duplicate = kept.duplicate + excluded.duplicate,
    last_received = greatest(kept.last_received, excluded.last_received);
