-- Readings on TimescaleDB: a hypertable whose chunks are made, and dropped, by the extension.

CREATE EXTENSION IF NOT EXISTS timescaledb;

CREATE TABLE readings (
    time timestamptz NOT NULL,           -- device time
    received timestamptz NOT NULL,
    value double precision,              -- null: a state, or unusable
    channel integer NOT NULL,
    quality smallint NOT NULL,           -- flags, see ingest/quality.py
    state integer                        -- null: the reading is a number
);
SELECT create_hypertable('readings', 'time', chunk_time_interval => interval '7 days',
                         create_default_indexes => false);
CREATE UNIQUE INDEX readings_by_channel ON readings (channel, time);
CREATE INDEX readings_by_received ON readings
    USING brin (received) WITH (pages_per_range = 32, autosummarize = on);

-- Chunks come by themselves; the function is there so that callers need not ask.
CREATE FUNCTION make_partition(moment timestamptz) RETURNS boolean LANGUAGE sql AS 'SELECT false';

-- Drop what is older than `moment` by whole chunks; returns their names. A chunk with readings
-- received since then, other than imported ones, is of wrong clocks and stays until they age.
-- Storing waits behind a drop that waits for a query, so it does not wait for long.
CREATE FUNCTION drop_readings_before(moment timestamptz) RETURNS SETOF text
LANGUAGE plpgsql SET lock_timeout = '2s' AS $$
DECLARE
    chunk record;
    young boolean;
BEGIN
    FOR chunk IN
        SELECT format('%I.%I', chunk_schema, chunk_name) AS name, range_start, range_end
        FROM timescaledb_information.chunks
        WHERE hypertable_name = 'readings' AND range_end <= moment
        ORDER BY range_start
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE received >= %L AND quality & 1024 = 0)',
                       chunk.name, moment) INTO young;
        IF NOT young THEN
            PERFORM drop_chunks('readings', older_than => chunk.range_end,
                                newer_than => chunk.range_start);
            RETURN NEXT chunk.name;
        END IF;
    END LOOP;
END $$;

-- Compress chunks once they are older than `age`: rows of a channel together, newest first.
-- False on an extension of Apache licence, which has no columnstore.
CREATE FUNCTION compress_readings_after(age interval) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('timescaledb.license') <> 'timescale' THEN
        RETURN false;
    END IF;
    ALTER TABLE readings SET (timescaledb.compress, timescaledb.compress_segmentby = 'channel',
                              timescaledb.compress_orderby = 'time DESC');
    PERFORM remove_compression_policy('readings', if_exists => true);
    PERFORM add_compression_policy('readings', age);
    RETURN true;
END $$;
