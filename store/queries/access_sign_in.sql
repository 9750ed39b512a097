-- Signing in: passwords, one-time links, providers, sessions.

-- name: account
-- Of a name, however it is typed, and whether this browser is known to be theirs.
SELECT a.id, a.name, a.password, a.disabled IS NOT NULL AS disabled,
       EXISTS (SELECT FROM sessions s WHERE s.account = a.id AND s.browser = %(browser)s
               AND s.began > %(known_since)s) AS known
FROM accounts a WHERE a.person = %(person)s;

-- name: password
SELECT name, password FROM accounts WHERE id = %(account)s AND disabled IS NULL;

-- name: set_password
UPDATE accounts SET password = %(password)s, password_set = %(now)s WHERE id = %(account)s;

-- name: rehash
-- The same password under the cost of today, unless it was changed meanwhile.
UPDATE accounts SET password = %(password)s WHERE id = %(account)s AND password = %(former)s;

-- name: end_session
UPDATE sessions SET ended = %(now)s WHERE token = %(token)s AND ended IS NULL;

-- name: end_one
UPDATE sessions SET ended = %(now)s
WHERE id = %(session)s AND account = %(account)s AND ended IS NULL RETURNING id;

-- name: end_others
-- All of a person but the one that is kept; NULL: every one.
UPDATE sessions SET ended = %(now)s
WHERE account = %(account)s AND ended IS NULL AND id IS DISTINCT FROM %(kept)s RETURNING id;

-- name: sessions
SELECT id AS number, began, seen, ends, address, agent, provider FROM sessions
WHERE account = %(account)s AND ended IS NULL AND ends > %(now)s AND seen > %(idle_since)s
ORDER BY seen DESC, id DESC;

-- name: put_invitation
INSERT INTO invitations (token, account, made, made_by, expires)
VALUES (%(token)s, %(account)s, %(now)s, %(by)s, %(expires)s);

-- name: end_invitations
-- A new link ends the ones before it.
UPDATE invitations SET used = %(now)s
WHERE account IS NOT DISTINCT FROM %(account)s AND used IS NULL;

-- name: invitation
-- One that is still good; for the first administrator it is of nobody.
SELECT i.account, a.name FROM invitations i LEFT JOIN accounts a ON a.id = i.account
WHERE i.token = %(token)s AND i.used IS NULL AND i.expires > %(now)s AND a.disabled IS NULL;

-- name: use_invitation
UPDATE invitations SET used = %(now)s
WHERE token = %(token)s AND used IS NULL AND expires > %(now)s RETURNING account;

-- name: administrators
-- How many could sign in and let others in, which nobody limited can.
SELECT count(DISTINCT a.id) FROM accounts a JOIN grants g ON g.account = a.id
WHERE g.role = 'administrator' AND g.department = '' AND g.area = '' AND a.disabled IS NULL
  AND (a.password IS NOT NULL OR a.subject IS NOT NULL);

-- name: lock_administrators
-- One at a time: two administrators who disable each other must not both succeed.
SELECT pg_advisory_xact_lock(hashtext('lifeline administrators'));

-- name: put_visit
INSERT INTO provider_visits (token, provider, state, nonce, verifier, began)
VALUES (%(token)s, %(provider)s, %(state)s, %(nonce)s, %(verifier)s, %(began)s);

-- name: take_visit
DELETE FROM provider_visits WHERE token = %(token)s
RETURNING provider, state, nonce, verifier, began;

-- name: drop_visits
DELETE FROM provider_visits WHERE began < %(before)s;

-- name: of_provider
SELECT id, name, disabled IS NOT NULL AS disabled FROM accounts
WHERE provider = %(provider)s AND subject = %(subject)s;

-- name: drop_provided
DELETE FROM grants WHERE account = %(account)s AND by_provider;

-- name: provide
INSERT INTO grants (account, role, department, area, by_provider)
VALUES (%(account)s, %(role)s, %(department)s, %(area)s, true) ON CONFLICT DO NOTHING;
