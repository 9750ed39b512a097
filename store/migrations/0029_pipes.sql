-- Pipes: the lines of networks (管线: mains, drains, feeders), with the course that they take.

CREATE TABLE pipes (
    network text NOT NULL,               -- water, drain, gas, heat, power, telecom, industry
    id text NOT NULL,                    -- what its sensors have as tag `pipe`, `drain` or `feeder`
    name text NOT NULL DEFAULT '',
    diameter double precision,           -- [m]; of a box culvert its width
    material text NOT NULL DEFAULT '',
    year smallint,                       -- laid
    from_node text NOT NULL DEFAULT '',
    to_node text NOT NULL DEFAULT '',
    course integer[] NOT NULL,           -- lon, lat, lon, lat, ... of WGS 84 [1e-7 degree, 1 cm]
    points integer[] NOT NULL,           -- how many each part of the course has
    length double precision NOT NULL,    -- [m]
    extent box NOT NULL,                 -- degrees
    PRIMARY KEY (network, id)
);
-- With what decides which of very many are shown: their courses are not read to find that out.
CREATE INDEX pipes_by_extent ON pipes USING gist (extent) INCLUDE (network, id, diameter, length);

-- The network that a sensor is on, by its kind; and its pipe there, by its tags; '': none.
CREATE FUNCTION network_of(tags jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE tags ->> 'kind' WHEN 'flood' THEN 'drain' ELSE tags ->> 'kind' END
$$;
CREATE FUNCTION pipe_of(tags jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(tags ->> 'pipe', tags ->> 'drain', tags ->> 'feeder', '')
$$;
CREATE INDEX devices_by_pipe ON devices (pipe_of(tags), network_of(tags))
    WHERE pipe_of(tags) <> '';
