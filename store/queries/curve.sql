-- What a plot of one channel is made of, beside its readings.

-- name: channel_facts
SELECT c.number, c.device, c.quantity, c.unit, extract(epoch FROM c.interval)::float8
FROM channels c WHERE c.id = %(id)s;

-- name: kept_from
-- Older readings are gone; their hours, and minutes where there were any, are not.
SELECT received_until FROM rollup_progress WHERE rollup = 'kept_from';

-- name: flags_of
-- Which flags stand in some stretches of `width` [s] from `since` on, one row a stretch.
SELECT array_agg(since), array_agg(flags)
FROM (
    SELECT stretch.since, coalesce(flagged.flags, 0::smallint) AS flags
    FROM unnest(%(since)s::timestamptz[]) AS stretch (since)
    LEFT JOIN LATERAL (
        SELECT bit_or(quality & unusable())::smallint AS flags FROM readings
        WHERE channel = %(channel)s AND time >= stretch.since
          AND time < stretch.since + %(width)s * interval '1 second' AND quality & unusable() <> 0
    ) AS flagged ON true
    ORDER BY stretch.since
) AS rows;

-- name: events_in
-- Events on some channels that stood within [start, end), newest first.
SELECT e.id, e.rule, e.severity, e.standing, e.began, e.ended, e.shadow, e.why -> 'title' AS title,
       seen_number(k, %(areas)s::text[], %(departments)s::text[]) AS case_number,
       CASE WHEN case_within(k, %(areas)s::text[], %(departments)s::text[]) THEN k.state END
           AS case_state
FROM events e LEFT JOIN cases k ON k.id = e.case_id
WHERE e.channels && %(channels)s::integer[] AND e.began < %(end)s
  AND (e.ended IS NULL OR e.ended > %(start)s) AND e.standing <> 'withdrawn'
ORDER BY e.began DESC, e.id LIMIT %(limit)s;
