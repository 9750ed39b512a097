-- How a device does: what it owed, what came, how its clock goes, and who knows why it is quiet.

-- name: heard
-- Of each of its channels: what was owed since a time, what came, when it last did.
SELECT c.number, c.id, c.name, c.quantity, c.interval, first.time AS first_time,
       greatest(0, round(extract(epoch FROM %(now)s - greatest(%(since)s, first.time))
                         / extract(epoch FROM c.interval)))::bigint AS owed,
       came.readings, came.last_time
FROM channels c
LEFT JOIN LATERAL (SELECT min(time) AS time FROM readings_hour WHERE channel = c.number) first
    ON true
CROSS JOIN LATERAL (
    SELECT count(*) AS readings, max(time) AS last_time FROM readings
    WHERE channel = c.number AND quality & %(bad_clock)s = 0
      AND time >= %(since)s AND time <= %(now)s
) came
WHERE c.device = %(device)s AND c.interval > interval '0' ORDER BY c.id;

-- name: delay
-- How long its readings of late were on their way by its own clock: negative where that is ahead.
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM received - time))::float8
           AS median, count(*) AS readings,
       count(*) FILTER (WHERE quality & %(bad_clock)s <> 0) AS bad_clock
FROM (
    SELECT r.received, r.time, r.quality FROM channels c CROSS JOIN LATERAL (
        SELECT received, time, quality FROM readings
        WHERE channel = c.number AND time >= %(since)s AND quality & %(no_clock)s = 0
        ORDER BY time DESC LIMIT 100
    ) r WHERE c.device = %(device)s
) AS recent;

-- name: missing_by_day
-- What its channels owed each day (the city's, of device time) by their interval, less what is stored.
-- Of channels read more than once a minute the hours know how many came.
SELECT each.day, sum(greatest(0, owed.readings - came.readings))::bigint AS missing
FROM channels c
CROSS JOIN LATERAL (SELECT min(time) AS time FROM readings_hour WHERE channel = c.number) first
CROSS JOIN (
    SELECT day, city_midnight(day) AS begins, city_midnight(day + 1) AS ends
    FROM (SELECT city_day(%(now)s) - back AS day FROM generate_series(0, %(days)s - 1) AS back) AS days
) AS each
CROSS JOIN LATERAL (
    SELECT greatest(0, round(extract(epoch FROM least(each.ends, %(now)s)
                                              - greatest(each.begins, first.time))
                             / extract(epoch FROM c.interval)))::bigint AS readings
) owed
CROSS JOIN LATERAL (
    SELECT CASE WHEN c.interval < interval '1 minute'
        THEN (SELECT coalesce(sum(count + flagged), 0) FROM readings_hour
              WHERE channel = c.number AND time >= each.begins AND time < each.ends)
        ELSE (SELECT count(*) FROM readings
              WHERE channel = c.number AND time >= each.begins AND time < each.ends)
    END AS readings
) came
WHERE c.device = %(device)s AND c.interval > interval '0' AND first.time IS NOT NULL
GROUP BY each.day;

-- name: windows_over
-- Windows that lie over a device and ended after a time, or will.
SELECT w.id, w.reason, w.scope, w.subject, w.rules, w.began, w.until, w.actor, w.why
FROM windows w JOIN devices d ON d.id = %(device)s
WHERE w.until >= %(since)s AND CASE w.scope
    WHEN 'city' THEN true
    WHEN 'device' THEN w.subject = d.id
    WHEN 'component' THEN w.subject = d.component
    WHEN 'channel' THEN EXISTS (SELECT FROM channels c WHERE c.device = d.id AND c.id = w.subject)
    ELSE w.subject = coalesce(d.tags ->> w.scope,
                              CASE w.scope WHEN 'gateway' THEN d.gateway END)
         OR EXISTS (SELECT FROM channels c
                    WHERE c.device = d.id AND c.tags ->> w.scope = w.subject)
    END
ORDER BY w.began DESC LIMIT 50;
