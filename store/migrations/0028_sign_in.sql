-- Signing in: with a provider, from a browser that was here before, and keys that speak for a device.

ALTER TABLE accounts ADD COLUMN password_set timestamptz;

-- Roles that a provider's groups give are taken back when the groups are.
ALTER TABLE grants ADD COLUMN by_provider boolean NOT NULL DEFAULT false;

-- A browser in which somebody signed in is known for half a year by a cookie of its own: who fails
-- again and again elsewhere does not keep the person out of it.
ALTER TABLE sessions ADD COLUMN browser bytea;             -- SHA-256
ALTER TABLE sessions ADD COLUMN provider text;             -- that let in; NULL: a password or link
CREATE INDEX sessions_by_browser ON sessions (browser, account) WHERE browser IS NOT NULL;

-- A gateway's key: what it sends may speak for this device and those behind it; '': for any.
ALTER TABLE api_keys ADD COLUMN device text NOT NULL DEFAULT '';

-- Who has gone to a provider and not come back yet; used once, by the same browser.
CREATE TABLE provider_visits (
    token bytea PRIMARY KEY,             -- SHA-256 of what the browser's cookie holds
    provider text NOT NULL,
    state text NOT NULL,
    nonce text NOT NULL,
    verifier text NOT NULL,              -- of PKCE
    began timestamptz NOT NULL
);
