-- Answers to requests that were sent with an Idempotency-Key, so that the same one again is not
-- done again. Times are of the wall clock; nothing here is older than a day.
CREATE TABLE idempotency (
    identity text NOT NULL,              -- who asked: a person, or a key
    key text NOT NULL,                   -- of the client's choice
    digest bytea NOT NULL,               -- SHA-256 of method, address and body
    began timestamptz NOT NULL,
    status smallint,                     -- NULL: not answered yet
    headers jsonb,
    body bytea,                          -- NULL: it held a secret, which is not kept
    PRIMARY KEY (identity, key)
);
CREATE INDEX idempotency_by_age ON idempotency (began);
