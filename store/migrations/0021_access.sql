-- Who may do what: people, keys of systems, sessions, and what each of them did. Times are of the
-- wall clock: who is signed in has nothing to do with the city's event time.

CREATE TABLE accounts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,                  -- stands in the log of what the person does
    person text NOT NULL UNIQUE,         -- the name, however it is typed
    password text,                       -- argon2id; NULL: signs in with a provider or a link only
    provider text,                       -- name of the OpenID provider that knows the person
    subject text,                        -- what the provider calls them
    created timestamptz NOT NULL,
    disabled timestamptz,
    UNIQUE (provider, subject)
);

-- Of systems and gateways. A secret is long and random, so that a plain hash of it is enough; the
-- former one is good for a while after a rotation.
CREATE TABLE api_keys (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    secret bytea NOT NULL UNIQUE,        -- SHA-256
    former bytea UNIQUE,
    former_until timestamptz,
    scopes text[] NOT NULL DEFAULT '{}', -- permissions that it is held to; none: all of its roles
    created timestamptz NOT NULL,
    created_by text NOT NULL,
    expires timestamptz NOT NULL,
    revoked timestamptz,
    used timestamptz                     -- about when it was used last
);

-- A role, held everywhere or in an area (first digits of grid cells), as any or as a department.
CREATE TABLE grants (
    account bigint REFERENCES accounts (id),
    key bigint REFERENCES api_keys (id),
    role text NOT NULL,
    department text NOT NULL DEFAULT '', -- code; of a partner, what it is called in cases
    area text NOT NULL DEFAULT '',
    CHECK ((account IS NULL) <> (key IS NULL)),
    UNIQUE NULLS NOT DISTINCT (account, key, role, department, area)
);
CREATE INDEX grants_of_keys ON grants (key);

CREATE TABLE sessions (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    token bytea NOT NULL UNIQUE,         -- SHA-256 of what the cookie holds
    account bigint NOT NULL REFERENCES accounts (id),
    began timestamptz NOT NULL,
    seen timestamptz NOT NULL,
    ends timestamptz NOT NULL,           -- whatever is done meanwhile
    ended timestamptz,
    address text NOT NULL DEFAULT '',
    agent text NOT NULL DEFAULT ''
);
CREATE INDEX sessions_of_accounts ON sessions (account);

-- Links that let in once: to the first administrator, to whom an account was made for, to whom
-- forgot a password.
CREATE TABLE invitations (
    token bytea PRIMARY KEY,             -- SHA-256
    account bigint REFERENCES accounts (id), -- NULL: who opens it becomes the first administrator
    made timestamptz NOT NULL,
    made_by text NOT NULL,
    expires timestamptz NOT NULL,
    used timestamptz
);

-- Every change and every refused attempt, written before the change is tried, so that none can
-- happen unseen; how it ended is added once.
CREATE TABLE audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    kind text NOT NULL,                  -- person, key, guest
    name text NOT NULL,
    account bigint,
    key bigint,
    address text NOT NULL,
    method text NOT NULL,
    route text NOT NULL,                 -- with the names of its parts
    path text NOT NULL,                  -- as asked, without the query: that may hold what is private
    permission text NOT NULL,
    status integer,                      -- of the answer; NULL: none was given
    why text NOT NULL DEFAULT ''         -- of a refusal, or what was changed of a person or key
);
CREATE INDEX audit_by_name ON audit (name, id);
CREATE INDEX audit_refused ON audit (id) WHERE status IN (401, 403);

CREATE FUNCTION audit_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.status IS NULL
       AND ROW (NEW.id, NEW.at, NEW.kind, NEW.name, NEW.account, NEW.key, NEW.address, NEW.method,
                NEW.route, NEW.path, NEW.permission)
           IS NOT DISTINCT FROM
           ROW (OLD.id, OLD.at, OLD.kind, OLD.name, OLD.account, OLD.key, OLD.address, OLD.method,
                OLD.route, OLD.path, OLD.permission)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the audit trail is only ever added to';
END $$;
CREATE TRIGGER audit_stands BEFORE UPDATE OR DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_stands();

-- Whether somebody limited to these pairs of area and department may see a case; no pairs: all.
-- A department sees what it has or had; a partner what was handed to it.
CREATE FUNCTION case_within(c cases, areas text[], departments text[]) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT areas IS NULL OR EXISTS (
        SELECT FROM unnest(areas, departments) AS r (area, department)
        WHERE starts_with(coalesce(c.grid_cell, c.district, ''), r.area)
          AND (r.department IN ('', c.department, c.handed_to)
               OR EXISTS (SELECT FROM case_runs x WHERE x.case_id = c.id AND x.owner = r.department)))
$$;
