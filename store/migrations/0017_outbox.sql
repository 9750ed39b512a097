-- What is told to others: webhooks by subscription, and cases exchanged with other instances.

-- How this instance is called. It stands in the id of every event that it tells, and so is read
-- from here, where a step of a case is written, not from the settings of whoever delivers it.
CREATE TABLE instance (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    name text NOT NULL
);
INSERT INTO instance (name) VALUES ('lifeline');

-- Written in the transaction of what it tells of, so that nothing is told that did not happen, and
-- all is told that did. What is in it never changes: a retry says the same.
CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source text NOT NULL,                -- as in CloudEvents, like subject, type, time and data
    subject text NOT NULL,               -- number of the case
    sequence integer NOT NULL,           -- of the subject's events: version of the case
    type text NOT NULL,
    time timestamptz NOT NULL,
    exercise boolean NOT NULL,
    area text NOT NULL,                  -- code of the grid cell, or its first digits
    department text NOT NULL,
    severity text NOT NULL,
    reported_by text NOT NULL,           -- source of the case
    case_id bigint REFERENCES cases (id),
    data jsonb NOT NULL,
    sorted timestamptz,                  -- when it was given to those whom it concerns
    UNIQUE (subject, sequence)
);
CREATE INDEX outbox_waiting ON outbox (id) WHERE sorted IS NULL;
CREATE INDEX outbox_by_sorting ON outbox (sorted);

CREATE TABLE subscriptions (
    name text PRIMARY KEY,
    url text NOT NULL,
    secret text NOT NULL,                -- whsec_ and base64, for the signature
    mode text NOT NULL CHECK (mode IN ('structured', 'binary')),
    handshake text NOT NULL CHECK (handshake IN ('required', 'skipped')),
    exercises text NOT NULL CHECK (exercises IN ('without', 'with', 'only')),
    types text[] NOT NULL,               -- an empty list: all, here and below
    areas text[] NOT NULL,               -- first digits of grid cells
    departments text[] NOT NULL,
    severities text[] NOT NULL,
    reported_by text[] NOT NULL,
    state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'paused', 'gone', 'ended')),
    created timestamptz NOT NULL,
    agreed timestamptz,                  -- when the target allowed us to send
    rate integer,                        -- requests a minute that it allowed; NULL: any
    rests_until timestamptz,             -- it asked for it, or did not answer
    unanswered integer NOT NULL DEFAULT 0,               -- tries in a row without any answer
    trouble text NOT NULL DEFAULT ''     -- what was wrong last, for the operator
);

CREATE TABLE deliveries (
    subscription text NOT NULL REFERENCES subscriptions (name),
    event bigint NOT NULL REFERENCES outbox (id) ON DELETE CASCADE,
    subject text NOT NULL,
    sequence integer NOT NULL,
    state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'failed')),
    since timestamptz NOT NULL,          -- waits since; sent again: since then
    next_try timestamptz NOT NULL,       -- while it is being sent: when another may try
    attempts integer NOT NULL DEFAULT 0,
    last_try timestamptz,
    status smallint,                     -- HTTP status of the last answer; NULL: none came
    trouble text NOT NULL DEFAULT '',
    delivered timestamptz,
    PRIMARY KEY (subscription, event)
) WITH (fillfactor = 70);
CREATE INDEX deliveries_pending ON deliveries (subscription, event) WHERE state = 'pending';
CREATE INDEX deliveries_in_order ON deliveries (subscription, subject, sequence) WHERE state = 'pending';
CREATE INDEX deliveries_failed ON deliveries (subscription, event) WHERE state = 'failed';
CREATE INDEX deliveries_by_event ON deliveries (event);

-- The exchange with other instances ---------------------------------------------------------

-- Where we are with each peer.
CREATE TABLE peers (
    name text PRIMARY KEY,
    sent bigint NOT NULL DEFAULT 0,      -- number of the last message for it
    acknowledged bigint NOT NULL DEFAULT 0,              -- of the last one that it has
    received bigint NOT NULL DEFAULT 0,  -- of its last one that we have
    heard timestamptz,                   -- when it last answered or asked
    trouble text NOT NULL DEFAULT ''     -- what was wrong last, for the operator
);

-- Which case here is which there. Several of theirs may be one of ours, where they were merged.
CREATE TABLE case_links (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    peer text NOT NULL REFERENCES peers (name),
    case_id bigint NOT NULL REFERENCES cases (id),
    theirs text NOT NULL DEFAULT ''      -- number of the case there; '': not told yet
);
CREATE INDEX case_links_by_case ON case_links (case_id);
CREATE UNIQUE INDEX one_case_for_theirs ON case_links (peer, theirs) WHERE theirs <> '';

-- Messages for a peer, numbered without gaps; kept until it has them.
CREATE TABLE messages_out (
    peer text NOT NULL REFERENCES peers (name),
    number bigint NOT NULL,
    case_id bigint REFERENCES cases (id),
    body jsonb NOT NULL,
    written timestamptz NOT NULL,
    refused text NOT NULL DEFAULT '',    -- why the peer could not follow it
    PRIMARY KEY (peer, number)
);

-- Messages of a peer, each with what came of it, written in one transaction with that.
CREATE TABLE messages_in (
    peer text NOT NULL REFERENCES peers (name),
    number bigint NOT NULL,
    case_id bigint REFERENCES cases (id),
    theirs text NOT NULL,
    body jsonb NOT NULL,
    arrived timestamptz NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('applied', 'conflict', 'held', 'dismissed')),
    why text NOT NULL DEFAULT '',        -- of a conflict, and who dismissed it why
    PRIMARY KEY (peer, number)
);
CREATE INDEX messages_in_open ON messages_in (peer, theirs, number) WHERE outcome IN ('conflict', 'held');
