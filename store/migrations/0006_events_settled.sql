-- When each event was last written, by the clock that settling is told: an engine that begins
-- anew looks at all that was told since its checkpoint, however old the readings it was found in.
ALTER TABLE events ADD COLUMN settled timestamptz NOT NULL DEFAULT now();
ALTER TABLE events ALTER COLUMN settled DROP DEFAULT;
