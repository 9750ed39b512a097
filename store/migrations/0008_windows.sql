-- Times in which people know why a place speaks: what is found there is held back.
CREATE TABLE windows (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reason text NOT NULL CHECK (reason IN ('maintenance', 'planned_work', 'calibration', 'shelved')),
    scope text NOT NULL,                 -- channel, device, component, any tag, or city
    subject text NOT NULL,
    rules text[] NOT NULL DEFAULT '{}',  -- those meant; none: all
    began timestamptz NOT NULL,
    until timestamptz NOT NULL,          -- moves when somebody ends it early
    planned_until timestamptz NOT NULL,
    actor text NOT NULL,
    why text NOT NULL,
    created timestamptz NOT NULL,
    ended_by text,
    ended_why text,
    CHECK (until >= began AND planned_until > began)
);
CREATE INDEX windows_by_end ON windows (until);
CREATE INDEX events_held_back ON events ((why -> 'held_back' ->> 'window'))
    WHERE why ? 'held_back';
