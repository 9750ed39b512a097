-- name: history
-- One row of arrays, in the order of channel and time.
SELECT array_agg(channel), array_agg(time), array_agg(received), array_agg(value),
       array_agg(state), array_agg(quality)
FROM (
    SELECT channel, time, received, coalesce(value, 'NaN') AS value,
           coalesce(state, -1) AS state, quality
    FROM readings
    WHERE channel = ANY(%(channels)s::integer[]) AND time >= %(since)s::timestamptz
      AND time < coalesce(%(until)s::timestamptz, 'infinity')
    ORDER BY channel, time
) AS rows;

-- name: receipts
-- How many readings each stamp of receipt has, oldest first.
SELECT array_agg(received), array_agg(readings)
FROM (
    SELECT received, count(*) AS readings FROM readings
    WHERE received > coalesce(%(after)s::timestamptz, '-infinity')
    GROUP BY received ORDER BY received
) AS rows;

-- name: received
-- One row of arrays, in the order of receipt.
SELECT array_agg(channel), array_agg(time), array_agg(received), array_agg(value),
       array_agg(state), array_agg(quality)
FROM (
    SELECT channel, time, received, coalesce(value, 'NaN') AS value,
           coalesce(state, -1) AS state, quality
    FROM readings
    WHERE received >= %(first)s::timestamptz AND received <= %(last)s::timestamptz
    ORDER BY received, channel, time
) AS rows;

-- name: latest
-- The newest reading of each channel whose clock was not known to be wrong.
SELECT array_agg(channel), array_agg(time), array_agg(received), array_agg(value),
       array_agg(state), array_agg(quality)
FROM (
    SELECT channels.number AS channel, newest.time, newest.received,
           coalesce(newest.value, 'NaN') AS value, coalesce(newest.state, -1) AS state,
           newest.quality
    FROM channels CROSS JOIN LATERAL (
        SELECT * FROM readings
        WHERE readings.channel = channels.number AND quality & %(bad_clock)s = 0
          AND time >= coalesce(%(since)s::timestamptz, '-infinity')
        ORDER BY time DESC LIMIT 1
    ) AS newest
    ORDER BY channels.number
) AS rows;

-- name: last_received
SELECT max(received) FROM readings
WHERE received > coalesce(%(after)s::timestamptz, '-infinity');

-- name: raw_between
SELECT array_agg(channel), array_agg(time), array_agg(value), array_agg(state),
       array_agg(quality)
FROM (
    SELECT channel, time, coalesce(value, 'NaN') AS value, coalesce(state, -1) AS state, quality
    FROM readings
    WHERE channel = ANY(%(channels)s::integer[]) AND time >= %(start)s::timestamptz
      AND time < %(end)s::timestamptz
    ORDER BY channel, time LIMIT %(limit)s
) AS rows;

-- name: minutes_between
-- Minutes are kept of channels that are read more than once a minute; of others they are
-- made here.
SELECT array_agg(channel), array_agg(time), array_agg(count), array_agg(mean),
       array_agg(lowest), array_agg(highest), array_agg(last), array_agg(flagged)
FROM (
    SELECT channel, time, count, coalesce(mean, 'NaN') AS mean, coalesce(lowest, 'NaN') AS lowest,
           coalesce(highest, 'NaN') AS highest, coalesce(last, 'NaN') AS last, flagged
    FROM (
        SELECT channel, time, count, mean, lowest, highest, last, flagged FROM readings_minute
        WHERE channel = ANY(%(channels)s::integer[]) AND time >= %(start)s::timestamptz
          AND time < %(end)s::timestamptz
        UNION ALL
        SELECT channel, time, count, mean, lowest, highest, last, flagged
        FROM rolled_up(
            (SELECT array_agg(number) FROM channels
             WHERE number = ANY(%(channels)s::integer[]) AND interval >= interval '1 minute'),
            'minute', date_trunc('minute', %(start)s::timestamptz), %(end)s::timestamptz, 'infinity')
    ) AS minutes
    ORDER BY channel, time LIMIT %(limit)s
) AS rows;

-- name: hours_between
SELECT array_agg(channel), array_agg(time), array_agg(count), array_agg(mean),
       array_agg(lowest), array_agg(highest), array_agg(last), array_agg(flagged)
FROM (
    SELECT channel, time, count, coalesce(mean, 'NaN') AS mean, coalesce(lowest, 'NaN') AS lowest,
           coalesce(highest, 'NaN') AS highest, coalesce(last, 'NaN') AS last, flagged
    FROM readings_hour
    WHERE channel = ANY(%(channels)s::integer[]) AND time >= %(start)s::timestamptz
      AND time < %(end)s::timestamptz
    ORDER BY channel, time LIMIT %(limit)s
) AS rows;

-- name: count
SELECT count(*) FROM readings;
