-- Warnings as they were sent (CAP 1.2): a row a message, only ever added to.
CREATE SEQUENCE warning_numbers;

CREATE TABLE warnings (
    number bigint NOT NULL,              -- of the warning; alert, updates and cancel have it in common
    version integer NOT NULL,            -- of the message, 1 for the alert
    identifier text NOT NULL UNIQUE,     -- in CAP
    case_id bigint REFERENCES cases (id),
    status text NOT NULL,                -- Actual, Exercise, Test
    kind text NOT NULL,                  -- Alert, Update, Cancel
    colour text NOT NULL,                -- red, orange, yellow, blue
    sent timestamptz NOT NULL,
    expires timestamptz NOT NULL,
    actor text NOT NULL,                 -- who decided it, in which role and why: not in the document
    role text NOT NULL,
    reason text NOT NULL,
    message jsonb NOT NULL,
    document text NOT NULL,              -- the XML, so that what was sent never reads otherwise
    PRIMARY KEY (number, version)
);
CREATE INDEX warnings_newest ON warnings (status, sent DESC, number DESC, version DESC);
CREATE INDEX warnings_by_case ON warnings (case_id);
CREATE TRIGGER warnings_are_append_only BEFORE UPDATE OR DELETE ON warnings
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- An exercise's case warns of nothing real, whoever writes the row.
CREATE FUNCTION refuse_real_warning_of_exercise() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status <> 'Exercise' AND (SELECT exercise FROM cases WHERE id = NEW.case_id) THEN
        RAISE EXCEPTION 'a warning of an exercise has the status Exercise';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER exercises_warn_as_exercises BEFORE INSERT ON warnings
    FOR EACH ROW EXECUTE FUNCTION refuse_real_warning_of_exercise();

-- What is published and exported is asked for by when it was opened.
CREATE INDEX cases_by_opening ON cases (opened, id);
