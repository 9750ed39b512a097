-- Rules come in force, on trial and out of force while the system runs; who did it, and why,
-- is only ever added to.
ALTER TABLE rule_versions ADD COLUMN shadow boolean NOT NULL DEFAULT false;  -- on trial
ALTER TABLE rule_versions DROP CONSTRAINT rule_versions_pkey;
ALTER TABLE rule_versions ADD PRIMARY KEY (rule, version, shadow, in_force_from);
UPDATE rule_versions SET shadow = true WHERE body ->> 'status' = 'shadow';
UPDATE rule_versions SET in_force_until = in_force_from
WHERE in_force_until IS NULL AND body ->> 'status' IN ('draft', 'retired');
-- This index, not a read before a write, decides that a rule has one version in force, and one
-- on trial.
CREATE UNIQUE INDEX one_version_in_force ON rule_versions (rule, shadow)
    WHERE in_force_until IS NULL;

-- What this program brought along when it last started: a rule follows it as long as it is
-- what was brought along before.
CREATE TABLE shipped_rules (
    rule text PRIMARY KEY,
    version text NOT NULL,
    status text NOT NULL,                -- in the pack: active, shadow, draft or retired
    pack text NOT NULL,
    body jsonb NOT NULL
);
INSERT INTO shipped_rules (rule, version, status, pack, body)
SELECT rule, version, coalesce(body ->> 'status', 'active'), pack, body
FROM rule_versions WHERE in_force_until IS NULL;

CREATE TABLE rule_log (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    rule text NOT NULL,
    verb text NOT NULL,
    version text,                        -- that came; null where one only went
    former text,                         -- that went
    actor text NOT NULL CHECK (actor <> ''),
    reason text NOT NULL CHECK (reason <> '')
);
CREATE INDEX rule_log_by_rule ON rule_log (rule, id DESC);
CREATE TRIGGER rule_log_is_append_only BEFORE UPDATE OR DELETE ON rule_log
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

ALTER TABLE events ADD COLUMN shadow boolean NOT NULL DEFAULT false;  -- found on trial
CREATE INDEX events_by_rule ON events (rule, began DESC);
