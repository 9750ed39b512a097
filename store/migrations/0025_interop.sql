-- Other systems call a device by a number that never changes; its name may hold any character.
ALTER TABLE devices ADD COLUMN number integer GENERATED ALWAYS AS IDENTITY UNIQUE;
