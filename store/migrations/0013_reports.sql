-- What people and other systems report, who called, and the pictures that go with steps.
CREATE TABLE reports (
    id uuid PRIMARY KEY,
    case_id bigint NOT NULL REFERENCES cases (id),   -- moves when cases are joined or part again
    source text NOT NULL,                -- inspector, hotline, police, video, leader, system
    system text NOT NULL,                -- that sent it; its number there makes it one report
    external_id text NOT NULL,
    actor text NOT NULL,                 -- who entered it
    happened timestamptz,                -- since when, as the reporter says
    reported timestamptz NOT NULL,       -- when the source was told
    received timestamptz NOT NULL,       -- when we were
    text text NOT NULL,                  -- without personal data
    code_list text NOT NULL,             -- with code and condition as far as known, else ''
    code text NOT NULL,
    condition text NOT NULL,
    component text NOT NULL,             -- as named by the reporter, else ''
    lon double precision,
    lat double precision,
    accuracy text,                       -- class of the position: A 0.5 m, B 1 m, C 10 m
    address text NOT NULL,
    photos text[] NOT NULL,
    severity text,                       -- a guess
    exercise boolean NOT NULL,
    wished timestamptz,                  -- by when a leader wants it done
    UNIQUE (system, external_id)
);
CREATE INDEX reports_by_case ON reports (case_id);
CREATE INDEX reports_newest ON reports (received DESC, id DESC);

CREATE FUNCTION refuse_change_of_report() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR to_jsonb(OLD) - 'case_id' <> to_jsonb(NEW) - 'case_id' THEN
        RAISE EXCEPTION 'reports are only ever added to';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER reports_are_append_only BEFORE UPDATE OR DELETE ON reports
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_report();

-- Personal data stand here and nowhere else, so that nothing else can show them.
CREATE TABLE callers (
    report uuid PRIMARY KEY REFERENCES reports (id),
    name text NOT NULL,
    phone text NOT NULL,
    called_back timestamptz,             -- after the end of the case; NULL again when it reopens
    erased timestamptz,                  -- name and phone are blank since then
    erased_by text NOT NULL DEFAULT '',
    erased_why text NOT NULL DEFAULT ''
);
CREATE INDEX callers_to_call_back ON callers (report) WHERE called_back IS NULL AND erased IS NULL;

CREATE TABLE caller_looks (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    report uuid NOT NULL REFERENCES callers (report),
    at timestamptz NOT NULL,
    actor text NOT NULL,
    why text NOT NULL
);
CREATE INDEX caller_looks_by_report ON caller_looks (report, id);
CREATE TRIGGER caller_looks_are_append_only BEFORE UPDATE OR DELETE ON caller_looks
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- The case's log says who was called back; this keeps the work list short among millions.
CREATE FUNCTION keep_call_backs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE callers SET called_back = CASE NEW.verb WHEN 'call-back' THEN NEW.at END
    WHERE report IN (SELECT id FROM reports WHERE case_id = NEW.case_id)
      AND (NOT NEW.details ? 'report' OR report::text = NEW.details ->> 'report');
    RETURN NULL;
END $$;
CREATE TRIGGER call_backs AFTER INSERT ON case_log FOR EACH ROW
    WHEN (NEW.verb IN ('call-back', 'reopen')) EXECUTE FUNCTION keep_call_backs();

-- Who knew first, the public or the sensors, whatever the order in which we hear of it.
CREATE FUNCTION keep_first_public() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE cases SET first_public = NEW.reported
    WHERE id = NEW.case_id AND (first_public IS NULL OR first_public > NEW.reported);
    IF TG_OP = 'UPDATE' THEN
        UPDATE cases SET first_public = (
            SELECT min(reported) FROM reports
            WHERE case_id = OLD.case_id AND source IN ('hotline', 'police', 'system'))
        WHERE id = OLD.case_id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER first_public_of_new AFTER INSERT ON reports FOR EACH ROW
    WHEN (NEW.source IN ('hotline', 'police', 'system')) EXECUTE FUNCTION keep_first_public();
CREATE TRIGGER first_public_of_moved AFTER UPDATE OF case_id ON reports FOR EACH ROW
    WHEN (NEW.source IN ('hotline', 'police', 'system')
          AND OLD.case_id IS DISTINCT FROM NEW.case_id)
    EXECUTE FUNCTION keep_first_public();

CREATE FUNCTION keep_first_sensed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- A thousand events of a storm come to one case: only the earliest writes.
    IF NEW.standing IN ('standing', 'over') THEN
        UPDATE cases SET first_sensed = NEW.found
        WHERE id = NEW.case_id AND (first_sensed IS NULL OR first_sensed > NEW.found);
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.standing IN ('standing', 'over') THEN
        UPDATE cases SET first_sensed = (
            SELECT min(e.found) FROM events e  -- plain, it would be a variable of PL/pgSQL
            WHERE e.case_id = OLD.case_id AND e.standing IN ('standing', 'over'))
        WHERE id = OLD.case_id AND first_sensed = OLD.found;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER first_sensed_of_new AFTER INSERT ON events FOR EACH ROW
    WHEN (NEW.case_id IS NOT NULL) EXECUTE FUNCTION keep_first_sensed();
CREATE TRIGGER first_sensed_of_changed AFTER UPDATE OF case_id, found, standing ON events
    FOR EACH ROW
    WHEN (OLD.case_id IS DISTINCT FROM NEW.case_id
          OR (NEW.case_id IS NOT NULL
              AND (OLD.found, OLD.standing) IS DISTINCT FROM (NEW.found, NEW.standing)))
    EXECUTE FUNCTION keep_first_sensed();

-- By hundred-metre squares and time: what was found around a point within a day is a few rows,
-- among all the cases of a year.
CREATE INDEX cases_by_spot ON cases
    ((floor(lat * 1000)::integer), (floor(lon * 1000)::integer), found) WHERE lat IS NOT NULL;
-- What of a class is around a point, among millions of components.
CREATE INDEX components_by_place ON components (class, lat);

CREATE TABLE photos (
    id text PRIMARY KEY,                 -- sha256 of the picture as it was sent
    media_type text NOT NULL,            -- by content
    body bytea NOT NULL,                 -- as it is served: without what the camera wrote into it
    thumbnail bytea NOT NULL,            -- JPEG
    width integer NOT NULL,
    height integer NOT NULL,
    taken timestamptz,                   -- as the camera wrote it; the city's time where it names no zone
    lon double precision,
    lat double precision,
    received timestamptz NOT NULL,
    actor text NOT NULL
);
ALTER TABLE photos ALTER COLUMN body SET STORAGE EXTERNAL, ALTER COLUMN thumbnail SET STORAGE EXTERNAL;
CREATE TRIGGER photos_are_append_only BEFORE UPDATE OR DELETE ON photos
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
