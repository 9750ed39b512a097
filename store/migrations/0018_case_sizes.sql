-- Work lists among millions of cases: what a list asks for is in the row, and each list has an
-- index over the open cases alone, in the order in which the list shows them. What a list still
-- asks beside it is in the index too, so that counting reads no case.
ALTER TABLE cases
    ADD COLUMN request text,                             -- asked for and not decided: a verb
    ADD COLUMN approved boolean NOT NULL DEFAULT false,  -- by the first of two levels
    ADD COLUMN returned boolean NOT NULL DEFAULT false;  -- by the department; not taken up since
UPDATE cases SET returned = true WHERE state = 'filed' AND id IN (
    SELECT DISTINCT ON (case_id) case_id FROM case_log
    WHERE verb = 'return' AND role = 'department' ORDER BY case_id, version DESC);

CREATE INDEX cases_to_do ON cases (state, stage_due, id)
    INCLUDE (stage_yellow, stage, passed, returned)
    WHERE state NOT IN ('closed', 'rejected', 'void');
CREATE INDEX cases_to_do_in_district ON cases (district, state, stage_due, id)
    INCLUDE (stage_yellow, stage, passed, returned)
    WHERE state NOT IN ('closed', 'rejected', 'void');
CREATE INDEX cases_to_do_in_street ON cases (street, state, stage_due, id)
    INCLUDE (stage_yellow, stage, passed, returned)
    WHERE state NOT IN ('closed', 'rejected', 'void');
CREATE INDEX cases_to_do_of_department ON cases (department, state, stage_due, id)
    INCLUDE (stage_yellow, stage, passed, returned)
    WHERE state NOT IN ('closed', 'rejected', 'void');
CREATE INDEX cases_raised ON cases (level, stage_due, id)
    INCLUDE (stage_yellow, state, district, street, department)
    WHERE level > 1 AND state NOT IN ('closed', 'rejected', 'void');
CREATE INDEX cases_supervised ON cases (stage_due, id)
    WHERE supervised AND state NOT IN ('closed', 'rejected', 'void');
CREATE INDEX cases_with_request ON cases (request, approved, stage_due, id)
    INCLUDE (stage_yellow, district, street, department)
    WHERE request IS NOT NULL;
-- Nothing has asked by it since lists go by the clock that runs.
DROP INDEX cases_by_state;

-- When the case of a caller ended, so that those to be called back are few among all who called.
ALTER TABLE callers ADD COLUMN ended timestamptz;
UPDATE callers SET ended = (
    SELECT max(l.at) FROM reports r JOIN cases c ON c.id = r.case_id
    JOIN case_log l ON l.case_id = c.id AND l.after = c.state
    WHERE r.id = callers.report AND c.state IN ('closed', 'rejected', 'void'));
CREATE INDEX callers_waiting ON callers (ended)
    WHERE ended IS NOT NULL AND called_back IS NULL AND erased IS NULL;

CREATE FUNCTION keep_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE callers
    SET ended = CASE WHEN NEW.after IN ('closed', 'rejected', 'void') THEN NEW.at END
    WHERE report IN (SELECT id FROM reports WHERE case_id = NEW.case_id);
    RETURN NULL;
END $$;
CREATE TRIGGER ends_of_callers AFTER INSERT ON case_log FOR EACH ROW
    WHEN ((NEW.after IN ('closed', 'rejected', 'void'))
          <> (NEW.before IN ('closed', 'rejected', 'void')))
    EXECUTE FUNCTION keep_ended();

CREATE FUNCTION keep_ended_of_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE callers SET ended = (
        SELECT max(l.at) FROM cases c JOIN case_log l ON l.case_id = c.id AND l.after = c.state
        WHERE c.id = NEW.case_id AND c.state IN ('closed', 'rejected', 'void'))
    WHERE report = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER ends_of_moved AFTER UPDATE OF case_id ON reports FOR EACH ROW
    WHEN (OLD.case_id IS DISTINCT FROM NEW.case_id) EXECUTE FUNCTION keep_ended_of_moved();
