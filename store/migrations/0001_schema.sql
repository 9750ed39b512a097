-- One schema for PostgreSQL 15 to 18, with or without TimescaleDB.
-- Times are timestamptz in UTC; values are in the SI unit of the channel's quantity.

-- Places -----------------------------------------------------------------------------

CREATE TABLE departments (
    code text PRIMARY KEY,               -- unified social credit code, 18 characters
    name_zh text NOT NULL,
    name_en text NOT NULL DEFAULT ''
);

CREATE TABLE grid_cells (
    code text PRIMARY KEY,               -- 14 or 15 digits
    name text NOT NULL DEFAULT '',
    polygon jsonb,                       -- GeoJSON geometry, WGS 84
    west double precision, south double precision, east double precision, north double precision,
    valid_until timestamptz              -- cells are invalidated, never reused
);

CREATE TABLE components (
    code text PRIMARY KEY,               -- 16 or 18 digits
    code_list text NOT NULL,             -- for example GB/T 30428.2-2013
    class text NOT NULL,                 -- major and minor class, for example 0103
    name text NOT NULL DEFAULT '',
    lon double precision NOT NULL,
    lat double precision NOT NULL,
    grid_cell text REFERENCES grid_cells (code),
    department text REFERENCES departments (code),
    state text NOT NULL DEFAULT 'intact',
    attributes jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX components_by_cell ON components (grid_cell);

-- Devices and their channels ------------------------------------------------------------

CREATE TABLE devices (
    id text PRIMARY KEY,                 -- as the device names itself on the wire
    status text NOT NULL CHECK (status IN ('active', 'quarantined', 'retired')),
    component text REFERENCES components (code),
    gateway text NOT NULL DEFAULT '',
    lon double precision,
    lat double precision,
    time_zone text NOT NULL DEFAULT 'Asia/Shanghai',
    tags jsonb NOT NULL DEFAULT '{}',
    first_seen timestamptz,
    adopted_at timestamptz
);

CREATE TABLE channels (
    number integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id text NOT NULL UNIQUE,             -- what people write
    device text NOT NULL REFERENCES devices (id),
    name text NOT NULL,                  -- the field on the wire
    quantity text NOT NULL,
    unit text NOT NULL,                  -- on the wire, where the payload declares none
    lowest double precision NOT NULL DEFAULT '-Infinity',
    highest double precision NOT NULL DEFAULT 'Infinity',
    largest_rate double precision NOT NULL DEFAULT 'Infinity',   -- [unit/s]
    interval interval NOT NULL DEFAULT 'PT5M',
    reports_every interval NOT NULL DEFAULT 'PT0S',
    lon double precision,
    lat double precision,
    tags jsonb NOT NULL DEFAULT '{}',
    attributes jsonb NOT NULL DEFAULT '{}',
    states jsonb NOT NULL DEFAULT '{}',
    UNIQUE (device, name)
);

-- Readings --------------------------------------------------------------------------------

CREATE TABLE states (
    number integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    text text NOT NULL UNIQUE
);

-- `readings` itself is in 0002, where PostgreSQL and TimescaleDB part.

CREATE TABLE readings_minute (
    channel integer NOT NULL,
    time timestamptz NOT NULL,
    count integer NOT NULL,              -- good readings
    mean double precision,
    lowest double precision,
    highest double precision,
    last double precision,
    last_time timestamptz,               -- of the last good reading
    flagged integer NOT NULL,            -- readings with any flag that makes them unusable
    PRIMARY KEY (channel, time)
);

CREATE TABLE readings_hour (LIKE readings_minute INCLUDING ALL);

CREATE TABLE rollup_progress (
    rollup text PRIMARY KEY,
    received_until timestamptz NOT NULL
);

-- Stretches of a channel whose rollups must be made anew: its past changed.
CREATE TABLE rollup_redo (
    channel integer NOT NULL,
    since timestamptz NOT NULL,
    until timestamptz NOT NULL           -- inclusive
);

-- What did not become a reading ---------------------------------------------------------------

CREATE TABLE dead_letters (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    received timestamptz NOT NULL,
    source text NOT NULL,
    topic text NOT NULL,
    format text NOT NULL,
    device text NOT NULL DEFAULT '',
    payload bytea NOT NULL,
    reason text NOT NULL,
    record jsonb,                        -- the bad record, where the rest of the payload was good
    replayed_at timestamptz,
    outcome text                         -- of the replay
);
CREATE INDEX dead_letters_open ON dead_letters (received) WHERE replayed_at IS NULL;
CREATE INDEX dead_letters_by_payload ON dead_letters (sha256(payload));

CREATE TABLE quarantine (
    device text NOT NULL,
    name text NOT NULL,
    time timestamptz NOT NULL,
    received timestamptz NOT NULL,
    value double precision,
    state text,
    unit text NOT NULL DEFAULT '',
    quality smallint NOT NULL DEFAULT 0,
    source text NOT NULL DEFAULT '',
    topic text NOT NULL DEFAULT '',
    PRIMARY KEY (device, name, time)
);

CREATE TABLE ledger (
    device text NOT NULL,
    day date NOT NULL,                   -- of receipt, UTC
    received bigint NOT NULL DEFAULT 0,  -- readings in messages
    stored bigint NOT NULL DEFAULT 0,
    duplicate bigint NOT NULL DEFAULT 0,
    rejected bigint NOT NULL DEFAULT 0,  -- records that became dead letters
    quarantined bigint NOT NULL DEFAULT 0,
    late bigint NOT NULL DEFAULT 0,
    flagged bigint NOT NULL DEFAULT 0,
    last_received timestamptz,
    last_time timestamptz,
    PRIMARY KEY (device, day)
) WITH (fillfactor = 50);                -- updated with each drain: room to do it in place

-- Messages without a device time that were stored of late: a redelivery of one is a duplicate.
CREATE TABLE untimed (
    digest bytea PRIMARY KEY,
    received timestamptz NOT NULL
);
CREATE INDEX untimed_by_received ON untimed (received);

-- When we were listening, so that our own downtime is nobody's silence.
CREATE TABLE listening (
    source text NOT NULL,
    began timestamptz NOT NULL,
    until timestamptz NOT NULL,
    PRIMARY KEY (source, began)
);

-- Rules and what they found ---------------------------------------------------------------------

CREATE TABLE rule_versions (
    rule text NOT NULL,
    version text NOT NULL,               -- hash of the body
    pack text NOT NULL,
    body jsonb NOT NULL,
    in_force_from timestamptz NOT NULL,
    in_force_until timestamptz,
    PRIMARY KEY (rule, version, in_force_from)
);

CREATE TABLE cases (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    number text NOT NULL UNIQUE,
    key text NOT NULL,                   -- one open case a cause
    version integer NOT NULL DEFAULT 1,  -- grows with each step; a stale writer is refused
    state text NOT NULL,
    code_list text NOT NULL,
    code text NOT NULL,
    condition text NOT NULL,             -- of the filing, in the catalogue
    title_zh text NOT NULL,
    title_en text NOT NULL,
    severity text NOT NULL,
    component text REFERENCES components (code),
    grid_cell text REFERENCES grid_cells (code),
    lon double precision,
    lat double precision,
    department text REFERENCES departments (code),
    began timestamptz NOT NULL,          -- of the problem
    found timestamptz NOT NULL,          -- when we knew
    opened timestamptz NOT NULL,
    due timestamptz NOT NULL,
    closed timestamptz,
    outcome text
);
-- This index, not a read before a write, decides that a cause has one open case.
CREATE UNIQUE INDEX one_open_case_per_cause ON cases (key) WHERE state NOT IN ('closed', 'void');
CREATE INDEX cases_by_state ON cases (state, due);

CREATE TABLE events (
    id uuid PRIMARY KEY,
    rule text NOT NULL,
    version text NOT NULL,
    scope text NOT NULL,
    subject text NOT NULL,
    code_list text NOT NULL,
    code text NOT NULL,
    condition text NOT NULL,
    severity text NOT NULL,
    began timestamptz NOT NULL,
    raised timestamptz NOT NULL,
    found timestamptz NOT NULL,
    ended timestamptz,
    standing text NOT NULL,
    channels integer[] NOT NULL,
    peak double precision NOT NULL,
    case_key text NOT NULL,
    why jsonb NOT NULL,
    case_id bigint REFERENCES cases (id)
);
CREATE INDEX events_by_time ON events (began DESC);
CREATE INDEX events_by_case ON events (case_id);

CREATE TABLE case_log (
    case_id bigint NOT NULL REFERENCES cases (id),
    version integer NOT NULL,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    role text NOT NULL,
    verb text NOT NULL,
    before text NOT NULL,
    after text NOT NULL,
    reason text NOT NULL DEFAULT '',
    details jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (case_id, version)
);

CREATE TABLE evidence (
    case_id bigint NOT NULL REFERENCES cases (id),
    event_id uuid NOT NULL REFERENCES events (id),
    frozen_at timestamptz NOT NULL,
    body jsonb NOT NULL,
    PRIMARY KEY (case_id, event_id)
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is only ever added to', TG_TABLE_NAME;
END $$;
CREATE TRIGGER case_log_is_append_only BEFORE UPDATE OR DELETE ON case_log
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER evidence_is_frozen BEFORE UPDATE OR DELETE ON evidence
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- The engine's memory -------------------------------------------------------------------------------

CREATE TABLE checkpoints (
    engine text PRIMARY KEY,
    received_until timestamptz NOT NULL, -- readings received after this are not in it
    body bytea NOT NULL,
    saved_at timestamptz NOT NULL
);

-- Channels whose past changed behind the engine's back (adoption, import, mended unit).
CREATE TABLE rejudge (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    channel integer NOT NULL,
    since timestamptz NOT NULL
);
