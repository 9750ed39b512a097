-- Searching devices and channels, and what people do with dead letters.

-- Words -----------------------------------------------------------------------------------
-- Any part of a word finds: two signs are enough, as most Chinese words have no more. So the
-- index holds pairs of signs (and single ones beyond ASCII); pg_trgm wants three, and is not
-- everywhere.

CREATE FUNCTION grams(said text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT coalesce(array_agg(DISTINCT gram), '{}') FROM (
        SELECT sign || next AS gram
        FROM string_to_array(said, NULL) AS signs, unnest(signs, signs[2:]) AS pair (sign, next)
        WHERE next IS NOT NULL AND sign <> ' ' AND next <> ' '
        UNION ALL
        SELECT sign FROM unnest(string_to_array(said, NULL)) AS sign WHERE ascii(sign) > 127
    ) AS all_of_them
$$;

ALTER TABLE devices ADD COLUMN search text NOT NULL DEFAULT '';   -- lower case; kept by triggers
ALTER TABLE channels ADD COLUMN search text NOT NULL DEFAULT '';

-- What a device is found by: its name, what it stands on and where, and its tags.
CREATE FUNCTION words_of_device() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.search := lower(concat_ws(' ', NEW.id, NEW.gateway, NEW.component,
        (SELECT concat_ws(' ', k.name, k.class, k.grid_cell) FROM components k
         WHERE k.code = NEW.component),
        (SELECT string_agg(value, ' ' ORDER BY key) FROM jsonb_each_text(NEW.tags))));
    RETURN NEW;
END $$;
CREATE TRIGGER words_of_device BEFORE INSERT OR UPDATE ON devices
    FOR EACH ROW EXECUTE FUNCTION words_of_device();

-- A channel is found by what its device is, and by what is its own.
CREATE FUNCTION words_of_channel() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.search := concat_ws(' ', (SELECT d.search FROM devices d WHERE d.id = NEW.device),
        lower(concat_ws(' ', NEW.id, NEW.name, NEW.quantity,
            (SELECT string_agg(value, ' ' ORDER BY key) FROM jsonb_each_text(NEW.tags)))));
    RETURN NEW;
END $$;
CREATE TRIGGER words_of_channel BEFORE INSERT OR UPDATE ON channels
    FOR EACH ROW EXECUTE FUNCTION words_of_channel();

CREATE FUNCTION words_of_channels_too() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE channels SET device = device WHERE device = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER words_of_channels_too AFTER UPDATE ON devices
    FOR EACH ROW WHEN (OLD.search IS DISTINCT FROM NEW.search)
    EXECUTE FUNCTION words_of_channels_too();

CREATE FUNCTION words_of_devices_too() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE devices SET component = component WHERE component = NEW.code;
    RETURN NULL;
END $$;
CREATE TRIGGER words_of_devices_too AFTER UPDATE ON components
    FOR EACH ROW WHEN ((OLD.name, OLD.class, OLD.grid_cell)
                       IS DISTINCT FROM (NEW.name, NEW.class, NEW.grid_cell))
    EXECUTE FUNCTION words_of_devices_too();

UPDATE devices SET id = id;              -- those that were there before
UPDATE channels SET device = device WHERE search = '';

CREATE INDEX devices_by_grams ON devices USING gin (grams(search));
CREATE INDEX channels_by_grams ON channels USING gin (grams(search));
CREATE INDEX channels_by_quantity ON channels (quantity, id);
CREATE INDEX events_by_channel ON events USING gin (channels);
CREATE INDEX events_standing ON events (began) WHERE standing = 'standing' AND NOT shadow;

-- Dead letters --------------------------------------------------------------------------------

-- Reasons name bytes, fields and values; without these, letters of one fault are alike.
CREATE FUNCTION likeness(reason text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT left(regexp_replace(regexp_replace(reason, '"[^"]*"|''[^'']*''', '…', 'g'),
                               '[0-9]+', '#', 'g'), 300)
$$;
ALTER TABLE dead_letters ADD COLUMN discarded_at timestamptz;  -- nobody wants it; it is kept
ALTER TABLE dead_letters ADD COLUMN alike text GENERATED ALWAYS AS (likeness(reason)) STORED;
DROP INDEX dead_letters_open;
CREATE INDEX dead_letters_open ON dead_letters (alike, id)
    WHERE replayed_at IS NULL AND discarded_at IS NULL;

-- Who sent a letter through again, mended how, or put it aside, and what came of it.
CREATE TABLE dead_letter_log (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    letter bigint NOT NULL REFERENCES dead_letters (id) ON DELETE CASCADE,
    at timestamptz NOT NULL,
    actor text NOT NULL CHECK (actor <> ''),
    verb text NOT NULL CHECK (verb IN ('replay', 'discard')),
    reason text NOT NULL DEFAULT '',
    payload bytea,                       -- as mended; null: as it came
    format text,
    device text,
    outcome text NOT NULL DEFAULT ''
);
CREATE INDEX dead_letter_log_by_letter ON dead_letter_log (letter, id);
CREATE TRIGGER dead_letter_log_is_append_only BEFORE UPDATE ON dead_letter_log
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
