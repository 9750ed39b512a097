-- By what each finding is grouped, out of its long explanation, and found by an index: a case has
-- to be looked for at every finding, among all that are open.
ALTER TABLE events ADD COLUMN near double precision, ADD COLUMN paths text[];
UPDATE events SET near = (why -> 'group' ->> 'near')::float8,
                  paths = ARRAY(SELECT jsonb_array_elements_text(why -> 'group' -> 'paths'))
WHERE why ? 'group';
CREATE INDEX events_by_place ON events (code, lat) WHERE lat IS NOT NULL;
CREATE INDEX events_by_path ON events USING gin (paths);
