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

CREATE FUNCTION drop_readings_before(moment timestamptz) RETURNS SETOF text LANGUAGE sql
    AS $$ SELECT drop_chunks('readings', older_than => moment)::text $$;
