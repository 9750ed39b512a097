-- Drills on the live path: what they brought is marked from the device to the case, and kept apart.
CREATE TABLE drills (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    scenario text NOT NULL,
    title_zh text NOT NULL,
    title_en text NOT NULL,
    seed bigint NOT NULL,
    state text NOT NULL CHECK (state IN ('preparing', 'running', 'paused', 'over', 'interrupted',
                                         'failed', 'ended')),
    began timestamptz NOT NULL,          -- when its story begins, by the clock of the system
    until timestamptz NOT NULL,          -- when its story is over, if it is never paused
    ended timestamptz,
    started_by text NOT NULL,
    lon double precision NOT NULL,
    lat double precision NOT NULL,
    grid_cell text,                      -- that its cases are filed in; null: by their position
    plan jsonb NOT NULL                  -- what is to happen, to whom, and what is expected
);

-- What was done in a drill: started, paused, resumed, a fault put in, ended; only ever added to.
CREATE TABLE drill_log (
    drill integer NOT NULL REFERENCES drills (id),
    number integer NOT NULL,
    at timestamptz NOT NULL,
    who text NOT NULL,
    verb text NOT NULL,
    details jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (drill, number)
);
CREATE TRIGGER drill_log_is_append_only BEFORE UPDATE OR DELETE ON drill_log
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Whether a name is one of a drill: of a device, a channel, or what nobody has adopted.
CREATE FUNCTION of_drill(name text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN name ~ '^drill-[1-9][0-9]{0,8}\.';

-- Whose name begins as a drill's names do is that drill's device, and nobody else is.
ALTER TABLE devices ADD COLUMN exercise integer REFERENCES drills (id),
    ADD CONSTRAINT names_of_drills_are_theirs CHECK (
        CASE WHEN exercise IS NULL THEN NOT of_drill(id)
             ELSE starts_with(id, 'drill-' || exercise || '.') END);
CREATE INDEX devices_of_drills ON devices (exercise) WHERE exercise IS NOT NULL;

ALTER TABLE events ADD COLUMN exercise integer REFERENCES drills (id);
CREATE INDEX events_of_drills ON events (exercise) WHERE exercise IS NOT NULL;

ALTER TABLE cases ADD COLUMN drill integer REFERENCES drills (id),
    ADD CONSTRAINT cases_of_drills_are_exercises CHECK (drill IS NULL OR exercise);
CREATE INDEX cases_of_drills ON cases (drill, id) WHERE drill IS NOT NULL;

-- Whoever writes it: what was found in a drill is in no case but the drill's, and nothing else is.
CREATE FUNCTION refuse_case_of_another_drill() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.exercise IS DISTINCT FROM (SELECT drill FROM cases WHERE id = NEW.case_id) THEN
        RAISE EXCEPTION 'a finding of a drill is in a case of the same drill, a live one in a live case';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER events_join_cases_of_their_drill
    BEFORE INSERT OR UPDATE OF case_id, exercise ON events FOR EACH ROW
    WHEN (NEW.case_id IS NOT NULL) EXECUTE FUNCTION refuse_case_of_another_drill();
