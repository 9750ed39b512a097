-- Where each finding is, so that those of one cause find each other.
ALTER TABLE events ADD COLUMN lon double precision, ADD COLUMN lat double precision;
CREATE INDEX events_by_case_key ON events (case_key) WHERE case_key <> '';
