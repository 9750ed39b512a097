-- The ledger's day is the city's, from midnight to midnight there. What was booked before a city's
-- zone was told stands on days of UTC, and stays: `since` says from when on a zone holds.
CREATE TABLE city_zones (
    since timestamptz PRIMARY KEY,       -- of receipt
    time_zone text NOT NULL
);
INSERT INTO city_zones VALUES ('-infinity', 'UTC');

CREATE FUNCTION city_zone(at timestamptz DEFAULT 'infinity') RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT time_zone FROM public.city_zones WHERE since <= at ORDER BY since DESC LIMIT 1
$$;

CREATE FUNCTION city_day(at timestamptz) RETURNS date
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT (at AT TIME ZONE public.city_zone(at))::date
$$;

CREATE FUNCTION city_midnight(day date) RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT day::timestamp AT TIME ZONE public.city_zone()
$$;

COMMENT ON COLUMN ledger.day IS 'Of receipt, in the city: see city_day()';
