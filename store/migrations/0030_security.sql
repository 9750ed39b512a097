-- What somebody limited to an area may know of cases elsewhere, and how long the trail is kept.

-- The number of a case, where somebody limited to these pairs may see it; else nothing.
CREATE FUNCTION seen_number(c cases, areas text[], departments text[]) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN case_within(c, areas, departments) THEN c.number END
$$;

-- Which cases a picture is of: those whose log or reports name it.
CREATE INDEX case_log_by_photo ON case_log USING gin ((details -> 'photos') jsonb_path_ops)
    WHERE details ? 'photos';
CREATE INDEX reports_by_photo ON reports USING gin (photos) WHERE photos <> '{}';

-- As before, but that what is older than half a year may go, whole lines only: how long it is kept
-- beyond that is a setting, below it nobody's choice.
CREATE OR REPLACE FUNCTION audit_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND OLD.at < now() - interval '183 days' THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.status IS NULL
       AND ROW (NEW.id, NEW.at, NEW.kind, NEW.name, NEW.account, NEW.key, NEW.address, NEW.method,
                NEW.route, NEW.path, NEW.permission)
           IS NOT DISTINCT FROM
           ROW (OLD.id, OLD.at, OLD.kind, OLD.name, OLD.account, OLD.key, OLD.address, OLD.method,
                OLD.route, OLD.path, OLD.permission)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the audit trail is only ever added to';
END $$;
