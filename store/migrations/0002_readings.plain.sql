-- Readings on PostgreSQL alone: a partition a week, made when the first reading of it comes.

-- Wide columns first and nulls where nothing is to say: 54 bytes a reading before its index.
CREATE TABLE readings (
    time timestamptz NOT NULL,           -- device time
    received timestamptz NOT NULL,
    value double precision,              -- null: a state, or unusable
    channel integer NOT NULL,
    quality smallint NOT NULL,           -- flags, see ingest/quality.py
    state integer                        -- null: the reading is a number
) PARTITION BY RANGE (time);
CREATE UNIQUE INDEX readings_by_channel ON readings (channel, time);
CREATE INDEX readings_by_received ON readings
    USING brin (received) WITH (pages_per_range = 32, autosummarize = on);

-- Times too far from now to deserve a partition: clocks that say 1970 or 2080.
CREATE TABLE readings_strays PARTITION OF readings DEFAULT;

-- Make the partition of the week in which `moment` lies; true if it was not there.
-- Strays of that week move into it, so they never stand in its way.
CREATE FUNCTION make_partition(moment timestamptz) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    monday timestamptz := date_trunc('week', moment, 'UTC');
    following timestamptz := monday + interval '168 hours';
    partition text := to_char(monday AT TIME ZONE 'UTC', '"readings_"IYYY"w"IW');
BEGIN
    IF to_regclass(partition) IS NOT NULL THEN
        RETURN false;
    END IF;
    LOCK TABLE readings_strays IN ACCESS EXCLUSIVE MODE;
    IF to_regclass(partition) IS NOT NULL THEN  -- another writer made it while we waited
        RETURN false;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE readings INCLUDING DEFAULTS)', partition);
    EXECUTE format('WITH moved AS (DELETE FROM readings_strays WHERE time >= %L AND time < %L
                    RETURNING *) INSERT INTO %I SELECT * FROM moved',
                   monday, following, partition);
    EXECUTE format('ALTER TABLE readings ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                   partition, monday, following);
    RETURN true;
END $$;

-- Drop what is older than `moment` by whole partitions; returns their names.
-- Storing waits behind a drop that waits for a query, so it does not wait for long.
CREATE FUNCTION drop_readings_before(moment timestamptz) RETURNS SETOF text
LANGUAGE plpgsql SET lock_timeout = '2s' AS $$
DECLARE
    partition text;
    last_week text := to_char(date_trunc('week', moment, 'UTC') AT TIME ZONE 'UTC',
                              '"readings_"IYYY"w"IW');
BEGIN
    DELETE FROM readings_strays WHERE received < moment;
    FOR partition IN
        SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
        WHERE inhparent = 'readings'::regclass AND relname ~ '^readings_\d{4}w\d\d$'
          AND relname < last_week COLLATE "C"
        ORDER BY relname
    LOOP
        EXECUTE format('DROP TABLE %I', partition);
        RETURN NEXT partition;
    END LOOP;
END $$;

-- PostgreSQL alone cannot compress.
CREATE FUNCTION compress_readings_after(age interval) RETURNS boolean LANGUAGE sql
    AS 'SELECT false';
