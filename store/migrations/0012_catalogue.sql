-- The city's own tables, with versions, over those of its files; areas; what is known of components.

-- Each row is what a file of the city's folder would say.
CREATE TABLE city_versions (
    kind text NOT NULL,                  -- catalogue, departments, calendar
    name text NOT NULL,                  -- the code list, or the year; '' of departments
    version text NOT NULL,
    in_force_from timestamptz NOT NULL,
    in_force_until timestamptz,
    body jsonb NOT NULL,
    file text NOT NULL,                  -- that it was imported from
    imported timestamptz NOT NULL,
    PRIMARY KEY (kind, name, version),
    UNIQUE (kind, name, in_force_from),
    CHECK (in_force_until > in_force_from)
);
-- The database, not a read before a write, decides that one version has no end.
CREATE UNIQUE INDEX one_version_without_end ON city_versions (kind, name)
    WHERE in_force_until IS NULL;

CREATE TABLE areas (
    code text PRIMARY KEY,               -- how its grid cells' codes begin: 12 digits a community,
                                         -- 9 a street, 6 a district, 4 or 2 a city
    level smallint NOT NULL,             -- 1 community, 2 street, 3 district, 4 city
    name_zh text NOT NULL,
    name_en text NOT NULL DEFAULT '',
    polygon jsonb,                       -- GeoJSON geometry, WGS 84
    west double precision, south double precision, east double precision, north double precision,
    valid_until timestamptz              -- areas are invalidated, never reused
);
CREATE INDEX areas_by_beginning ON areas (code text_pattern_ops);

CREATE INDEX grid_cells_by_beginning ON grid_cells (code text_pattern_ops);
CREATE INDEX grid_cells_by_box ON grid_cells USING gist (box(point(west, south), point(east, north)));

ALTER TABLE components
    ADD COLUMN accuracy text NOT NULL DEFAULT '',        -- of its position: A 0.5 m, B 1 m, C 10 m
    ADD CONSTRAINT components_accuracy_check CHECK (accuracy IN ('', 'A', 'B', 'C')),
    ADD CONSTRAINT components_state_check CHECK
        (state IN ('intact', 'damaged', 'missing', 'abandoned', 'occupied', 'removed'));
