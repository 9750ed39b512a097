-- Minutes and hours of readings, kept by us on PostgreSQL and TimescaleDB alike.
-- (deploy/decisions/0002-readings-storage.md says why no continuous aggregates.)

-- Flags that make a reading unusable: UNUSABLE of ingest/quality.py.
CREATE FUNCTION unusable() RETURNS smallint LANGUAGE sql IMMUTABLE AS 'SELECT 831::smallint';

-- What can be averaged. The bound keeps a sum from overflowing, which would stop the roller.
CREATE FUNCTION is_good(value double precision, quality smallint) RETURNS boolean
    LANGUAGE sql IMMUTABLE AS 'SELECT value IS NOT NULL AND quality & 831 = 0
                                  AND value BETWEEN -1e300 AND 1e300';

-- Levels in dB are averaged by energy, all else as it is.
CREATE FUNCTION to_sum(value double precision, energy boolean) RETURNS double precision
    LANGUAGE sql IMMUTABLE AS 'SELECT CASE WHEN energy THEN power(10, value / 10) ELSE value END';
CREATE FUNCTION to_mean(sum double precision, count bigint, energy boolean)
    RETURNS double precision LANGUAGE sql IMMUTABLE
    AS 'SELECT CASE WHEN count = 0 THEN NULL
                    WHEN energy THEN 10 * log(sum / count) ELSE sum / count END';

-- Imported readings (flag 1024) come with no place in the sequence of receipt: an import may
-- be committed before, or after, what was received later. They are never added; a redo,
-- committed together with them, makes their hours.

-- Buckets of `step` (minute, hour) of some channels from their readings with
-- since <= time < before that were received until `received_until`, or imported.
CREATE FUNCTION rolled_up(channels integer[], step text, since timestamptz, before timestamptz,
                          received_until timestamptz)
RETURNS TABLE (channel integer, "time" timestamptz, count integer, mean double precision,
               lowest double precision, highest double precision, last double precision,
               last_time timestamptz, flagged integer)
LANGUAGE sql STABLE AS $$
    SELECT number, bucket, count(*) FILTER (WHERE good),
           to_mean(sum(to_sum(value, energy)) FILTER (WHERE good),
                   count(*) FILTER (WHERE good), energy),
           min(value) FILTER (WHERE good), max(value) FILTER (WHERE good),
           (array_agg(value ORDER BY moment DESC) FILTER (WHERE good))[1],
           max(moment) FILTER (WHERE good), count(*) FILTER (WHERE flagged)
    FROM (
        SELECT r.channel AS number, date_trunc(step, r.time, 'UTC') AS bucket, r.time AS moment,
               r.value, is_good(r.value, r.quality) AS good, r.quality & 831 <> 0 AS flagged,
               coalesce(c.quantity = 'sound_level', false) AS energy
        FROM readings r LEFT JOIN channels c ON c.number = r.channel
        WHERE r.channel = ANY(channels) AND r.time >= since AND r.time < before
          AND (r.received <= received_until OR r.quality & 1024 <> 0)
    ) AS rows
    GROUP BY number, bucket, energy
$$;

