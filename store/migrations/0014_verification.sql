-- What the sensors of a case said when they were last looked at since it was fed back. It is read
-- off the readings, and found anew from them.
CREATE TABLE verifications (
    case_id bigint PRIMARY KEY REFERENCES cases (id),
    looked timestamptz NOT NULL,
    holds boolean NOT NULL,
    since timestamptz,                   -- the closing condition holds since; NULL: it does not
    next_look timestamptz,               -- NULL: none before the case moves
    said text[] NOT NULL,                -- of what holds
    missing text[] NOT NULL              -- what is still missing, a sentence each
);

-- The evidence on which the system confirmed that a case is solved, frozen with its log line.
CREATE TABLE confirmations (
    case_id bigint NOT NULL,
    version integer NOT NULL,            -- of the log line
    frozen_at timestamptz NOT NULL,
    body jsonb NOT NULL,
    PRIMARY KEY (case_id, version),
    FOREIGN KEY (case_id, version) REFERENCES case_log (case_id, version)
);
CREATE TRIGGER confirmations_are_frozen BEFORE UPDATE OR DELETE ON confirmations
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- What else stands at a place that a finding is about.
CREATE INDEX devices_by_component ON devices (component);
CREATE INDEX devices_by_tags ON devices USING gin (tags jsonb_path_ops);
CREATE INDEX channels_by_tags ON channels USING gin (tags jsonb_path_ops);
