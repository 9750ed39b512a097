-- A second factor of people with a password here: one-time passwords by time (RFC 6238).

CREATE TABLE second_factors (
    account bigint PRIMARY KEY REFERENCES accounts (id),
    secret text NOT NULL,                -- base32; as it is, because each code is reckoned from it
    made timestamptz NOT NULL,
    confirmed timestamptz,               -- NULL: the person has not shown a code of it yet
    last_step bigint NOT NULL DEFAULT 0  -- of 30 s since 1970: that of the newest code taken
);

-- For who has lost what makes the codes; each is good once.
CREATE TABLE recovery_codes (
    account bigint NOT NULL REFERENCES accounts (id),
    code bytea NOT NULL,                 -- SHA-256 of 120 random bits
    used timestamptz,
    PRIMARY KEY (account, code)
);

ALTER TABLE sessions ADD COLUMN proven timestamptz;  -- when it showed the second factor; NULL: never