-- Add what was received in (after, until] to both rollups. A reading is stored once and
-- never changed without a redo, so adding is exact whatever its device time.
CREATE FUNCTION add_to_rollups(after timestamptz, until timestamptz) RETURNS void
LANGUAGE sql AS $$
    WITH minutes AS MATERIALIZED (
        SELECT channel, minute AS time, energy, fast, count(*) FILTER (WHERE good) AS count,
               coalesce(sum(to_sum(value, energy)) FILTER (WHERE good), 0) AS sum,
               min(value) FILTER (WHERE good) AS lowest, max(value) FILTER (WHERE good) AS highest,
               (array_agg(value ORDER BY time DESC) FILTER (WHERE good))[1] AS last,
               max(time) FILTER (WHERE good) AS last_time,
               count(*) FILTER (WHERE flagged) AS flagged
        FROM (
            SELECT r.channel, date_trunc('minute', r.time, 'UTC') AS minute, r.time, r.value,
                   is_good(r.value, r.quality) AS good, r.quality & 831 <> 0 AS flagged,
                   coalesce(c.quantity = 'sound_level', false) AS energy,
                   coalesce(c.interval < interval '1 minute', false) AS fast
            FROM readings r LEFT JOIN channels c ON c.number = r.channel
            WHERE r.received > after AND r.received <= until AND r.quality & 1024 = 0
        ) AS rows
        GROUP BY channel, minute, energy, fast
    ), hours AS (
        SELECT channel, date_trunc('hour', time, 'UTC') AS time, energy,
               sum(count)::bigint AS count, sum(sum) AS sum, min(lowest) AS lowest,
               max(highest) AS highest,
               (array_agg(last ORDER BY time DESC) FILTER (WHERE last_time IS NOT NULL))[1] AS last,
               max(last_time) AS last_time, sum(flagged)::bigint AS flagged
        FROM minutes GROUP BY channel, date_trunc('hour', time, 'UTC'), energy
    ), added AS (
        INSERT INTO readings_minute
        SELECT new.channel, new.time, new.count + coalesce(kept.count, 0),
               to_mean(new.sum + coalesce(to_sum(kept.mean, energy) * kept.count, 0),
                       new.count + coalesce(kept.count, 0), energy),
               least(kept.lowest, new.lowest), greatest(kept.highest, new.highest),
               CASE WHEN kept.last_time > new.last_time OR new.last_time IS NULL
                    THEN kept.last ELSE new.last END,
               greatest(kept.last_time, new.last_time), new.flagged + coalesce(kept.flagged, 0)
        FROM minutes AS new LEFT JOIN readings_minute AS kept USING (channel, time)
        WHERE fast
        ON CONFLICT (channel, time) DO UPDATE SET
            count = excluded.count, mean = excluded.mean, lowest = excluded.lowest,
            highest = excluded.highest, last = excluded.last, last_time = excluded.last_time,
            flagged = excluded.flagged
    )
    INSERT INTO readings_hour
    SELECT new.channel, new.time, new.count + coalesce(kept.count, 0),
           to_mean(new.sum + coalesce(to_sum(kept.mean, energy) * kept.count, 0),
                   new.count + coalesce(kept.count, 0), energy),
           least(kept.lowest, new.lowest), greatest(kept.highest, new.highest),
           CASE WHEN kept.last_time > new.last_time OR new.last_time IS NULL
                THEN kept.last ELSE new.last END,
           greatest(kept.last_time, new.last_time), new.flagged + coalesce(kept.flagged, 0)
    FROM hours AS new LEFT JOIN readings_hour AS kept USING (channel, time)
    ON CONFLICT (channel, time) DO UPDATE SET
        count = excluded.count, mean = excluded.mean, lowest = excluded.lowest,
        highest = excluded.highest, last = excluded.last, last_time = excluded.last_time,
        flagged = excluded.flagged
$$;

-- Make the hours that `rollup_redo` names anew, from what was received until `received_until`.
-- What is older than the readings that retention left is not touched.
CREATE FUNCTION redo_rollups(received_until timestamptz) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    stretch record;
    stretches integer := 0;
    kept_from timestamptz := coalesce(
        (SELECT p.received_until FROM rollup_progress p WHERE rollup = 'kept_from'), '-infinity');
BEGIN
    FOR stretch IN
        WITH asked AS (DELETE FROM rollup_redo RETURNING channel, since, until),
        hours AS (
            SELECT asked.channel, interval < interval '1 minute' AS fast,
                   unnest(range_agg(tstzrange(
                       greatest(date_trunc('hour', since, 'UTC'), kept_from),
                       greatest(date_trunc('hour', until, 'UTC') + interval '1 hour', kept_from)
                   ))) AS hours
            FROM asked LEFT JOIN channels ON number = asked.channel
            GROUP BY asked.channel, interval
        )
        SELECT channel, coalesce(fast, false) AS fast, lower(hours) AS since, upper(hours) AS before
        FROM hours
    LOOP
        DELETE FROM readings_minute
        WHERE channel = stretch.channel AND time >= stretch.since AND time < stretch.before;
        DELETE FROM readings_hour
        WHERE channel = stretch.channel AND time >= stretch.since AND time < stretch.before;
        IF stretch.fast THEN
            INSERT INTO readings_minute
            SELECT * FROM rolled_up(ARRAY[stretch.channel], 'minute', stretch.since,
                                    stretch.before, received_until);
        END IF;
        INSERT INTO readings_hour
        SELECT * FROM rolled_up(ARRAY[stretch.channel], 'hour', stretch.since, stretch.before,
                                received_until);
        stretches := stretches + 1;
    END LOOP;
    RETURN stretches;
END $$;
